package lathe.engine.tensor;

import java.util.Arrays;

/**
 * A dense matrix of weights, outputs x inputs, row-major. Immutable by agreement: the array handed in is not copied
 * and must not change afterwards.
 */
public final class WeightMatrix {

    private final int rows;
    private final int cols;
    private final float[] values;

    /**
     * @param rows outputs
     * @param cols inputs
     * @param values {@code rows * cols} numbers, row after row
     * @throws IllegalArgumentException if the array has another length
     */
    public WeightMatrix(int rows, int cols, float[] values) {
        if ((long) rows * cols != values.length) {
            throw new IllegalArgumentException("%d x %d weights, %d values".formatted(rows, cols, values.length));
        }
        this.rows = rows;
        this.cols = cols;
        this.values = values;
    }

    /** Outputs. */
    public int rows() {
        return rows;
    }

    /** Inputs. */
    public int cols() {
        return cols;
    }

    /** The weight of one input in one output. */
    public float at(int row, int col) {
        return values[row * cols + col];
    }

    /** All weights, row after row; not a copy, and not to be changed. */
    public float[] floats() {
        return values;
    }

    /** A copy of one row. */
    public float[] floatRow(int row) {
        return Arrays.copyOfRange(values, row * cols, (row + 1) * cols);
    }

    /** A copy of one row, widened to double. */
    public double[] row(int row) {
        return rows(row, row + 1);
    }

    /** The rows {@code from} up to, not including, {@code to}, widened to double, row after row. */
    public double[] rows(int from, int to) {
        double[] copy = new double[(to - from) * cols];
        for (int i = 0; i < copy.length; i++) {
            copy[i] = values[from * cols + i];
        }
        return copy;
    }
}
