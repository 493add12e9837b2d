package lathe.engine.pipeline;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;
import lathe.engine.graph.Graph;
import lathe.engine.grid.AffineScale;
import lathe.engine.grid.Histogram;
import lathe.engine.grid.WeightFormat;
import lathe.engine.layer.KernelLimits;
import lathe.engine.layer.Layer;
import lathe.engine.layer.Layers;
import lathe.engine.linalg.GramMatrix;
import lathe.engine.metric.OutputMetrics;
import lathe.engine.pipeline.StatisticsSource.Measurement;
import lathe.engine.prune.PrunedWeights;
import lathe.engine.solve.LayerSolver;

/**
 * What is known of the layers of one network: what was measured of them, what pruning left of them, and the solutions
 * found so far. Nothing is measured before it is needed, and nothing solved twice. Not thread-safe.
 */
final class KnownSolutions {

    private final Graph graph;
    private final Collection<SharedLayers> groups;
    private final Measurement measurement;
    private final BiFunction<Layer, WeightFormat, LayerSolver> solvers;
    private final CompressionOptions options;
    private final ProgressListener progress;
    private final Map<Key, LayerSolution> solutions = new HashMap<>();
    private final Map<String, Histogram> values = new HashMap<>();
    private Optional<Map<String, GramMatrix>> metrics = Optional.empty();
    private Optional<MeasuredBatches> batches = Optional.empty();
    private Map<SharedLayers, List<PrunedWeights>> pruned = Map.of();

    /**
     * Knows nothing yet.
     *
     * @param all that may have to be solved
     * @param solvers the solver for a layer whose weights get a format
     */
    KnownSolutions(
            Graph graph,
            Selection all,
            Measurement measurement,
            BiFunction<Layer, WeightFormat, LayerSolver> solvers,
            ProgressListener progress) {
        this.graph = graph;
        this.groups = SharedLayers.group(all.layers());
        this.measurement = measurement;
        this.solvers = solvers;
        this.options = all.options();
        this.progress = progress;
    }

    /** What a solution depends on, beside the network. */
    private record Key(String layer, Optional<WeightFormat> format, KernelLimits limits, boolean twoSided) {

        static Key ofTwoSided(LayerSolution solution) {
            return new Key(solution.only().layer().name(), solution.format(), solution.limits(), true);
        }
    }

    /** The most bits of any of the layers that share their weights, for all of them. */
    Map<String, Integer> agreed(Map<String, Integer> bits) {
        Map<String, Integer> agreed = new HashMap<>();
        for (SharedLayers shared : groups) {
            int most = shared.users().stream()
                    .mapToInt(user -> bits.getOrDefault(user.name(), 0))
                    .max()
                    .orElse(0);
            if (most > 0) {
                shared.users().forEach(user -> agreed.put(user.name(), most));
            }
        }
        return agreed;
    }

    /** The distributions of these values; one that was never computed is missing. */
    Map<String, Histogram> values(List<String> wanted) {
        if (batches.isEmpty()) {
            batches = Optional.of(
                    new MeasuredBatches(groups, measurement, wanted, options.threads(), options.memory(), progress));
            values.putAll(batches.get().values());
            pruned = NetworkPruning.prune(shared -> options.sparsityOf(shared.first()), batches.get());
        }
        List<String> missing =
                wanted.stream().filter(value -> !values.containsKey(value)).toList();
        if (!missing.isEmpty()) {
            values.putAll(measurement.measure(List.of(), missing).values());
        }
        return values;
    }

    /**
     * A solution for each of the layers, in their order, those that share their weights together. Asked for after
     * {@link #values}.
     *
     * @param selection some of all layers, perhaps with other bits
     * @param scales of activations
     */
    List<LayerSolution> solutions(Selection selection, Map<String, AffineScale> scales) {
        Map<SharedLayers, Key> wanted = new HashMap<>();
        List<Key> inOrder = new ArrayList<>();
        for (SharedLayers shared : groups) {
            if (selection.layers().contains(shared.first())) {
                KernelLimits limits = selection.limits(shared, scales);
                Key key = new Key(shared.first().name(), selection.format(shared, limits), limits, false);
                inOrder.add(key);
                if (!solutions.containsKey(key)) {
                    wanted.put(shared, key);
                }
            }
        }
        batches.orElseThrow()
                .each("solving layers", wanted::containsKey, (shared, statistics) -> {
                    Key key = wanted.get(shared);
                    return LayerSolution.of(
                            shared,
                            statistics,
                            Optional.ofNullable(pruned.get(shared)),
                            key.format(),
                            key.limits(),
                            problems -> key.format().isPresent()
                                    ? LayerSolution.quantized(solver(shared, key), problems)
                                    : LayerSolution.kept(problems));
                })
                .forEach((shared, solution) -> solutions.put(wanted.get(shared), solution));
        return inOrder.stream().map(solutions::get).toList();
    }

    private LayerSolver solver(SharedLayers shared, Key key) {
        return solvers.apply(shared.first(), key.format().orElseThrow());
    }

    /**
     * The same with codes improved where errors of outputs interfere. Those of layers that share their weights, of 8 bits,
     * or of floats, stay.
     *
     * @param found by {@link #solutions}
     */
    List<LayerSolution> twoSided(List<LayerSolution> found) {
        Map<String, LayerSolution> byLayer = new HashMap<>();
        found.forEach(solution -> byLayer.put(solution.only().layer().name(), solution));
        Map<SharedLayers, LayerSolution> wanted = new HashMap<>();
        for (SharedLayers shared : groups) {
            LayerSolution solution = byLayer.get(shared.first().name());
            if (solution != null && shared.users().size() == 1 && solution.isCoarse()) {
                Key key = Key.ofTwoSided(solution);
                if (!solutions.containsKey(key)
                        && solver(shared, key).isTwoSided()
                        && metrics().containsKey(key.layer())) {
                    wanted.put(shared, solution);
                }
            }
        }
        batches.orElseThrow()
                .each("weighing output errors", wanted::containsKey, (shared, statistics) -> {
                    LayerSolution solution = wanted.get(shared);
                    Key key = Key.ofTwoSided(solution);
                    return LayerSolution.of(
                            shared,
                            statistics,
                            Optional.ofNullable(pruned.get(shared)),
                            key.format(),
                            key.limits(),
                            problems -> solution.twoSided(
                                    solver(shared, key), metrics().get(key.layer()), problems));
                })
                .forEach((shared, solution) -> solutions.put(Key.ofTwoSided(solution), solution));
        return found.stream()
                .map(solution -> solutions.getOrDefault(Key.ofTwoSided(solution), solution))
                .toList();
    }

    private Map<String, GramMatrix> metrics() {
        if (metrics.isEmpty()) {
            List<Layer> layers = Layers.survey(graph).layers();
            metrics = Optional.of(OutputMetrics.of(
                    graph, layers, measurement.coactivations(OutputMetrics.activations(graph, layers))));
        }
        return metrics.get();
    }
}
