package lathe.engine.task;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import lathe.engine.layer.CompressedLayer;
import lathe.engine.layer.FloatWeights;
import lathe.engine.layer.LayerError;
import lathe.engine.layer.LayerProblem;
import lathe.engine.layer.OutputMoments;
import lathe.engine.layer.QuantizedWeights;
import lathe.engine.linalg.GramMatrix;
import lathe.engine.prune.PrunedWeights;
import lathe.engine.report.StageError;
import lathe.engine.report.StageError.Stage;
import lathe.engine.solve.LayerSolver;
import lathe.engine.solve.Solver;
import lathe.engine.solve.SolverOptions;
import lathe.engine.tensor.WeightMatrix;

/**
 * A layer to be solved, and all that its solution depends on. Immutable.
 *
 * @param problems one a group
 * @param pruned what pruning left of the weights, one a group, where the layer is pruned; the others are fitted to it
 * @param config the weights to find
 * @param twoSided a result to improve where errors of outputs interfere; empty to find codes from the weights
 */
public record LayerTask(
        List<LayerProblem> problems,
        Optional<List<PrunedWeights>> pruned,
        LayerConfig config,
        Optional<TwoSidedStart> twoSided)
        implements Task<LayerResult> {

    public LayerTask {
        problems = List.copyOf(problems);
    }

    /**
     * What {@link LayerSolver#twoSided} starts from.
     *
     * @param found by the same task without this start
     * @param metric G, outputs x outputs over all groups
     */
    public record TwoSidedStart(LayerResult found, GramMatrix metric) {

        private List<QuantizedWeights> codes() {
            return found.groups().stream().map(QuantizedWeights.class::cast).toList();
        }

        private List<LayerProblem> weighted(List<LayerProblem> problems) {
            List<LayerProblem> weighted = new ArrayList<>();
            int first = 0;
            for (LayerProblem problem : problems) {
                int rows = problem.weights().rows();
                int[] own = IntStream.range(first, first + rows).toArray();
                weighted.add(problem.withOutputMetric(metric.principal(own)));
                first += rows;
            }
            return weighted;
        }
    }

    /** Finds the weights. */
    @Override
    public LayerResult solve() {
        long begin = System.nanoTime();
        List<CompressedLayer> groups = groups();
        Optional<LayerResult> found = twoSided.map(TwoSidedStart::found);
        return new LayerResult(
                groups,
                found.filter(known -> known.groups().equals(groups))
                        .map(LayerResult::moments)
                        .orElseGet(() -> moments(groups)),
                problems.stream().map(problem -> problem.gram().diagonal()).toList(),
                found.map(LayerResult::before).orElseGet(this::stagesBefore),
                (System.nanoTime() - begin) / 1e9);
    }

    private OutputMoments moments(List<CompressedLayer> groups) {
        List<OutputMoments> moments = new ArrayList<>();
        for (int group = 0; group < groups.size(); group++) {
            moments.add(OutputMoments.of(problems.get(group), groups.get(group).weights()));
        }
        return OutputMoments.join(moments);
    }

    private List<CompressedLayer> groups() {
        List<LayerProblem> left = new ArrayList<>();
        for (int group = 0; group < problems.size(); group++) {
            LayerProblem problem = problems.get(group);
            int index = group;
            left.add(pruned.map(found -> problem.pruned(found.get(index).weights()))
                    .orElse(problem));
        }
        if (config.format().isEmpty()) {
            return left.stream()
                    .<CompressedLayer>map(problem -> new FloatWeights(problem.weights()))
                    .toList();
        }
        List<LayerProblem> regularized =
                left.stream().map(LayerProblem::regularized).toList();
        LayerSolver solver = config.layerSolver(problems.get(0).weights().cols());
        return List.copyOf(twoSided.map(start -> solver.twoSided(start.weighted(regularized), start.codes()))
                .orElseGet(() -> solver.solve(regularized)));
    }

    private List<StageError> stagesBefore() {
        if (config.format().isEmpty()) {
            return List.of();
        }
        List<StageError> before = new ArrayList<>();
        List<WeightMatrix> rounded =
                Solver.NEAREST_MINMAX.of(config.format().orElseThrow(), SolverOptions.DEFAULT).solve(problems).stream()
                        .map(QuantizedWeights::weights)
                        .toList();
        before.add(stage(Stage.ROUNDED, rounded));
        pruned.ifPresent(left -> before.add(
                stage(Stage.PRUNED, left.stream().map(PrunedWeights::weights).toList())));
        return before;
    }

    private StageError stage(Stage stage, List<WeightMatrix> weights) {
        return new StageError(stage, LayerError.of(problems, weights).relative());
    }
}
