package lathe.engine.solve;

import java.util.Arrays;
import lathe.engine.linalg.CholeskyFactor;
import lathe.engine.linalg.GramMatrix;
import lathe.engine.tensor.WeightMatrix;

/**
 * Rounds all outputs of a group vector by vector, each error propagated to the remaining inputs: GPTQ with vectors in the
 * place of inputs (van Baalen et al., GPTVQ, arXiv 2402.15319). With H = R Rᵀ, R = N diag(pivots) upper, and vectors in the
 * order of falling trace, what is left of the error at vector j is |(e_j N_jj + m_j) diag(pivots_j)|², m_j what the errors
 * of earlier vectors do to it; so the nearest vector is sought in the metric R_jj R_jjᵀ, and for vectors of length 1 this is
 * {@link GptqRounding}. O(rows * inputs * (inputs + entries)) each time. For one thread.
 */
final class KernelRounding {

    private final int length;
    private final int[] order; // of inputs, vectors in a row
    private final CholeskyFactor factor;

    private KernelRounding(int length, int[] order, CholeskyFactor factor) {
        this.length = length;
        this.order = order;
        this.factor = factor;
    }

    /** Factors H; where it is not positive definite, its diagonal stands for it. */
    static KernelRounding of(GramMatrix gram, int length) {
        int[] order = order(gram.diagonal(), length);
        return new KernelRounding(length, order, gram.cholesky(order).orElseGet(() -> ofDiagonal(gram, order)));
    }

    private static CholeskyFactor ofDiagonal(GramMatrix gram, int[] order) {
        double[] positive = Arrays.stream(gram.diagonal())
                .map(power -> power > 0 && power < Double.POSITIVE_INFINITY ? power : Double.MIN_NORMAL)
                .toArray();
        return GramMatrix.diagonal(positive).cholesky(order).orElseThrow();
    }

    /** Inputs, vector by vector, those of most power first. */
    private static int[] order(double[] diagonal, int length) {
        double[] traces = new double[diagonal.length / length];
        for (int i = 0; i < diagonal.length; i++) {
            traces[i / length] += diagonal[i];
        }
        int[] vectors = GramMatrix.diagonal(traces).byFallingDiagonal();
        int[] order = new int[diagonal.length];
        for (int i = 0; i < order.length; i++) {
            order[i] = vectors[i / length] * length + i % length;
        }
        return order;
    }

    /** Trace of the metric in which each vector is sought, by its place in an output. */
    double[] traces() {
        double[] traces = new double[order.length / length];
        for (int at = 0; at < order.length; at += length) {
            double[] metric = metric(block(at));
            for (int i = 0; i < length; i++) {
                traces[order[at] / length] += metric[i * length + i];
            }
        }
        return traces;
    }

    /** R_jj of the vector that begins at this place, row after row. */
    private double[] block(int at) {
        double[] block = new double[length * length];
        for (int i = 0; i < length; i++) {
            for (int j = i; j < length; j++) {
                block[i * length + j] = factor.at(at + i, at + j);
            }
        }
        return block;
    }

    /** R_jj R_jjᵀ. */
    private double[] metric(double[] block) {
        double[] metric = new double[length * length];
        for (int i = 0; i < length; i++) {
            for (int j = 0; j < length; j++) {
                for (int k = Math.max(i, j); k < length; k++) {
                    metric[i * length + j] += block[i * length + k] * block[j * length + k];
                }
            }
        }
        return metric;
    }

    /**
     * Finds a vector for each kernel.
     *
     * @param weights outputs x inputs
     * @param scales one per output
     * @return rows x (inputs / length) indices, row after row
     */
    int[] run(WeightMatrix weights, Codewords words, double[] scales) {
        int rows = scales.length;
        int vectors = order.length / length;
        int[] found = new int[rows * vectors];
        float[][] moved = new float[order.length][rows];
        float[][] errors = new float[order.length][rows];
        double[][][] columns = CodewordSearch.columns(words);
        double[] p = new double[length];
        for (int at = 0; at < order.length; at += length) {
            double[] block = block(at);
            double[] metric = metric(block);
            CodewordSearch search = new CodewordSearch(words, columns, metric);
            for (int row = 0; row < rows; row++) {
                target(weights, at, row, block, metric, moved, p);
                int index = search.nearest(p, scales[row]);
                found[row * vectors + order[at] / length] = index;
                for (int i = 0; i < length; i++) {
                    errors[at + i][row] = (float) (weights.at(row, order[at + i]) - scales[row] * words.at(index, i));
                }
            }
            factor.spreadInto(errors, at, at + length, at + length, order.length, moved);
        }
        return found;
    }

    /** p = w M + m diag(pivots) R_jjᵀ. */
    private void target(
            WeightMatrix weights, int at, int row, double[] block, double[] metric, float[][] moved, double[] p) {
        for (int i = 0; i < length; i++) {
            p[i] = 0;
            for (int j = 0; j < length; j++) {
                p[i] += metric[i * length + j] * weights.at(row, order[at + j]);
            }
            for (int j = i; j < length; j++) {
                p[i] += moved[at + j][row] * factor.pivot(at + j) * block[i * length + j];
            }
        }
    }
}
