package lathe.engine.layer;

import java.util.Arrays;
import lathe.engine.linalg.GramMatrix;
import lathe.engine.tensor.WeightMatrix;

/** Least squares shrinks what it fits; this says by how much each output has to grow to vary as before. */
public final class RestoredVariance {

    /** A variance below this share of the second moment is rounding noise of a Gram matrix gathered in float. */
    private static final double NEGLIGIBLE = 1e-6;

    /** Outputs in memory at a time. */
    private static final int ROWS = 512;

    private RestoredVariance() {}

    /**
     * g = sqrt(w Hc wᵀ / ŵ Hc ŵᵀ) of each output, where Hc = H - E[x] E[x]ᵀ is the covariance of the inputs; 1 where an
     * output does not vary, before or after. O(outputs * inputs²).
     *
     * @param compressed Ŵ, of the shape of the problem's weights
     * @return one positive number an output
     */
    public static double[] gains(LayerProblem problem, WeightMatrix compressed) {
        int rows = problem.weights().rows();
        double[] gains = new double[rows];
        Arrays.fill(gains, 1);
        for (int from = 0; from < rows; from += ROWS) {
            int to = Math.min(rows, from + ROWS);
            double[] before = variances(problem, problem.weights().rows(from, to), to - from);
            double[] after = variances(problem, compressed.rows(from, to), to - from);
            for (int row = from; row < to; row++) {
                double gain = Math.sqrt(before[row - from] / after[row - from]);
                gains[row] = gain > 0 && gain < Double.POSITIVE_INFINITY ? gain : 1;
            }
        }
        return gains;
    }

    private static double[] variances(LayerProblem problem, double[] weights, int count) {
        GramMatrix gram = problem.gram();
        double[] variances = gram.energies(weights, count);
        for (int row = 0; row < count; row++) {
            double mean = 0;
            for (int col = 0; col < gram.order(); col++) {
                mean += weights[row * gram.order() + col] * problem.mean()[col];
            }
            double variance = variances[row] - mean * mean;
            variances[row] = variance > NEGLIGIBLE * variances[row] ? variance : 0;
        }
        return variances;
    }
}
