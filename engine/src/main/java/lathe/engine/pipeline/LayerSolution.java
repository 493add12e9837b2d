package lathe.engine.pipeline;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import lathe.engine.layer.CompressedLayer;
import lathe.engine.layer.InputStatistics;
import lathe.engine.layer.Layer;
import lathe.engine.layer.LayerError;
import lathe.engine.layer.LayerProblem;
import lathe.engine.qdq.QuantizedLayer;
import lathe.engine.solve.LayerSolver;
import lathe.engine.tensor.WeightMatrix;

/**
 * New weights for layers that share theirs, and what they cost.
 *
 * @param layers one for each user, in graph order; they differ in the bias
 * @param error over all groups, with the users' statistics averaged
 */
record LayerSolution(List<QuantizedLayer> layers, LayerError error) {

    /**
     * Solves every group and corrects every user's bias by (W - Ŵ) E[x].
     *
     * @param statistics of every user, by layer name
     * @param scaleFloor the least scale of each output
     */
    static LayerSolution of(
            SharedLayers shared, Map<String, InputStatistics> statistics, double[] scaleFloor, LayerSolver solver) {
        Layer first = shared.first();
        InputStatistics average = InputStatistics.average(
                shared.users().stream().map(user -> statistics.get(user.name())).toList());
        List<WeightMatrix> weights = first.matrices();
        List<CompressedLayer> groups = new ArrayList<>(first.groups());
        LayerError error = LayerError.NONE;
        for (int group = 0; group < first.groups(); group++) {
            int start = group * first.rowsPerGroup();
            LayerProblem problem = new LayerProblem(
                    first.name(),
                    weights.get(group),
                    average.grams().get(group),
                    average.means().get(group),
                    Arrays.copyOfRange(scaleFloor, start, start + first.rowsPerGroup()));
            CompressedLayer solved = solver.solve(problem);
            groups.add(solved);
            error = error.plus(LayerError.of(problem, solved.weights()));
        }
        List<QuantizedLayer> layers = shared.users().stream()
                .map(user -> new QuantizedLayer(
                        user, groups, correctedBias(user, weights, groups, statistics.get(user.name()))))
                .toList();
        return new LayerSolution(layers, error);
    }

    /** b + (W - Ŵ) E[x]: the mean of every output stays what it was. */
    private static float[] correctedBias(
            Layer layer, List<WeightMatrix> weights, List<CompressedLayer> groups, InputStatistics statistics) {
        float[] bias = layer.biasValues().clone();
        for (int row = 0; row < bias.length; row++) {
            int group = row / layer.rowsPerGroup();
            int rowInGroup = row % layer.rowsPerGroup();
            double[] mean = statistics.means().get(group);
            CompressedLayer compressed = groups.get(group);
            double shift = 0;
            for (int col = 0; col < mean.length; col++) {
                double code = compressed.codes()[rowInGroup * layer.cols() + col];
                double lost =
                        weights.get(group).at(rowInGroup, col) - compressed.scales()[rowInGroup] * code;
                shift += lost * mean[col];
            }
            bias[row] += (float) shift;
        }
        return bias;
    }
}
