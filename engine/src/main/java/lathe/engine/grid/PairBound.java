package lathe.engine.grid;

/**
 * The bound on the 8-bit codes of an output channel that avoids 16-bit overflow in integer kernels. On x86 processors
 * without VNNI, ONNX Runtime multiplies unsigned activations by signed weights with {@code vpmaddubsw}, which adds the
 * products of two neighbouring inputs in 16 bits with saturation. Neighbours are inputs 2i and 2i + 1 in the order of
 * the kernel: rows, columns, then channels. Products of unequal sign cannot overflow, so two codes of the same sign may
 * add up to at most {@code most}, and codes of unequal sign are not bounded. With an odd number of inputs the last one
 * is not bounded.
 *
 * @param cols inputs of an output
 * @param taps taps of the kernel; column {@code c * taps + t} is channel c at tap t
 * @param most largest magnitude of the sum of two neighbouring codes of the same sign
 */
public record PairBound(int cols, int taps, int most) {

    /** For weights that no such kernel reads. */
    public static final PairBound NONE = new PairBound(0, 1, Integer.MAX_VALUE);

    public PairBound {
        if (taps < 1 || cols % taps != 0 || most < 1) {
            throw new IllegalArgumentException("%d inputs of %d taps, sums of up to %d".formatted(cols, taps, most));
        }
    }

    /**
     * The bound for activations of 0 to {@code largest}: their products with two codes stay in 16 bits.
     *
     * @param largest code of an activation, 1 to 255
     */
    public static PairBound of(int cols, int taps, int largest) {
        return new PairBound(cols, taps, Short.MAX_VALUE / largest);
    }

    /** True if some codes of this grid break the bound. */
    public boolean binds(QuantGrid grid) {
        return cols > 1 && 2 * grid.largestMagnitude() > most;
    }

    /** Codes of which any two keep the bound, as far as a grid has them. */
    public QuantGrid within(QuantGrid grid) {
        if (!binds(grid)) {
            return grid;
        }
        int least = Math.max(grid.min(), -most / 2);
        int largest = Math.min(grid.max(), most / 2 - 1);
        return new QuantGrid(grid.bits(), least, largest);
    }

    /** The column whose product is added to that of {@code col}; -1 where there is none. */
    public int partner(int col) {
        int channels = cols / taps;
        int place = (col % taps * channels + col / taps) ^ 1;
        return place < cols ? place % channels * taps + place / channels : -1;
    }

    /** The same for a part of the outputs' users: the stricter of two bounds over the same columns. */
    public PairBound and(PairBound other) {
        return other.most < most ? other : this;
    }
}
