package lathe.engine.task;

import java.util.List;
import lathe.engine.layer.CompressedLayer;
import lathe.engine.layer.LayerError;
import lathe.engine.layer.OutputMoments;
import lathe.engine.report.StageError;
import lathe.engine.tensor.WeightMatrix;

/**
 * New weights of a layer, and their errors.
 *
 * @param groups one matrix a group
 * @param moments of the outputs of all groups
 * @param inputPowers E[x²] of each input, one array a group
 * @param before what stages before the solve, or in its place, would lose
 * @param seconds the solve took
 */
public record LayerResult(
        List<CompressedLayer> groups,
        OutputMoments moments,
        List<double[]> inputPowers,
        List<StageError> before,
        double seconds) {

    public LayerResult {
        groups = List.copyOf(groups);
        inputPowers = List.copyOf(inputPowers);
        before = List.copyOf(before);
    }

    /**
     * What the new weights make of independent noise on every input: tr(Ŵ D Ŵᵀ) / tr(W H Wᵀ). An input that is smaller
     * than the noise is lost, which costs no more than its own power: D has the lesser of both on its diagonal.
     *
     * @param noise variance of the noise
     * @param factors by which the weights of each output are scaled
     */
    public double inputError(double noise, double[] factors) {
        double error = 0;
        int row = 0;
        for (int group = 0; group < groups.size(); group++) {
            WeightMatrix weights = groups.get(group).weights();
            double[] powers = inputPowers.get(group);
            for (int i = 0; i < weights.rows(); i++, row++) {
                for (int col = 0; col < powers.length; col++) {
                    double weight = factors[row] * weights.at(i, col);
                    error += weight * weight * Math.min(noise, powers[col]);
                }
            }
        }
        return new LayerError(error, moments.error(factors).energy()).relative();
    }
}
