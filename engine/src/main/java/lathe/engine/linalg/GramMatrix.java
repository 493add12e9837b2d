package lathe.engine.linalg;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * The second moments E[x xᵀ] of a layer's input, not multiplied by 2, or the inverse of such: a symmetric positive
 * semi-definite matrix. Immutable by agreement: the array handed in is not copied and must not change afterwards.
 */
public abstract sealed class GramMatrix permits DenseGramMatrix, DiagonalGramMatrix {

    /** Multiplications, as order³, that a matrix may ask for: factored and solved for 512 outputs in a minute of one core. */
    static final double MOST_WORK = 1.6e12;

    /** Bytes of its entries, as 8 order²: it is held up to four times over, and a common machine has 8 GB. */
    static final double MOST_BYTES = 1e9;

    /** The most inputs of which all of H is gathered; of more, its diagonal is. The work and the memory decide. */
    public static final int LARGEST_WHOLE = (int) Math.min(Math.cbrt(MOST_WORK), Math.sqrt(MOST_BYTES / Double.BYTES));

    private static final double NOISE = 0.03;

    private final int order;
    private Optional<OrderedFactor> byFallingDiagonal;

    GramMatrix(int order) {
        this.order = order;
    }

    /**
     * A matrix with all its entries.
     *
     * @param order number of inputs
     * @param values {@code order * order} numbers, symmetric
     * @throws IllegalArgumentException if the array has another length
     */
    public static GramMatrix of(int order, double[] values) {
        return new DenseGramMatrix(order, values);
    }

    /** The same matrix, with another {@link #shrinkage}. It shares its memory. */
    public abstract GramMatrix withShrinkage(double intensity);

    /** How far {@link #regularized} shrinks it toward its diagonal, 0 to 1; see {@link Shrinkage}. */
    public abstract double shrinkage();

    /** The matrix of inputs taken as uncorrelated, E[x_i²] on its diagonal. Asks a number an input of memory. */
    public static GramMatrix diagonal(double[] diagonal) {
        return new DiagonalGramMatrix(diagonal);
    }

    /** The sum of matrices of one order, each times its share; diagonal if one of them is. */
    public static GramMatrix weightedSum(List<GramMatrix> parts, double[] shares) {
        int order = parts.get(0).order();
        boolean diagonal = parts.stream().anyMatch(GramMatrix::isDiagonal);
        double shrinkage = 0;
        double[] sum = new double[diagonal ? order : order * order];
        double[] row = new double[order];
        for (int part = 0; part < shares.length; part++) {
            shrinkage += shares[part] * parts.get(part).shrinkage();
            for (int i = 0; i < order; i++) {
                if (diagonal) {
                    sum[i] += shares[part] * parts.get(part).at(i, i);
                } else {
                    parts.get(part).rowInto(i, row);
                    for (int j = 0; j < order; j++) {
                        sum[i * order + j] += shares[part] * row[j];
                    }
                }
            }
        }
        return diagonal ? diagonal(sum) : of(order, sum).withShrinkage(shrinkage);
    }

    /** Number of inputs. */
    public int order() {
        return order;
    }

    /** True if all entries off the diagonal are 0 because nothing is known of them. */
    public abstract boolean isDiagonal();

    /** E[x_i x_j]. */
    public abstract double at(int i, int j);

    /** Copies row {@code i}. */
    public abstract void rowInto(int i, double[] row);

    /** E[x_i²] of each input. */
    public abstract double[] diagonal();

    /** The same matrix with an amount added to its diagonal. It shares its memory. */
    public abstract GramMatrix damped(double amount);

    /**
     * E[x xᵀ] - E[x] E[x]ᵀ, the covariance of inputs of this mean, of a matrix that was not centred before. It shares its memory.
     *
     * @param mean E[x]; not copied
     */
    public abstract GramMatrix centred(double[] mean);

    /**
     * (1 - ρ) H + ρ diag(H) + {@value #NOISE} mean(diag H) I, with I alone where H is 0. What is computed from it does not
     * lean on what few samples tell: ρ is {@link #shrinkage}, and the last term is independent noise on the inputs, of that
     * share of their mean power. Every factor, inverse and least-squares fit is one of this matrix. Amounts are compared in
     * bench/RESULTS.md.
     */
    public final GramMatrix regularized() {
        double mean = meanDiagonal();
        return shrunk().damped(mean > 0 ? NOISE * mean : 1);
    }

    /** (1 - ρ) H + ρ diag(H). It shares its memory. */
    public abstract GramMatrix shrunk();

    /** The mean of the diagonal; 0 for order 0. */
    public double meanDiagonal() {
        return Arrays.stream(diagonal()).average().orElse(0);
    }

    /**
     * R upper with R Rᵀ = H, where H has its inputs reordered. O(order³ / 3). Takes {@code 8 * order²} bytes of native
     * memory while it works, and half as many for the result.
     *
     * @param inputs which input comes first, second, ...; those not named are left out
     * @return empty if the matrix is not positive definite
     */
    public Optional<CholeskyFactor> cholesky(int[] inputs) {
        return CholeskyFactor.of(this, inputs);
    }

    /**
     * A factor, and the inputs in its order.
     *
     * @param order which input comes first, second, ...
     */
    public record OrderedFactor(int[] order, CholeskyFactor factor) {}

    /**
     * {@link #cholesky} with the inputs in the order of falling E[x_i²]. Found once, and held as long as this matrix.
     *
     * @return empty if the matrix is not positive definite
     */
    public synchronized Optional<OrderedFactor> choleskyByFallingDiagonal() {
        if (byFallingDiagonal == null) {
            int[] inputs = byFallingDiagonal();
            byFallingDiagonal = cholesky(inputs).map(factor -> new OrderedFactor(inputs, factor));
        }
        return byFallingDiagonal;
    }

    /**
     * H⁻¹, symmetric to the last bit. O(order³).
     *
     * @return empty if the matrix is not positive definite
     */
    public Optional<GramMatrix> inverse() {
        try (Factorization factorization = Factorization.ofOrder(order)) {
            if (!factorization.factor(this, allInputs())) {
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
            return Optional.of(of(order, inverse));
        }
    }

    /**
     * The diagonal of {@link #inverse} at two thirds of the time and half the memory. O(2 order³ / 3).
     *
     * @return empty if the matrix is not positive definite
     */
    public Optional<double[]> inverseDiagonal() {
        try (Factorization factorization = Factorization.ofOrder(order)) {
            if (!factorization.factor(this, allInputs())) {
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
    public abstract GramMatrix principal(int[] inputs);

    /** All entries, row after row: a copy. */
    abstract double[] values();

    /** Copies some entries of a row: those of the inputs named, from the one at {@code from} on. */
    abstract void gather(int row, int[] inputs, int from, double[] into);

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
    public abstract double[] energies(double[] rows, int count);

    /**
     * V H for many row vectors. O(count * order²).
     *
     * @param rows V, count x order, row after row
     * @return count x order, row after row
     */
    public abstract double[] times(double[] rows, int count);

    /**
     * Some rows of H X. O(chosen.length * order * width).
     *
     * @param chosen rows of H
     * @param x X, order x width, row after row
     * @return chosen.length x width, row after row
     */
    public double[] rowsTimes(int[] chosen, double[] x, int width) {
        double[] rows = new double[chosen.length * order];
        double[] row = new double[order];
        for (int k = 0; k < chosen.length; k++) {
            rowInto(chosen[k], row);
            System.arraycopy(row, 0, rows, k * order, order);
        }
        return Products.product(rows, chosen.length, order, x, width);
    }

    /** Inputs in the order of falling E[x_i²]. */
    public int[] byFallingDiagonal() {
        double[] diagonal = diagonal();
        return IntStream.range(0, order)
                .boxed()
                .sorted(Comparator.comparingDouble(input -> -diagonal[input]))
                .mapToInt(Integer::intValue)
                .toArray();
    }

    /** A lower bound on {@link #energies} that costs {@code rank / order} of them. */
    public abstract EnergyBound bound(int rank);
}
