package lathe.engine.layer;

import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.stream.DoubleStream;
import lathe.engine.tensor.WeightMatrix;

/**
 * Moments of the outputs y = w x of a layer and of ŷ = ŵ x, one value per output channel: enough to compute the error
 * after scaling the new weights of an output. Each output is weighted. Immutable by agreement: arrays are not copied.
 *
 * @param energy E[y²] = w H wᵀ
 * @param error E[(y - ŷ)²] = (w - ŵ) H (w - ŵ)ᵀ
 * @param cross E[(y - ŷ) ŷ] = (w - ŵ) H ŵᵀ
 * @param own E[ŷ²] = ŵ H ŵᵀ
 * @param mean E[y]
 * @param ownMean E[ŷ]
 * @param centred true if the mean of y - ŷ is no error, see {@link LayerProblem#centredErrors}
 */
public record OutputMoments(
        double[] energy,
        double[] error,
        double[] cross,
        double[] own,
        double[] mean,
        double[] ownMean,
        boolean centred) {

    /** A variance that is this small a part of the energy is rounding noise of a Gram matrix gathered in float. */
    private static final double NEGLIGIBLE = 1e-6;

    /** Outputs taken at a time. */
    private static final int ROWS = 512;

    /** The moments of all outputs of a problem. O(outputs * inputs²). */
    public static OutputMoments of(LayerProblem problem, WeightMatrix compressed) {
        int rows = problem.weights().rows();
        OutputMoments moments = new OutputMoments(
                new double[rows],
                new double[rows],
                new double[rows],
                new double[rows],
                new double[rows],
                new double[rows],
                problem.centredErrors());
        for (int from = 0; from < rows; from += ROWS) {
            moments.fill(problem, compressed, from, Math.min(rows, from + ROWS));
        }
        return moments;
    }

    private void fill(LayerProblem problem, WeightMatrix compressed, int from, int to) {
        int cols = problem.weights().cols();
        double[] exact = problem.weights().rows(from, to);
        double[] found = compressed.rows(from, to);
        double[] difference = new double[exact.length];
        Arrays.setAll(difference, i -> exact[i] - found[i]);
        double[] products = problem.gram().times(found, to - from);
        double[] energies = problem.gram().energies(exact, to - from);
        double[] errors = problem.gram().energies(difference, to - from);
        for (int row = from; row < to; row++) {
            double weight = problem.outputMetric().at(row, row);
            energy[row] = weight * energies[row - from];
            error[row] = weight * errors[row - from];
            int start = (row - from) * cols;
            for (int col = 0; col < cols; col++) {
                cross[row] += weight * difference[start + col] * products[start + col];
                own[row] += weight * found[start + col] * products[start + col];
                mean[row] += exact[start + col] * problem.mean()[col];
                ownMean[row] += found[start + col] * problem.mean()[col];
            }
        }
    }

    /** The moments of all groups of a layer, one after the other. */
    public static OutputMoments join(List<OutputMoments> groups) {
        return new OutputMoments(
                joined(groups, OutputMoments::energy),
                joined(groups, OutputMoments::error),
                joined(groups, OutputMoments::cross),
                joined(groups, OutputMoments::own),
                joined(groups, OutputMoments::mean),
                joined(groups, OutputMoments::ownMean),
                groups.stream().allMatch(OutputMoments::centred));
    }

    private static double[] joined(List<OutputMoments> groups, Function<OutputMoments, double[]> of) {
        return groups.stream().map(of).flatMapToDouble(DoubleStream::of).toArray();
    }

    /** Number of outputs. */
    public int outputs() {
        return energy.length;
    }

    /**
     * The error of the layer when each output's new weights are scaled: y - f ŷ = (y - ŷ) + (1 - f) ŷ, where errors are
     * centred less its mean.
     *
     * @param factors f, one per output channel
     */
    public LayerError error(double[] factors) {
        double total = 0;
        for (int row = 0; row < factors.length; row++) {
            double rest = 1 - factors[row];
            double meanError = centred ? mean[row] - factors[row] * ownMean[row] : 0;
            total += error[row] + rest * (2 * cross[row] + rest * own[row]) - meanError * meanError;
        }
        return new LayerError(Math.max(0, total), DoubleStream.of(energy).sum());
    }

    /**
     * Variance correction: the factor that restores the variance of each output, which least squares shrinks. The
     * square root of w C wᵀ / ŵ C ŵᵀ, where C = H - E[x] E[x]ᵀ; 1 for an output that does not vary.
     */
    public double[] restoredVariance() {
        double[] factors = new double[outputs()];
        for (int row = 0; row < factors.length; row++) {
            double before = energy[row] - mean[row] * mean[row];
            double after = own[row] - ownMean[row] * ownMean[row];
            boolean varies = before > NEGLIGIBLE * energy[row] && after > NEGLIGIBLE * own[row];
            double factor = Math.sqrt(before / after);
            factors[row] = varies && Double.isFinite(factor) ? factor : 1;
        }
        return factors;
    }
}
