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

    /** Copies row {@code i}. */
    public void rowInto(int i, double[] row) {
        System.arraycopy(values, i * order, row, 0, order);
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

    /**
     * R upper with R Rᵀ = H, where H has its inputs reordered and an amount added to its diagonal. O(order³ / 3).
     *
     * @param inputs which input comes first, second, ...
     * @return empty if the matrix is not positive definite, and damping must rise
     */
    public Optional<CholeskyFactor> cholesky(int[] inputs, double damping) {
        return CholeskyFactor.of(this, inputs, damping);
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
        return Products.product(rows, count, order, values, order);
    }

    /** A lower bound on {@link #energies} that costs {@code rank / order} of them. */
    public EnergyBound bound(int rank) {
        return EnergyBound.of(this, rank);
    }
}
