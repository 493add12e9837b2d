package lathe.engine.pipeline;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import lathe.engine.grid.Codebook;
import lathe.engine.grid.CodebookFormat;
import lathe.engine.grid.WeightFormat;
import lathe.engine.layer.InputStatistics;
import lathe.engine.layer.Layer;
import lathe.engine.layer.LayerProblem;
import lathe.engine.solve.CodebookFit;
import lathe.engine.solve.CodebookFit.Choices;
import lathe.engine.solve.CodebookFit.Sample;
import lathe.engine.task.LayerConfig;

/**
 * The codebooks of a network: layers of one format whose kernels make vectors of one length share one, see
 * {@link CodebookFit}. Those found are kept for other runs with the same layers. Each costs as many passes over its layers
 * as there are rounds, and one. Not thread-safe.
 */
final class NetworkCodebooks {

    /** Of fewer vectors, the table would take a quarter of the room. */
    private static final int FEWEST = 4 * Codebook.ENTRIES;

    private final Map<Key, Codebook> known = new HashMap<>();

    /** What a codebook depends on, beside the network. */
    private record Key(CodebookFormat format, int length, List<String> layers) {}

    /**
     * Those of some layers that can have a codebook: their kernels make vectors, as they lie in the file, and all of H is
     * measured; and all layers with vectors of that length have {@value #FEWEST} together.
     */
    static Set<Layer> suited(List<Layer> layers) {
        Map<Integer, List<Layer>> byLength = layers.stream()
                .filter(NetworkCodebooks::makesVectors)
                .collect(Collectors.groupingBy(NetworkCodebooks::length));
        return byLength.entrySet().stream()
                .filter(entry -> weights(entry.getValue()) / entry.getKey() >= FEWEST)
                .flatMap(entry -> entry.getValue().stream())
                .collect(Collectors.toSet());
    }

    private static long weights(List<Layer> layers) {
        return layers.stream().mapToLong(layer -> layer.weights().elements()).sum();
    }

    private static boolean makesVectors(Layer layer) {
        int kernel = layer.layout().outputsFirst() ? layer.cols() : layer.taps();
        return layer.hasWholeGram()
                && Codebook.length(layer.cols(), layer.taps()).stream().anyMatch(length -> kernel % length == 0);
    }

    /**
     * These configurations with their codebooks.
     *
     * @param configs of layers in graph order; those without a codebook stay
     */
    Map<SharedLayers, LayerConfig> fitted(Map<SharedLayers, LayerConfig> configs, MeasuredBatches batches) {
        Map<SharedLayers, List<LayerConfig>> lists = new LinkedHashMap<>();
        configs.forEach((shared, config) -> lists.put(shared, List.of(config)));
        Map<SharedLayers, LayerConfig> fitted = new LinkedHashMap<>();
        allFitted(lists, batches).forEach((shared, list) -> fitted.put(shared, list.get(0)));
        return fitted;
    }

    /** The same where layers have several configurations. */
    Map<SharedLayers, List<LayerConfig>> allFitted(
            Map<SharedLayers, List<LayerConfig>> configs, MeasuredBatches batches) {
        Map<Key, List<SharedLayers>> together = new LinkedHashMap<>();
        configs.forEach((shared, list) -> list.stream()
                .flatMap(config -> unfitted(config).stream())
                .distinct()
                .forEach(format -> together.computeIfAbsent(
                                new Key(format, length(shared), List.of()), key -> new ArrayList<>())
                        .add(shared)));
        Map<Key, Codebook> found = new HashMap<>();
        together.forEach((key, layers) -> found.put(
                key,
                known.computeIfAbsent(
                        new Key(key.format, key.length, names(layers)), wanted -> fit(wanted, layers, batches))));
        Map<SharedLayers, List<LayerConfig>> fitted = new LinkedHashMap<>();
        configs.forEach((shared, list) -> fitted.put(
                shared,
                list.stream()
                        .map(config ->
                                config.withFormat(config.format().map(format -> withCodebook(format, shared, found))))
                        .toList()));
        return fitted;
    }

    private static Optional<CodebookFormat> unfitted(LayerConfig config) {
        return config.format()
                .filter(CodebookFormat.class::isInstance)
                .map(CodebookFormat.class::cast)
                .filter(format -> format.codebook().isEmpty());
    }

    private static WeightFormat withCodebook(WeightFormat format, SharedLayers shared, Map<Key, Codebook> found) {
        return format instanceof CodebookFormat wanted && wanted.codebook().isEmpty()
                ? wanted.with(found.get(new Key(wanted, length(shared), List.of())))
                : format;
    }

    private static int length(SharedLayers shared) {
        return length(shared.first());
    }

    private static int length(Layer layer) {
        return Codebook.length(layer.cols(), layer.taps()).orElseThrow();
    }

    private static List<String> names(List<SharedLayers> layers) {
        return layers.stream().map(shared -> shared.first().name()).toList();
    }

    private static Codebook fit(Key key, List<SharedLayers> layers, MeasuredBatches batches) {
        CodebookFit fit = new CodebookFit(key.format, key.length);
        List<Sample> samples = new ArrayList<>(batches.each(
                        "reading kernels",
                        layers::contains,
                        (shared, statistics) -> fit.sample(problems(shared, statistics)))
                .values());
        fit.start(samples);
        for (int round = 1; round <= fit.rounds(); round++) {
            batches.<Choices>each(
                    "fitting codebook, round %d of %d".formatted(round, fit.rounds()),
                    layers::contains,
                    (shared, statistics) -> fit.choose(problems(shared, statistics)),
                    (shared, statistics, choices) -> fit.add(problems(shared, statistics), choices));
            fit.refit();
        }
        return fit.codebook();
    }

    private static List<LayerProblem> problems(SharedLayers shared, Map<String, InputStatistics> statistics) {
        return shared.first().problems(shared.average(statistics)).stream()
                .map(LayerProblem::regularized)
                .toList();
    }
}
