package lathe.engine.pipeline;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import lathe.engine.graph.Graph;
import lathe.engine.layer.LayerError;
import lathe.engine.layer.LayerProblem;
import lathe.engine.layer.QuantizedWeights;
import lathe.engine.pipeline.StatisticsSource.Measurement;
import lathe.engine.solve.LayerSolver;
import lathe.engine.solve.Solver;
import lathe.engine.solve.SolverOptions;
import lathe.engine.target.Target;
import lathe.engine.tensor.WeightMatrix;

/**
 * Equivalent rewrites that may make layers easier to quantize, each applied only if it lowers the sum of the errors of
 * all layers, rounded to nearest in their formats and measured on their own inputs.
 *
 * @param graph after the rewrites that were taken
 * @param taken their names
 * @param notes one line for each that changed anything
 */
record Preconditioning(Graph graph, List<String> taken, List<String> notes) {

    /** Tries rewrites one after the other. Each costs about as much as measuring the network twice. */
    static Preconditioning of(
            Graph graph,
            List<GraphPass> candidates,
            StatisticsSource source,
            CompressionOptions options,
            Target target,
            ProgressListener progress) {
        Graph current = graph;
        List<String> taken = new ArrayList<>();
        List<String> notes = new ArrayList<>();
        for (GraphPass candidate : candidates) {
            GraphPass.Result result = candidate.apply(current);
            notes.addAll(result.changes());
            if (result.graph() == current) {
                continue;
            }
            double before = roundingError(current, source, options, target, progress);
            double after = roundingError(result.graph(), source, options, target, progress);
            boolean better = after < before;
            notes.add(String.format(
                    Locale.ROOT,
                    "%s: mean layer error with round to nearest %.2f -> %.2f %%%s",
                    candidate.name(),
                    100 * before,
                    100 * after,
                    better ? "" : ", not applied"));
            if (better) {
                current = result.graph();
                taken.add(candidate.name());
            }
        }
        return new Preconditioning(current, taken, notes);
    }

    /** The mean of the layers' relative errors. */
    private static double roundingError(
            Graph graph,
            StatisticsSource source,
            CompressionOptions options,
            Target target,
            ProgressListener progress) {
        Selection selection = Selection.of(graph, options, target);
        try (Measurement measurement = source.open(graph)) {
            MeasuredBatches batches = new MeasuredBatches(
                    SharedLayers.group(selection.layers()),
                    measurement,
                    List.of(),
                    options.threads(),
                    options.memory(),
                    progress);
            return batches
                    .each("trying a rewrite", (shared, statistics) -> {
                        LayerSolver nearest = Solver.NEAREST.of(
                                selection.configs().of(shared.first()).format().orElseThrow(), SolverOptions.DEFAULT);
                        List<LayerProblem> problems = shared.first().problems(shared.average(statistics));
                        List<WeightMatrix> rounded = nearest.solve(problems).stream()
                                .map(QuantizedWeights::weights)
                                .toList();
                        return LayerError.of(problems, rounded).relative();
                    })
                    .values()
                    .stream()
                    .mapToDouble(Double::doubleValue)
                    .average()
                    .orElse(0);
        }
    }
}
