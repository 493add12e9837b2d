package lathe.engine.layer;

/**
 * Channels that kernels compute at once, with zeros in place of those that are missing.
 *
 * @param size channels that layers keep a multiple of, at least 1
 */
public record ChannelBlock(int size) {

    /** Of 32-bit floats: what vectors of 256 bits hold. Those of AVX-512, and kernels for other processors, take twice as many. */
    public static final ChannelBlock FLOAT = new ChannelBlock(8);

    /** Of 8-bit integers. */
    public static final ChannelBlock INTEGER = new ChannelBlock(16);

    /** The block of processors that take more at once; this one where all take as many. */
    public ChannelBlock wide() {
        return equals(FLOAT) ? new ChannelBlock(2 * size) : this;
    }

    /** Channels that are computed for so many, on average over processors of this block and of the {@link #wide} one. */
    public double filled(int channels) {
        return (rounded(channels) + wide().rounded(channels)) / 2.0;
    }

    private int rounded(int channels) {
        return (channels + size - 1) / size * size;
    }
}
