package lathe.engine.linalg;

import java.util.Arrays;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * The second moments E[x xᵀ] of a layer's input, not multiplied by 2, or the inverse of such: a symmetric positive
 * semi-definite matrix. Immutable by agreement: the array handed in is not copied and must not change afterwards.
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

    /** The same matrix with an amount added to its diagonal: a copy. */
    public GramMatrix damped(double amount) {
        double[] damped = values.clone();
        for (int i = 0; i < order; i++) {
            damped[i * order + i] += amount;
        }
        return new GramMatrix(order, damped);
    }

    /** The mean of the diagonal; 0 for order 0. */
    public double meanDiagonal() {
        return Arrays.stream(diagonal()).average().orElse(0);
    }

    /**
     * R upper with R Rᵀ = H, where H has its inputs reordered and an amount added to its diagonal. O(order³ / 3). Takes
     * {@code 8 * order²} bytes of native memory while it works, and half as many for the result.
     *
     * @param inputs which input comes first, second, ...; those not named are left out
     * @return empty if the matrix is not positive definite, and damping must rise
     */
    public Optional<CholeskyFactor> cholesky(int[] inputs, double damping) {
        return CholeskyFactor.of(this, inputs, damping);
    }

    /**
     * (H + damping I)⁻¹, symmetric to the last bit. O(order³).
     *
     * @return empty if the matrix is not positive definite, and damping must rise
     */
    public Optional<GramMatrix> inverse(double damping) {
        try (Factorization factorization = Factorization.ofOrder(order)) {
            if (!factorization.factor(this, allInputs(), damping)) {
                return Optional.empty();
            }
            factorization.invert();
            double[] inverse = new double[order * order];
            double[] column = new double[order];
            for (int j = 0; j < order; j++) {
                factorization.getColumn(j, column);
                for (int i = j; i < order; i++) {
                    inverse[j * order + i] = column[i];
                    inverse[i * order + j] = column[i];
                }
            }
            return Optional.of(new GramMatrix(order, inverse));
        }
    }

    /**
     * The diagonal of {@link #inverse} at two thirds of the time and half the memory. O(2 order³ / 3).
     *
     * @return empty if the matrix is not positive definite, and damping must rise
     */
    public Optional<double[]> inverseDiagonal(double damping) {
        try (Factorization factorization = Factorization.ofOrder(order)) {
            if (!factorization.factor(this, allInputs(), damping)) {
                return Optional.empty();
            }
            factorization.invertFactor();
            double[] diagonal = new double[order]; // of L⁻ᵀ L⁻¹
            double[] column = new double[order];
            for (int j = 0; j < order; j++) {
                factorization.getColumn(j, column);
                for (int i = j; i < order; i++) {
                    diagonal[j] += column[i] * column[i];
                }
            }
            return Optional.of(diagonal);
        }
    }

    private int[] allInputs() {
        return IntStream.range(0, order).toArray();
    }

    /** H with some of its inputs, in the order given. */
    public GramMatrix principal(int[] inputs) {
        double[] part = new double[inputs.length * inputs.length];
        double[] row = new double[inputs.length];
        for (int i = 0; i < inputs.length; i++) {
            gather(inputs[i], inputs, 0, row);
            System.arraycopy(row, 0, part, i * inputs.length, inputs.length);
        }
        return new GramMatrix(inputs.length, part);
    }

    /** All entries, row after row: a copy. */
    double[] values() {
        return values.clone();
    }

    /** Copies some entries of a row: those of the inputs named, from the one at {@code from} on. */
    void gather(int row, int[] inputs, int from, double[] into) {
        int start = row * order;
        for (int j = from; j < inputs.length; j++) {
            into[j] = values[start + inputs[j]];
        }
    }

    /**
     * A solver of systems in principal submatrices of up to {@code largest} inputs. It holds
     * {@code 8 * largest²} bytes of native memory where that is large, until it is closed.
     */
    public PrincipalSolver principalSolver(int largest) {
        return new PrincipalSolver(this, largest);
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
