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
import lathe.engine.qdq.ReplacedLayer;
import lathe.engine.solve.BiasCorrection;
import lathe.engine.solve.LayerSolver;
import lathe.engine.tensor.WeightMatrix;

/**
 * New weights for layers that share theirs, and what they cost.
 *
 * @param layers one for each user, in graph order; they differ in the bias
 * @param error over all groups, with the users' statistics averaged
 */
record LayerSolution(List<ReplacedLayer> layers, LayerError error) {

    /**
     * Solves every group, and corrects every user's bias so that the mean of each output stays what it was.
     *
     * @param statistics of every user, by layer name
     * @param scaleFloor the least scale of each output
     */
    static LayerSolution of(
            SharedLayers shared, Map<String, InputStatistics> statistics, double[] scaleFloor, LayerSolver solver) {
        List<InputStatistics> measured =
                shared.users().stream().map(user -> statistics.get(user.name())).toList();
        List<LayerProblem> problems = problems(shared.first(), InputStatistics.average(measured), scaleFloor);
        List<CompressedLayer> groups = List.copyOf(solver.solve(problems));
        LayerError error = LayerError.NONE;
        for (int group = 0; group < groups.size(); group++) {
            error = error.plus(
                    LayerError.of(problems.get(group), groups.get(group).weights()));
        }
        List<ReplacedLayer> layers = new ArrayList<>();
        for (Layer user : shared.users()) {
            List<LayerProblem> own = problems(user, statistics.get(user.name()), scaleFloor);
            layers.add(new ReplacedLayer(user, groups, correctedBias(user, own, groups)));
        }
        return new LayerSolution(layers, error);
    }

    private static List<LayerProblem> problems(Layer layer, InputStatistics statistics, double[] scaleFloor) {
        List<WeightMatrix> weights = layer.matrices();
        List<LayerProblem> problems = new ArrayList<>(layer.groups());
        for (int group = 0; group < layer.groups(); group++) {
            int start = group * layer.rowsPerGroup();
            problems.add(new LayerProblem(
                    layer.name(),
                    weights.get(group),
                    layer.op().taps(),
                    statistics.grams().get(group),
                    statistics.means().get(group),
                    Arrays.copyOfRange(scaleFloor, start, start + layer.rowsPerGroup()),
                    false));
        }
        return problems;
    }

    private static float[] correctedBias(Layer layer, List<LayerProblem> problems, List<CompressedLayer> groups) {
        float[] bias = layer.biasValues().clone();
        int row = 0;
        for (int group = 0; group < groups.size(); group++) {
            for (double shift :
                    BiasCorrection.shift(problems.get(group), groups.get(group).weights())) {
                bias[row++] += (float) shift;
            }
        }
        return bias;
    }
}
