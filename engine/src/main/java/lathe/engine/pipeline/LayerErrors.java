package lathe.engine.pipeline;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Node;
import lathe.engine.layer.InputStatistics;
import lathe.engine.layer.Layer;
import lathe.engine.layer.LayerError;
import lathe.engine.layer.Layers;
import lathe.engine.pipeline.StatisticsSource.Measurement;
import lathe.engine.pipeline.StatisticsSource.Statistics;
import lathe.engine.target.Target;
import lathe.engine.twin.FloatTwin;

/** The errors of a compressed network's layers, found from the two networks alone. */
public final class LayerErrors {

    private LayerErrors() {}

    /**
     * Measures the original's layers and compares their weights with those that stand in the compressed network.
     *
     * @param original the network that was compressed, after the rewrites that came before
     * @param compressed what was made of it; its layers have the names or the outputs they had
     * @param target that it was written for
     * @param source where inputs come from; the compression's own gives the errors that it reported
     * @param memory for the Gram matrices
     * @return by layer name, in graph order; layers that have no counterpart, or one of fewer channels, are
     *     left out
     */
    public static Map<String, LayerError> of(
            Graph original, Graph compressed, Target target, StatisticsSource source, MemoryBudget memory) {
        return inFloat(FloatTwin.of(original).graph(), FloatTwin.of(compressed).graph(), target, source, memory);
    }

    private static Map<String, LayerError> inFloat(
            Graph original, Graph compressed, Target target, StatisticsSource source, MemoryBudget memory) {
        Map<Layer, float[]> found = new LinkedHashMap<>();
        Counterparts counterparts = new Counterparts(compressed, target);
        for (Layer layer : Layers.survey(original).layers()) {
            counterparts.weights(layer).ifPresent(weights -> found.put(layer, weights));
        }
        Collection<SharedLayers> all = SharedLayers.group(List.copyOf(found.keySet()));
        Map<String, LayerError> errors = new HashMap<>();
        try (Measurement measurement = source.open(original)) {
            for (List<SharedLayers> batch : SharedLayers.batches(all, memory)) {
                List<Layer> users = batch.stream()
                        .flatMap(shared -> shared.users().stream())
                        .toList();
                Statistics statistics = measurement.measure(users, List.of());
                for (SharedLayers shared : batch) {
                    LayerError error = error(shared, statistics.layers(), found.get(shared.first()));
                    shared.users().forEach(user -> errors.put(user.name(), error));
                }
            }
        }
        Map<String, LayerError> ordered = new LinkedHashMap<>();
        found.keySet().forEach(layer -> ordered.put(layer.name(), errors.get(layer.name())));
        return ordered;
    }

    private static LayerError error(SharedLayers shared, Map<String, InputStatistics> statistics, float[] weights) {
        Layer layer = shared.first();
        return LayerError.of(layer.problems(shared.average(statistics)), layer.matrices(weights));
    }

    /** The layers of the compressed network. */
    private static final class Counterparts {
        private final Graph graph;
        private final Target target;
        private final Map<String, Layer> floats = new HashMap<>();
        private final Map<String, List<Node>> byName = new HashMap<>();
        private final Map<String, Node> byOutput = new HashMap<>();

        Counterparts(Graph graph, Target target) {
            this.graph = graph;
            this.target = target;
            Layers.survey(graph).layers().forEach(layer -> floats.put(layer.name(), layer));
            graph.allNodes().forEach(node -> {
                byName.computeIfAbsent(node.name(), name -> new ArrayList<>()).add(node);
                byOutput.putIfAbsent(node.output(), node);
            });
        }

        Optional<float[]> weights(Layer layer) {
            Layer untouched = floats.get(layer.name());
            if (untouched != null) {
                return Optional.of(untouched.weights())
                        .filter(weights -> weights.dims().equals(layer.weights().dims()))
                        .map(Initializer::floats);
            }
            List<Node> named = byName.getOrDefault(layer.node().name(), List.of());
            Optional<Node> node = named.size() == 1 && !layer.node().name().isEmpty()
                    ? Optional.of(named.get(0))
                    : Optional.ofNullable(byOutput.get(layer.output()));
            return node.flatMap(found -> target.weights(graph, found, layer.site()))
                    .filter(weights -> weights.length == layer.weights().elements());
        }
    }
}
