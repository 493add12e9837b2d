package lathe.engine.grid;

/**
 * How the weights of a layer are stored: the levels that a weight may take, and which weights share a scale. A closed set
 * of immutable records.
 */
public sealed interface WeightFormat permits AffineFormat, TableFormat, FloatFormat, CodedFormat, CodebookFormat {

    /** Which weights share a scale. */
    enum Sharing {
        /** All weights of the layer. */
        TENSOR,
        /** All weights of an output. */
        CHANNEL,
        /** Some input channels in a row, in one output and at one tap of the kernel. */
        BLOCK;

        /** Checks that there is an extent of blocks if and only if there are blocks. */
        void check(int block) {
            if ((this == BLOCK) != (block > 0)) {
                throw new IllegalArgumentException("blocks of %d input channels, scales per %s".formatted(block, this));
            }
        }
    }

    /** One scale an output, integers symmetric about 0 at 8 bits, all codes of the type below. */
    static AffineFormat perChannel(int bits) {
        if (bits > QuantGrid.MOST_BITS) {
            throw new IllegalArgumentException("integers of %d bits".formatted(bits));
        }
        return perChannel(bits == 8 ? QuantGrid.symmetric(bits) : QuantGrid.signed(bits));
    }

    /** One scale an output, no zero points, these integers. */
    static AffineFormat perChannel(QuantGrid grid) {
        return new AffineFormat(grid, true, Sharing.CHANNEL, 0);
    }

    /** Short name for options and reports, such as {@code int8}; the same for all granularities. */
    String name();

    /** The levels, without zero points. */
    Levels levels();

    /** Bits of a weight. */
    int bits();

    /** Which weights share a scale. */
    Sharing sharing();

    /** Input channels that share a scale where {@link #sharing} is {@link Sharing#BLOCK}, else 0. */
    int block();

    /** The same with scales shared by other weights. */
    WeightFormat with(Sharing sharing, int block);

    /** True if 0.0 is stored as a level of 0 everywhere; else every scale has a zero point beside it. */
    default boolean symmetric() {
        return true;
    }

    /** True if each layer has levels of its own, found by a solver; those of {@link #levels} are where it starts. */
    default boolean fitted() {
        return false;
    }

    /** True if the weights have fewer bits than rounding to nearest needs. */
    default boolean isCoarse() {
        return bits() < Byte.SIZE;
    }

    /** True if 0 is a level, so that weights that are 0 can stay 0. */
    default boolean hasZero() {
        return levels().nearest(0) == 0;
    }

    /** The same with zero points; only integers can have them, any other format stays as it is. */
    default WeightFormat asymmetric() {
        return this;
    }

    /** The same without zero points. */
    default WeightFormat withoutZeroPoints() {
        return this;
    }

    /**
     * The format of weights that are yet to be found, for sizes: where the numbers of a codebook are yet to be found, others
     * take their room.
     *
     * @param cols weights of an output
     * @param taps taps of the kernel, 1 where there is no kernel
     */
    default WeightFormat standIn(int cols, int taps) {
        return this;
    }

    /** Integers of this many bits, scales shared by the same weights, and with zero points where there were any. */
    default WeightFormat withBits(int bits) {
        return perChannel(bits).with(sharing(), block());
    }

    /** Where there are zero points, the same with codes of which any two keep a bound; else the same. */
    default WeightFormat within(PairBound bound) {
        return this;
    }

    /** The same with one scale for all weights of the layer. */
    default WeightFormat perTensor() {
        return with(Sharing.TENSOR, 0);
    }

    /** The same with one scale per output channel. */
    default WeightFormat perChannel() {
        return with(Sharing.CHANNEL, 0);
    }

    /** The same with one scale per group of this many input channels. */
    default WeightFormat perBlock(int channels) {
        return with(Sharing.BLOCK, channels);
    }

    /**
     * The scales of an output. A layer with fewer input channels than a block holds gets one scale per output channel.
     *
     * @param cols inputs of an output
     * @param taps taps of the kernel, 1 where there is no kernel; column {@code c * taps + t} is channel c at tap t
     */
    default Blocks blocks(int cols, int taps) {
        boolean full = sharing() == Sharing.BLOCK && cols / taps >= block();
        return full ? new Blocks(cols, taps, block()) : Blocks.one(cols);
    }
}
