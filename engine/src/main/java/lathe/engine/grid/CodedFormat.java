package lathe.engine.grid;

/**
 * Integers for an entropy coder: one step for all weights of a layer, or of a group of it, and as many integers as it takes
 * to hold the largest weight, most of them near 0. What a weight costs is what an integer tells, not the width of its type.
 *
 * @param decibels sets the step: the SNR of the layer's output if every weight was rounded at random within a step,
 *     see {@code CodedSolver}
 */
public record CodedFormat(double decibels) implements WeightFormat {

    private static final IntegerLevels INTEGERS = new IntegerLevels(QuantGrid.symmetric(Short.SIZE));

    @Override
    public String name() {
        return "coded";
    }

    @Override
    public Levels levels() {
        return INTEGERS;
    }

    /** Bits of most codes where they are stored as integers; those of a layer that needs more have twice as many. */
    @Override
    public int bits() {
        return Byte.SIZE;
    }

    @Override
    public Sharing sharing() {
        return Sharing.TENSOR;
    }

    @Override
    public int block() {
        return 0;
    }

    @Override
    public boolean isCoarse() {
        return true;
    }

    /** The same: the step follows from the layer. */
    @Override
    public WeightFormat with(Sharing sharing, int block) {
        return this;
    }
}
