package lathe.engine.grid;

/**
 * Integers, with or without zero points.
 *
 * @param grid the stored codes
 * @param symmetric true if code 0 stands for 0.0 everywhere; else every scale has a zero point beside it
 * @param sharing which weights share a scale
 * @param block input channels that share a scale where {@code sharing} is {@link Sharing#BLOCK}, else 0
 */
public record AffineFormat(QuantGrid grid, boolean symmetric, Sharing sharing, int block) implements WeightFormat {

    public AffineFormat {
        sharing.check(block);
    }

    @Override
    public String name() {
        return "int" + bits();
    }

    @Override
    public Levels levels() {
        return new IntegerLevels(grid);
    }

    @Override
    public int bits() {
        return grid.bits();
    }

    @Override
    public AffineFormat with(Sharing newSharing, int newBlock) {
        return new AffineFormat(grid, symmetric, newSharing, newBlock);
    }

    /** The same with zero points, and so with all codes of the type. */
    @Override
    public AffineFormat asymmetric() {
        return new AffineFormat(QuantGrid.signed(bits()), false, sharing, block);
    }

    /** The same without zero points, with the codes of {@link WeightFormat#perChannel(int)}. */
    @Override
    public AffineFormat withoutZeroPoints() {
        return WeightFormat.perChannel(bits()).with(sharing, block);
    }

    @Override
    public AffineFormat withBits(int bits) {
        AffineFormat other = WeightFormat.perChannel(bits).with(sharing, block);
        return symmetric ? other : other.asymmetric();
    }

    @Override
    public AffineFormat within(PairBound bound) {
        return symmetric ? this : new AffineFormat(bound.within(grid), false, sharing, block);
    }
}
