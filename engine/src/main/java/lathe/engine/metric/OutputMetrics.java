package lathe.engine.metric;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import lathe.engine.graph.ClipBounds;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Node;
import lathe.engine.graph.Value;
import lathe.engine.layer.Layer;
import lathe.engine.linalg.GramMatrix;

/**
 * For each layer the metric G that weights errors of its outputs by the layers that read them, without gradients:
 * G = M ∘ Σ Wᵀ W, the sum over the taps of the layers that read the outputs, and M = E[m mᵀ], m_c = 1 where output
 * c lies inside the range of the Relu or Clip behind the layer and errors pass it, else 0. Goes back through Add, Concat,
 * pools and reshapes unchanged, and through a depthwise layer as (its own G) ∘ Σ w wᵀ. Errors are taken as independent
 * over positions. Unknown readers are ignored.
 *
 * <p>Without the metrics of what the next layers write, which would make it the Gauss-Newton matrix of the network's
 * outputs: going further back than one layer was measured to gain nothing.
 */
public final class OutputMetrics {

    /** The most channels of a value whose errors are looked at together: a metric takes 8 bytes for each pair of them. */
    private static final int MOST_CHANNELS = 2048;

    private final Map<Node, Layer> layers = new HashMap<>();
    private final Map<String, GramMatrix> coactivations;
    private final Map<String, Integer> channels = new HashMap<>();
    private final Map<String, ChannelMetric> metrics = new HashMap<>();

    private OutputMetrics(Graph graph, List<Layer> layers, Map<String, GramMatrix> coactivations) {
        layers.forEach(layer -> this.layers.put(layer.node(), layer));
        this.coactivations = coactivations;
        graph.nodes().forEach(this::countChannels);
    }

    /**
     * The values behind a Relu or a Clip of constant bounds whose co-activations {@link #of} asks for, with the range
     * inside which errors pass.
     *
     * @param layers all layers of the graph
     */
    public static Map<String, ClipBounds> activations(Graph graph, List<Layer> layers) {
        OutputMetrics walk = new OutputMetrics(graph, layers, Map.of());
        Map<String, ClipBounds> activations = new LinkedHashMap<>();
        for (Node node : graph.nodes()) {
            ClipBounds.of(graph, node)
                    .filter(bounds -> walk.channels.containsKey(node.output()))
                    .ifPresent(bounds -> activations.put(node.output(), bounds));
        }
        return activations;
    }

    /**
     * The metrics of layers. O(outputs² * inputs) for each layer that reads another.
     *
     * @param layers all layers of the graph
     * @param coactivations M by value, for those of {@link #activations}
     * @return G by layer name, outputs x outputs over all groups, positive definite; a layer whose outputs do not interfere,
     *     about whose readers nothing is known, or of more than {@value #MOST_CHANNELS} outputs, is missing
     */
    public static Map<String, GramMatrix> of(Graph graph, List<Layer> layers, Map<String, GramMatrix> coactivations) {
        OutputMetrics walk = new OutputMetrics(graph, layers, coactivations);
        for (Value output : graph.outputs()) {
            Optional.ofNullable(walk.channels.get(output.name()))
                    .ifPresent(count -> walk.metrics.put(output.name(), ChannelMetric.identity(count)));
        }
        Map<String, GramMatrix> found = new HashMap<>();
        for (int i = graph.nodes().size() - 1; i >= 0; i--) {
            Node node = graph.nodes().get(i);
            Optional<ChannelMetric> behind = Optional.ofNullable(walk.metrics.remove(node.output()));
            Optional.ofNullable(walk.layers.get(node))
                    .filter(layer -> layer.rowsPerGroup() > 1)
                    .flatMap(layer -> behind.filter(metric -> metric.channels() == layer.rows())
                            .flatMap(OutputMetrics::regularized)
                            .map(metric -> Map.entry(layer.name(), metric)))
                    .ifPresent(entry -> found.put(entry.getKey(), entry.getValue()));
            walk.goBack(node, behind);
        }
        return found;
    }

    private static Optional<GramMatrix> regularized(ChannelMetric metric) {
        GramMatrix matrix = GramMatrix.of(metric.channels(), metric.values());
        return metric.mixes() && Double.isFinite(matrix.meanDiagonal())
                ? Optional.of(matrix.regularized())
                : Optional.empty();
    }

    /** Channels of what a node writes, on axis 1; unknown where outputs are on another axis, or too many. */
    private void countChannels(Node node) {
        Layer layer = layers.get(node);
        if (layer != null) {
            if (layer.site().observed().hasOutputsOnAxis1() && layer.rows() <= MOST_CHANNELS) {
                channels.put(node.output(), layer.rows());
            }
        } else if (isUnchanged(node) || node.is("Relu") || node.is("Clip") || node.is("Softmax")) {
            node.inputs().stream()
                    .filter(channels::containsKey)
                    .findFirst()
                    .ifPresent(input -> channels.put(node.output(), channels.get(input)));
        } else if (node.is("Concat") && channels.keySet().containsAll(node.inputs())) {
            int sum = node.inputs().stream().mapToInt(channels::get).sum();
            if (sum <= MOST_CHANNELS) {
                channels.put(node.output(), sum);
            }
        }
    }

    /** True of nodes whose outputs have the errors of their inputs, or means of them, in the same channels. */
    private static boolean isUnchanged(Node node) {
        return switch (node.opType()) {
            case "Add",
                    "AveragePool",
                    "Dropout",
                    "Flatten",
                    "GlobalAveragePool",
                    "Identity",
                    "MaxPool",
                    "Pad",
                    "ReduceMean",
                    "Reshape",
                    "Slice",
                    "Squeeze" -> true;
            default -> false;
        };
    }

    private void goBack(Node node, Optional<ChannelMetric> behind) {
        int from = 0;
        for (String input : node.inputs()) {
            Integer count = channels.get(input);
            if (count != null) {
                before(node, behind, from, count)
                        .filter(metric -> metric.channels() == count)
                        .ifPresent(metric -> metrics.merge(input, metric, ChannelMetric::plus));
                from += count;
            }
        }
    }

    private Optional<ChannelMetric> before(Node node, Optional<ChannelMetric> behind, int from, int count) {
        Layer layer = layers.get(node);
        if (layer != null) {
            double share = 1.0 / layer.site().observed().positionsPerOutput();
            return layer.isDepthwise()
                    ? behind.filter(metric -> metric.channels() == count)
                            .map(metric -> metric.before(layer).times(share))
                    : read(layer, count).map(metric -> metric.times(share));
        }
        if (node.is("Relu") || node.is("Clip")) {
            return Optional.ofNullable(coactivations.get(node.output()))
                    .flatMap(passing -> behind.filter(metric -> metric.channels() == passing.order())
                            .map(metric -> metric.entrywise(passing)));
        }
        if (node.is("Concat")) {
            return behind.map(metric -> metric.part(from, count));
        }
        if (node.is("Softmax")) {
            return Optional.of(ChannelMetric.identity(count));
        }
        return isUnchanged(node) ? behind : Optional.empty();
    }

    private static Optional<ChannelMetric> read(Layer layer, int channels) {
        int inputs = layer.layout().inputs();
        boolean fits = layer.site()
                .observed()
                .match(
                        windows -> channels == inputs,
                        rows -> rows.matrix() && inputs % channels == 0,
                        steps -> false,
                        () -> false);
        return fits ? Optional.of(ChannelMetric.readBy(layer, channels)) : Optional.empty();
    }
}
