package lathe.engine.layer;

import java.util.List;
import lathe.engine.tensor.WeightMatrix;

/**
 * The error of a layer's output: the mean of |(W - Ŵ) x|² over inputs x, and its energy, the mean of |W x|²; each
 * output is weighted. Where errors are centred, what the bias takes is no error.
 *
 * @param error tr((W - Ŵ) H (W - Ŵ)ᵀ), with {@link LayerProblem#errorGram} for H
 * @param energy tr(W H Wᵀ)
 */
public record LayerError(double error, double energy) {

    /** No outputs at all. */
    public static final LayerError NONE = new LayerError(0, 0);

    /** The error of weights Ŵ, which have the shape of the problem's. O(outputs * inputs²). */
    public static LayerError of(LayerProblem problem, WeightMatrix compressed) {
        WeightMatrix weights = problem.weights();
        double error = 0;
        double energy = 0;
        int step = 512;
        for (int from = 0; from < weights.rows(); from += step) {
            int to = Math.min(weights.rows(), from + step);
            double[] exact = weights.rows(from, to);
            double[] difference = compressed.rows(from, to);
            for (int i = 0; i < difference.length; i++) {
                difference[i] = exact[i] - difference[i];
            }
            error += sum(
                    problem.errorGram().energies(difference, to - from),
                    problem.outputMetric().diagonal(),
                    from);
            energy += sum(
                    problem.gram().energies(exact, to - from),
                    problem.outputMetric().diagonal(),
                    from);
        }
        return new LayerError(error, energy);
    }

    /** The error of a layer, one problem and one matrix of new weights per group. */
    public static LayerError of(List<LayerProblem> problems, List<WeightMatrix> compressed) {
        LayerError error = NONE;
        for (int group = 0; group < problems.size(); group++) {
            error = error.plus(of(problems.get(group), compressed.get(group)));
        }
        return error;
    }

    private static double sum(double[] energies, double[] weights, int from) {
        double sum = 0;
        for (int i = 0; i < energies.length; i++) {
            sum += weights[from + i] * energies[i];
        }
        return sum;
    }

    /** Both groups, or both layers, together. */
    public LayerError plus(LayerError other) {
        return new LayerError(error + other.error, energy + other.energy);
    }

    /** Error as a share of the energy; 0 where both are 0. */
    public double relative() {
        return error == 0 ? 0 : error / energy;
    }

    /** Signal to noise in dB, {@code -10 log10(relative)}; positive infinity where there is no error. */
    public double decibels() {
        return -10 * Math.log10(relative());
    }
}
