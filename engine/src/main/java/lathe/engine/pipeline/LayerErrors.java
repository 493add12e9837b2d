package lathe.engine.pipeline;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Node;
import lathe.engine.layer.ChannelCounts;
import lathe.engine.layer.InputStatistics;
import lathe.engine.layer.Layer;
import lathe.engine.layer.LayerError;
import lathe.engine.layer.Layers;
import lathe.engine.operator.Operator;
import lathe.engine.operator.WeightLayout;
import lathe.engine.pipeline.StatisticsSource.Measurement;
import lathe.engine.pipeline.StatisticsSource.Statistics;
import lathe.engine.target.Target;
import lathe.engine.twin.FloatTwin;

/**
 * The errors of a compressed network's layers, found from the two networks alone.
 *
 * @param errors by layer name, in graph order, of the layers whose weights have the shape they had
 * @param reshaped layers that lost channels or became two of low rank, so that their weights cannot be compared
 * @param missing names of layers of the original that the compressed network does not have
 */
public record LayerErrors(Map<String, LayerError> errors, List<ChannelCounts> reshaped, List<String> missing) {

    public LayerErrors {
        errors = Collections.unmodifiableMap(new LinkedHashMap<>(errors));
        reshaped = List.copyOf(reshaped);
        missing = List.copyOf(missing);
    }

    /**
     * Measures the original's layers and compares their weights with those that stand in the compressed network.
     *
     * @param original the network that was compressed, after the rewrites that came before
     * @param compressed what was made of it; its layers have the names or the outputs they had
     * @param target that it was written for
     * @param source where inputs come from; the compression's own gives the errors that it reported
     * @param memory for the Gram matrices
     */
    public static LayerErrors of(
            Graph original, Graph compressed, Target target, StatisticsSource source, MemoryBudget memory) {
        return inFloat(FloatTwin.of(original).graph(), FloatTwin.of(compressed).graph(), target, source, memory);
    }

    private static LayerErrors inFloat(
            Graph original, Graph compressed, Target target, StatisticsSource source, MemoryBudget memory) {
        Map<Layer, float[]> found = new LinkedHashMap<>();
        List<ChannelCounts> reshaped = new ArrayList<>();
        List<String> missing = new ArrayList<>();
        Counterparts counterparts = new Counterparts(compressed, target);
        for (Layer layer : Layers.survey(original).layers()) {
            Optional<Initializer> weights = counterparts.weights(layer);
            if (weights.isEmpty() || weights.get().elements() > layer.weights().elements()) {
                missing.add(layer.name());
            } else if (weights.get().elements() == layer.weights().elements()) {
                found.put(layer, weights.get().floats());
            } else {
                reshaped.add(counterparts.counts(layer, weights.get().dims()));
            }
        }
        return new LayerErrors(measured(original, found, source, memory), reshaped, missing);
    }

    private static Map<String, LayerError> measured(
            Graph original, Map<Layer, float[]> found, StatisticsSource source, MemoryBudget memory) {
        Collection<SharedLayers> all = SharedLayers.group(List.copyOf(found.keySet()));
        Map<String, LayerError> errors = new HashMap<>();
        try (Measurement measurement = source.open(original)) {
            for (List<SharedLayers> batch : memory.batches(all, SharedLayers::gramBytes)) {
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

        Optional<Initializer> weights(Layer layer) {
            Layer untouched = floats.get(layer.name());
            return untouched != null
                    ? Optional.of(untouched.weights())
                    : node(layer).flatMap(found -> target.weights(graph, found, layer.site()));
        }

        /** The channels of a layer whose weights now have these extents. */
        ChannelCounts counts(Layer layer, List<Long> dims) {
            Operator operator = layer.site().operator();
            Node node = node(layer).filter(now -> now.is(operator.name())).orElse(layer.node());
            WeightLayout now = operator.layout(node, dims);
            return named(layer.name() + ChannelCounts.SECOND).isEmpty()
                    ? ChannelCounts.of(layer, now.inputs(), now.outputs())
                    : ChannelCounts.ofLowRank(layer, now.inputs(), now.outputs());
        }

        private Optional<Node> node(Layer layer) {
            return named(layer.node().name())
                    .or(() -> named(layer.name()))
                    .or(() -> Optional.ofNullable(byOutput.get(layer.output())));
        }

        private Optional<Node> named(String name) {
            List<Node> named = byName.getOrDefault(name, List.of());
            return named.size() == 1 && !name.isEmpty() ? Optional.of(named.get(0)) : Optional.empty();
        }
    }
}
