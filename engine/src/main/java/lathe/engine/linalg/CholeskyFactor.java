package lathe.engine.linalg;

import java.util.Optional;

/**
 * R upper triangular with H = R Rᵀ: the Cholesky factorization from the last input to the first. Its inverse U = R⁻¹
 * has Uᵀ U = H⁻¹ and is the factor that GPTQ is usually written with; H itself is never inverted. Immutable.
 *
 * <p>R = N diag(pivots) with N unit upper. For a row vector e, e H eᵀ = |e R|², and component j of e N is e_j plus what
 * the errors of the inputs before j do to it: {@link #spreadInto} moves exactly that.
 */
public final class CholeskyFactor {

    private final int order;
    private final double[] unit; // N's upper triangle, row after row
    private final double[] pivots;

    /**
     * Factors H with some of its inputs, in any order: one ordinary factorization L Lᵀ with rows and columns reversed; L
     * reversed again is R.
     */
    static Optional<CholeskyFactor> of(GramMatrix gram, int[] inputs) {
        int[] reversed = new int[inputs.length];
        for (int i = 0; i < inputs.length; i++) {
            reversed[i] = inputs[inputs.length - 1 - i];
        }
        try (Factorization lower = Factorization.ofOrder(inputs.length)) {
            return lower.factor(gram, reversed)
                    ? Optional.of(new CholeskyFactor(lower, inputs.length))
                    : Optional.empty();
        }
    }

    private CholeskyFactor(Factorization lower, int order) {
        this.order = order;
        this.unit = new double[order * (order + 1) / 2];
        this.pivots = new double[order];
        double[] column = new double[order];
        for (int j = 0; j < order; j++) {
            int reversed = order - 1 - j;
            lower.getColumn(reversed, column);
            pivots[j] = column[reversed];
            for (int i = 0; i <= j; i++) {
                unit[start(i) + j] = column[order - 1 - i] / pivots[j];
            }
        }
    }

    /** Rows and columns. */
    public int order() {
        return order;
    }

    /** Where row i of N would start, had it entries below the diagonal. */
    private int start(int i) {
        return i * (2 * order - i - 1) / 2;
    }

    /** R_ij, 0 below the diagonal. */
    public double at(int i, int j) {
        return i > j ? 0 : unit[start(i) + j] * pivots[j];
    }

    /** N in float, unit upper, row after row. */
    public float[][] unitRows() {
        float[][] rows = new float[order][order];
        for (int i = 0; i < order; i++) {
            for (int j = i; j < order; j++) {
                rows[i][j] = (float) unit[start(i) + j];
            }
        }
        return rows;
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
                int start = start(i);
                for (int j = first; j < last; j++) {
                    addMultiple((float) unit[start + j], errors[i], work[j]);
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
                int start = start(i);
                for (int j = first; j < last; j++) {
                    row[j - first] = (float) unit[start + j];
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
}
