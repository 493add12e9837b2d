package lathe.engine.pipeline;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import lathe.engine.graph.Graph;
import lathe.engine.grid.AffineScale;
import lathe.engine.grid.Histogram;
import lathe.engine.layer.InputStatistics;
import lathe.engine.layer.KernelLimits;
import lathe.engine.layer.Layer;
import lathe.engine.layer.LayerProblem;
import lathe.engine.layer.Layers;
import lathe.engine.linalg.GramMatrix;
import lathe.engine.metric.OutputMetrics;
import lathe.engine.pipeline.StatisticsSource.Measurement;
import lathe.engine.prune.PrunedWeights;
import lathe.engine.prune.Sparsity;
import lathe.engine.task.DamageTask;
import lathe.engine.task.DamageTask.Damage;
import lathe.engine.task.LayerConfig;
import lathe.engine.task.LayerExecutor;
import lathe.engine.task.LayerTask;
import lathe.engine.task.LayerTask.TwoSidedStart;

/**
 * What is known of the layers of one network: what was measured of them, what pruning left of them, and the solutions
 * found so far. Nothing is measured before it is needed, and nothing solved twice. Not thread-safe.
 */
final class KnownSolutions {

    private final Graph graph;
    private final Collection<SharedLayers> groups;
    private final Measurement measurement;
    private final LayerExecutor executor;
    private final Function<SharedLayers, Optional<Sparsity>> sparsity;
    private final CompressionOptions options;
    private final ProgressListener progress;
    private final Map<Key, LayerSolution> solutions = new HashMap<>();
    private final Map<Tried, Damage> damages = new HashMap<>();
    private final Map<String, Histogram> values = new HashMap<>();
    private Optional<Map<String, GramMatrix>> metrics = Optional.empty();
    private final NetworkCodebooks codebooks = new NetworkCodebooks();
    private Optional<MeasuredBatches> batches = Optional.empty();
    private Map<SharedLayers, List<PrunedWeights>> pruned = Map.of();

    /**
     * Knows nothing yet.
     *
     * @param all that may have to be solved
     * @param executor runs the tasks of layers
     */
    KnownSolutions(
            Graph graph, Selection all, Measurement measurement, LayerExecutor executor, ProgressListener progress) {
        this.graph = graph;
        this.groups =
                SharedLayers.group(all.layers()).stream().filter(all::changes).toList();
        this.measurement = measurement;
        this.executor = executor;
        this.sparsity = shared -> all.configs().of(shared.first()).sparsity();
        this.options = all.options();
        this.progress = progress;
    }

    /** What a solution depends on, beside the network. */
    private record Key(String layer, LayerConfig config, KernelLimits limits, boolean twoSided) {

        static Key ofTwoSided(LayerSolution solution) {
            return new Key(solution.only().layer().name(), solution.config(), solution.limits(), true);
        }
    }

    /** A configuration whose damage is known. */
    private record Tried(SharedLayers shared, LayerConfig config, double noise) {}

    /** The configuration of most bits of any of the layers that share their weights, for all of them. */
    Map<String, LayerConfig> agreed(Map<String, LayerConfig> configs) {
        Map<String, LayerConfig> agreed = new HashMap<>();
        for (SharedLayers shared : groups) {
            shared.users().stream()
                    .map(user -> configs.get(user.name()))
                    .filter(Objects::nonNull)
                    .max(Comparator.comparingInt(LayerConfig::bits))
                    .ifPresent(most -> shared.users().forEach(user -> agreed.put(user.name(), most)));
        }
        return agreed;
    }

    /** The distributions of these values; one that was never computed is missing. */
    Map<String, Histogram> values(List<String> wanted) {
        if (batches.isEmpty()) {
            batches = Optional.of(
                    new MeasuredBatches(groups, measurement, wanted, options.threads(), options.memory(), progress));
            values.putAll(batches.get().values());
            pruned = NetworkPruning.prune(sparsity, batches.get());
        }
        List<String> missing =
                wanted.stream().filter(value -> !values.containsKey(value)).toList();
        if (!missing.isEmpty()) {
            values.putAll(measurement.measure(List.of(), missing).values());
        }
        return values;
    }

    /**
     * A solution for each of the layers that are changed, in their order, those that share their weights together. Asked for
     * after {@link #values}.
     *
     * @param selection some of all layers, perhaps with other bits
     * @param scales of activations
     */
    List<LayerSolution> solutions(Selection selection, Map<String, AffineScale> scales) {
        Map<SharedLayers, Key> wanted = new HashMap<>();
        List<Key> inOrder = new ArrayList<>();
        Map<SharedLayers, KernelLimits> limits = new HashMap<>();
        Map<SharedLayers, LayerConfig> configs = new LinkedHashMap<>();
        for (SharedLayers shared : groups) {
            if (selection.changes(shared)) {
                limits.put(shared, selection.limits(shared, scales));
                configs.put(shared, selection.config(shared, limits.get(shared)));
            }
        }
        codebooks.fitted(configs, batches.orElseThrow()).forEach((shared, config) -> {
            Key key = new Key(shared.first().name(), config, limits.get(shared), false);
            inOrder.add(key);
            if (!solutions.containsKey(key)) {
                wanted.put(shared, key);
            }
        });
        batches.orElseThrow()
                .each("solving layers", tasksAtOnce(), wanted::containsKey, (shared, statistics) -> {
                    Key key = wanted.get(shared);
                    return solved(shared, statistics, key, Optional.empty());
                })
                .forEach((shared, solution) -> solutions.put(wanted.get(shared), solution));
        return inOrder.stream().map(solutions::get).toList();
    }

    /**
     * What each of some configurations does to layers. Asked for after {@link #values}.
     *
     * @param configs by the first layer of those that share their weights; what is missing is not asked for
     * @param scales of activations
     * @param noise variance of the rounding of what layers read, counted where a configuration does not leave it in float
     */
    Map<SharedLayers, List<Damage>> damages(
            Selection selection,
            Map<SharedLayers, List<LayerConfig>> configs,
            Map<String, AffineScale> scales,
            ToDoubleFunction<SharedLayers> noise) {
        Map<SharedLayers, List<LayerConfig>> fitted = codebooks.allFitted(configs, batches.orElseThrow());
        Map<SharedLayers, List<Tried>> wanted = new LinkedHashMap<>();
        fitted.forEach((shared, list) -> wanted.put(
                shared,
                list.stream()
                        .map(config ->
                                new Tried(shared, config, config.floatInputs() ? 0 : noise.applyAsDouble(shared)))
                        .toList()));
        batches.orElseThrow()
                .each(
                        "trying bits",
                        tasksAtOnce(),
                        shared ->
                                wanted.containsKey(shared) && !damages.keySet().containsAll(wanted.get(shared)),
                        (shared, statistics) -> tried(selection, wanted.get(shared), statistics, scales))
                .values()
                .forEach(damages::putAll);
        Map<SharedLayers, List<Damage>> found = new LinkedHashMap<>();
        wanted.forEach((shared, list) ->
                found.put(shared, list.stream().map(damages::get).toList()));
        return found;
    }

    private int tasksAtOnce() {
        return executor.tasksAtOnce(options.threads());
    }

    /** Those of one layer that are not known yet. */
    private Map<Tried, Damage> tried(
            Selection selection,
            List<Tried> wanted,
            Map<String, InputStatistics> statistics,
            Map<String, AffineScale> scales) {
        SharedLayers shared = wanted.get(0).shared();
        Map<Tried, Damage> found = new HashMap<>();
        for (boolean inFloat : new boolean[] {false, true}) {
            List<Tried> some = wanted.stream()
                    .filter(one -> one.config().floatInputs() == inFloat && !damages.containsKey(one))
                    .toList();
            if (!some.isEmpty()) {
                KernelLimits limits =
                        inFloat ? KernelLimits.none(shared.first().rows()) : selection.limits(shared, scales);
                List<Damage> lost = executor.run(new DamageTask(
                        problems(shared, statistics, limits),
                        some.stream().map(Tried::config).toList(),
                        some.get(0).noise()));
                for (int i = 0; i < lost.size(); i++) {
                    found.put(some.get(i), lost.get(i));
                }
            }
        }
        return found;
    }

    private List<LayerProblem> problems(
            SharedLayers shared, Map<String, InputStatistics> statistics, KernelLimits limits) {
        List<LayerProblem> problems = new ArrayList<>();
        for (LayerProblem problem : shared.first().problems(shared.average(statistics), limits)) {
            int group = problems.size();
            problems.add(Optional.ofNullable(pruned.get(shared))
                    .map(left -> problem.pruned(left.get(group).weights()))
                    .orElse(problem));
        }
        return problems;
    }

    private LayerSolution solved(
            SharedLayers shared, Map<String, InputStatistics> statistics, Key key, Optional<TwoSidedStart> twoSided) {
        List<LayerProblem> problems = shared.first().problems(shared.average(statistics), key.limits());
        LayerTask task = new LayerTask(problems, Optional.ofNullable(pruned.get(shared)), key.config(), twoSided);
        return LayerSolution.of(shared, statistics, key.config(), key.limits(), executor.run(task));
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
            if (solution != null
                    && shared.users().size() == 1
                    && solution.config().hasFewBits()) {
                Key key = Key.ofTwoSided(solution);
                if (!solutions.containsKey(key)
                        && key.config().layerSolver(shared.first().cols()).isTwoSided()
                        && metrics().containsKey(key.layer())) {
                    wanted.put(shared, solution);
                }
            }
        }
        batches.orElseThrow()
                .each("weighing output errors", tasksAtOnce(), wanted::containsKey, (shared, statistics) -> {
                    LayerSolution solution = wanted.get(shared);
                    Key key = Key.ofTwoSided(solution);
                    TwoSidedStart start =
                            new TwoSidedStart(solution.result(), metrics().get(key.layer()));
                    return solved(shared, statistics, key, Optional.of(start));
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
