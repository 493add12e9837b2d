package lathe.engine.linalg;

import java.util.Optional;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.decomposition.chol.CholeskyDecompositionInner_DDRM;
import org.ejml.dense.row.decomposition.chol.CholeskyDecomposition_DDRB_to_DDRM;
import org.ejml.interfaces.decomposition.CholeskyDecomposition_F64;

/**
 * R upper triangular with H = R Rᵀ: the Cholesky factorization from the last input to the first. Its inverse U = R⁻¹
 * has Uᵀ U = H⁻¹ and is the factor that GPTQ is usually written with; H itself is never inverted. Immutable.
 *
 * <p>R = N diag(pivots) with N unit upper. For a row vector e, e H eᵀ = |e R|², and component j of e N is e_j plus what
 * the errors of the inputs before j do to it: {@link #spreadInto} moves exactly that.
 */
public final class CholeskyFactor {

    /** From this order on EJML's blocked factorization is the faster one. */
    private static final int BLOCKED_ORDER = 576;

    private final int order;
    private final double[] unit;
    private final double[] pivots;

    private CholeskyFactor(int order, double[] unit, double[] pivots) {
        this.order = order;
        this.unit = unit;
        this.pivots = pivots;
    }

    /** One ordinary factorization L Lᵀ of H with rows and columns reversed; L reversed again is R. */
    static Optional<CholeskyFactor> of(GramMatrix gram) {
        int n = gram.order();
        DMatrixRMaj reversed = new DMatrixRMaj(n, n);
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                reversed.data[i * n + j] = gram.at(n - 1 - i, n - 1 - j);
            }
        }
        CholeskyDecomposition_F64<DMatrixRMaj> cholesky = n < BLOCKED_ORDER
                ? new CholeskyDecompositionInner_DDRM(true)
                : new CholeskyDecomposition_DDRB_to_DDRM(true);
        return n == 0 || cholesky.decompose(reversed) ? reversed(n, cholesky.getT(null).data) : Optional.empty();
    }

    private static Optional<CholeskyFactor> reversed(int n, double[] lower) {
        double[] pivots = new double[n];
        double[] unit = new double[n * n];
        for (int j = 0; j < n; j++) {
            double pivot = lower[(n - 1 - j) * (n + 1)];
            if (!(pivot > 0 && pivot < Double.POSITIVE_INFINITY)) {
                return Optional.empty();
            }
            pivots[j] = pivot;
        }
        for (int i = 0; i < n; i++) {
            for (int j = i; j < n; j++) {
                unit[i * n + j] = lower[(n - 1 - i) * n + n - 1 - j] / pivots[j];
            }
        }
        return Optional.of(new CholeskyFactor(n, unit, pivots));
    }

    /** Rows and columns. */
    public int order() {
        return order;
    }

    /** R_ij, 0 below the diagonal. */
    public double at(int i, int j) {
        return unit[i * order + j] * pivots[j];
    }

    /**
     * Adds what the errors of inputs {@code from..to} do to later inputs: work[:, to..last) += e N[from..to, to..last).
     *
     * @param errors e, count x (to - from), row after row
     * @param work count x order, row after row
     */
    public void spreadInto(double[] errors, int from, int to, int last, double[] work, int count) {
        int width = to - from;
        Products.addProductInto(
                errors, 0, width, count, width, unit, from * order + to, order, last - to, work, to, order);
    }

    /**
     * The same for the error of one input in one row: work[start + j] += error N[input, j] for input < j < last.
     */
    public void spreadInto(double error, int input, int last, double[] work, int start) {
        for (int j = input + 1; j < last; j++) {
            work[start + j] += error * unit[input * order + j];
        }
    }

    /** U = R⁻¹, upper, {@code order * order} numbers row after row. Uᵀ U = H⁻¹. O(order³ / 3). */
    public double[] inverse() {
        double[] inverse = new double[unit.length];
        for (int i = order - 1; i >= 0; i--) {
            inverse[i * order + i] = 1 / pivots[i];
            for (int k = i + 1; k < order; k++) {
                double factor = at(i, k) / pivots[i];
                for (int j = k; j < order; j++) {
                    inverse[i * order + j] -= factor * inverse[k * order + j];
                }
            }
        }
        return inverse;
    }
}
