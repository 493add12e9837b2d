package lathe.engine.grid;

/**
 * How the weights of a layer are stored: which codes there are and which weights share a scale.
 *
 * @param grid the stored codes
 * @param symmetric true if code 0 stands for 0.0 everywhere; else every scale has a zero point beside it
 * @param sharing which weights share a scale
 * @param block input channels that share a scale where {@code sharing} is {@link Sharing#BLOCK}, else 0
 */
public record WeightFormat(QuantGrid grid, boolean symmetric, Sharing sharing, int block) {

    /** Which weights share a scale. */
    public enum Sharing {
        /** All weights of the layer. */
        TENSOR,
        /** All weights of an output. */
        CHANNEL,
        /** Some input channels in a row, in one output and at one tap of the kernel. */
        BLOCK
    }

    public WeightFormat {
        if ((sharing == Sharing.BLOCK) != (block > 0)) {
            throw new IllegalArgumentException("blocks of %d input channels, scales per %s".formatted(block, sharing));
        }
    }

    /** One scale an output, codes symmetric about 0 at 8 bits, all codes of the type below. */
    public static WeightFormat perChannel(int bits) {
        return perChannel(bits == 8 ? QuantGrid.symmetric(bits) : QuantGrid.signed(bits));
    }

    /** One scale an output, no zero points, these codes. */
    public static WeightFormat perChannel(QuantGrid grid) {
        return new WeightFormat(grid, true, Sharing.CHANNEL, 0);
    }

    /** The same with one scale for all weights of the layer. */
    public WeightFormat perTensor() {
        return new WeightFormat(grid, symmetric, Sharing.TENSOR, 0);
    }

    /** The same with one scale per output channel. */
    public WeightFormat perChannel() {
        return new WeightFormat(grid, symmetric, Sharing.CHANNEL, 0);
    }

    /** The same with one scale per group of this many input channels. */
    public WeightFormat perBlock(int channels) {
        return new WeightFormat(grid, symmetric, Sharing.BLOCK, channels);
    }

    /** The same with zero points, and so with all codes of the type. */
    public WeightFormat asymmetric() {
        return new WeightFormat(QuantGrid.signed(grid.bits()), false, sharing, block);
    }

    /** The same without zero points, with the codes of {@link #perChannel(int)}. */
    public WeightFormat withoutZeroPoints() {
        return new WeightFormat(perChannel(bits()).grid(), true, sharing, block);
    }

    /** The same with other codes: those of {@link #perChannel(int)}, or all where there are zero points. */
    public WeightFormat withBits(int bits) {
        QuantGrid other = symmetric ? perChannel(bits).grid() : QuantGrid.signed(bits);
        return new WeightFormat(other, symmetric, sharing, block);
    }

    /** The same with some of its codes. */
    public WeightFormat withGrid(QuantGrid codes) {
        return new WeightFormat(codes, symmetric, sharing, block);
    }

    /** Bits of a weight. */
    public int bits() {
        return grid.bits();
    }

    /**
     * The scales of an output. A layer with fewer input channels than a block holds gets one scale per output channel.
     *
     * @param cols inputs of an output
     * @param taps taps of the kernel, 1 where there is no kernel; column {@code c * taps + t} is channel c at tap t
     */
    public Blocks blocks(int cols, int taps) {
        boolean full = sharing == Sharing.BLOCK && cols / taps >= block;
        return full ? new Blocks(cols, taps, block) : Blocks.one(cols);
    }
}
