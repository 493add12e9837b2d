package lathe.engine.linalg;

import java.util.Arrays;
import java.util.Optional;

/**
 * The second moments E[x xᵀ] of a layer's input, not multiplied by 2: a symmetric positive semi-definite matrix.
 * Immutable by agreement: the array handed in is not copied and must not change afterwards.
 */
public final class GramMatrix {

    private final int order;
    private final double[] values;

    /**
     * @param order number of inputs
     * @param values {@code order * order} numbers, symmetric
     * @throws IllegalArgumentException if the array has another length
     */
    public GramMatrix(int order, double[] values) {
        if ((long) order * order != values.length) {
            throw new IllegalArgumentException("Gram matrix of order %d, %d values".formatted(order, values.length));
        }
        this.order = order;
        this.values = values;
    }

    /** Number of inputs. */
    public int order() {
        return order;
    }

    /** E[x_i x_j]. */
    public double at(int i, int j) {
        return values[i * order + j];
    }

    /** E[x_i²] of each input. */
    public double[] diagonal() {
        double[] diagonal = new double[order];
        Arrays.setAll(diagonal, i -> values[i * order + i]);
        return diagonal;
    }

    /** The mean of the diagonal; 0 for order 0. */
    public double meanDiagonal() {
        return Arrays.stream(diagonal()).average().orElse(0);
    }

    /** H + amount I. */
    public GramMatrix damped(double amount) {
        double[] sum = values.clone();
        for (int i = 0; i < order; i++) {
            sum[i * order + i] += amount;
        }
        return new GramMatrix(order, sum);
    }

    /** The matrix with inputs reordered: entry (i, j) of the result is entry (inputs[i], inputs[j]) of this one. */
    public GramMatrix permuted(int[] inputs) {
        double[] moved = new double[values.length];
        for (int i = 0; i < order; i++) {
            int row = inputs[i] * order;
            for (int j = 0; j < order; j++) {
                moved[i * order + j] = values[row + inputs[j]];
            }
        }
        return new GramMatrix(order, moved);
    }

    /** R upper with H = R Rᵀ; empty if this matrix is not positive definite, and damping must rise. O(order³ / 3). */
    public Optional<CholeskyFactor> cholesky() {
        return CholeskyFactor.of(this);
    }

    /** v H vᵀ for a row vector v of {@code order} numbers. O(order²). */
    public double energy(double[] v) {
        return energies(v, 1)[0];
    }

    /**
     * v H vᵀ for many row vectors. O(count * order²).
     *
     * @param rows count x order, row after row
     * @return {@code count} numbers
     */
    public double[] energies(double[] rows, int count) {
        return Products.energies(values, order, rows, count);
    }

    /**
     * V H for many row vectors. O(count * order²).
     *
     * @param rows V, count x order, row after row
     * @return count x order, row after row
     */
    public double[] times(double[] rows, int count) {
        double[] product = new double[count * order];
        Products.addProductInto(rows, 0, order, count, order, values, 0, order, order, product, 0, order);
        return product;
    }
}
