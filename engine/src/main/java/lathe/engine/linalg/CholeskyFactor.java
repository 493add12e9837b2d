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

    /**
     * Factors H with its inputs reordered and an amount added to its diagonal: one ordinary factorization L Lᵀ with
     * rows and columns reversed; L reversed again is R.
     */
    static Optional<CholeskyFactor> of(GramMatrix gram, int[] inputs, double damping) {
        int n = gram.order();
        DMatrixRMaj reversed = new DMatrixRMaj(n, n);
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                reversed.data[i * n + j] = gram.at(inputs[n - 1 - i], inputs[n - 1 - j]);
            }
            reversed.data[i * n + i] += damping;
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

    /** R_jj, positive: how far input j strays from what later inputs tell of it. */
    public double pivot(int j) {
        return pivots[j];
    }

    /**
     * Adds what the errors of inputs {@code from..to} do to inputs {@code first..last}, in float:
     * work[first..last) += N[from..to, first..last)ᵀ e.
     *
     * @param errors e, order x count
     * @param work order x count
     */
    public void spreadInto(float[][] errors, int from, int to, int first, int last, float[][] work) {
        if (first == last) {
            return;
        }
        if (Products.isSmall(last - first, to - from, work[first].length)) {
            for (int i = from; i < to; i++) {
                for (int j = first; j < last; j++) {
                    addMultiple((float) unit[i * order + j], errors[i], work[j]);
                }
            }
        } else {
            spreadNative(errors, from, to, first, last, work);
        }
    }

    private void spreadNative(float[][] errors, int from, int to, int first, int last, float[][] work) {
        int count = work[first].length;
        float[] row = new float[last - first];
        float[] moved = new float[count];
        try (NativeMatrix n = NativeMatrix.ofFloats(to - from, last - first);
                NativeMatrix e = NativeMatrix.ofFloats(to - from, count);
                NativeMatrix product = NativeMatrix.ofFloats(last - first, count)) {
            for (int i = from; i < to; i++) {
                for (int j = first; j < last; j++) {
                    row[j - first] = (float) unit[i * order + j];
                }
                n.putRow(i - from, row);
                e.putRow(i - from, errors[i]);
            }
            product.setToTransposedProduct(n, last - first, to - from, e, count);
            for (int j = first; j < last; j++) {
                product.getRow(j - first, moved);
                addMultiple(1, moved, work[j]);
            }
        }
    }

    /** Whole arrays, not parts of arrays: then the loop is vectorized. */
    private static void addMultiple(float factor, float[] from, float[] to) {
        for (int i = 0; i < to.length; i++) {
            to[i] += factor * from[i];
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
