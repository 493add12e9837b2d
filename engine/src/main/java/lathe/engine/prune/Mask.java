package lathe.engine.prune;

import java.util.Arrays;
import java.util.BitSet;
import lathe.engine.tensor.WeightMatrix;

/** A bit for each weight of a layer, outputs x inputs: set where the weight remains. Immutable, compared by value. */
public final class Mask {

    private final int rows;
    private final int cols;
    private final BitSet remaining;

    /**
     * A mask that takes the bits over.
     *
     * @param remaining weights counted row after row; must not change afterwards
     */
    Mask(int rows, int cols, BitSet remaining) {
        if (remaining.length() > (long) rows * cols) {
            throw new IllegalArgumentException("%d x %d weights, bit %d".formatted(rows, cols, remaining.length() - 1));
        }
        this.rows = rows;
        this.cols = cols;
        this.remaining = remaining;
    }

    /** Every weight remains. */
    public static Mask full(int rows, int cols) {
        BitSet all = new BitSet(rows * cols);
        all.set(0, rows * cols);
        return new Mask(rows, cols, all);
    }

    /** The mask of which {@link #toBytes} gave the bits. */
    public static Mask ofBytes(int rows, int cols, byte[] bits) {
        return new Mask(rows, cols, BitSet.valueOf(bits));
    }

    /** The bits of all weights, row after row, eight a byte, the lowest first, up to the last one that is set. */
    public byte[] toBytes() {
        return remaining.toByteArray();
    }

    /** Outputs. */
    public int rows() {
        return rows;
    }

    /** Inputs. */
    public int cols() {
        return cols;
    }

    /** Whether a weight remains. */
    public boolean keeps(int row, int col) {
        return remaining.get(row * cols + col);
    }

    /** How many weights remain. */
    public int remaining() {
        return remaining.cardinality();
    }

    /** How many weights are zero. */
    public int zeros() {
        return rows * cols - remaining();
    }

    /** The inputs whose weights remain in one output, rising. */
    public int[] remaining(int row) {
        return bits(row).stream().toArray();
    }

    /** The bits of one output: a copy. */
    BitSet bits(int row) {
        return remaining.get(row * cols, (row + 1) * cols);
    }

    /** The rows {@code from} up to, not including, {@code to}: those of one group of a layer. */
    public Mask rows(int from, int to) {
        return new Mask(to - from, cols, remaining.get(from * cols, to * cols));
    }

    /** The weights with zeros where the mask has them. */
    public WeightMatrix applyTo(WeightMatrix weights) {
        if (weights.rows() != rows || weights.cols() != cols) {
            throw new IllegalArgumentException(
                    "mask of %d x %d, %d x %d weights".formatted(rows, cols, weights.rows(), weights.cols()));
        }
        float[] kept = new float[rows * cols];
        for (int i = remaining.nextSetBit(0); i >= 0; i = remaining.nextSetBit(i + 1)) {
            kept[i] = weights.at(i / cols, i % cols);
        }
        return new WeightMatrix(rows, cols, kept);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Mask mask && mask.rows == rows && mask.cols == cols && mask.remaining.equals(remaining);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(new int[] {rows, cols, remaining.hashCode()});
    }

    @Override
    public String toString() {
        return "%d of %d x %d weights".formatted(remaining(), rows, cols);
    }
}
