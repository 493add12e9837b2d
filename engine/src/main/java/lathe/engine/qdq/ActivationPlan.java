package lathe.engine.qdq;

import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import lathe.engine.graph.ClipBounds;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Node;
import lathe.engine.layer.Layer;

/**
 * Which values of a network are worth quantizing: every input of an integer layer, every Conv's output (ONNX Runtime
 * makes an integer Conv only where its output is quantized too), and what lies between them as far as ONNX Runtime has
 * integer kernels for it.
 *
 * <p>A Relu, or a Clip around zero, that alone reads a value belongs to the node before it: the value behind it is
 * quantized instead, with a range inside the clip, and ONNX Runtime drops the operator. An operator that only moves or
 * selects elements shares the scale of its input.
 */
final class ActivationPlan {

    /** Operators with an integer kernel that computes, and so has a scale of its own. */
    private static final Set<String> COMPUTING =
            Set.of("Add", "Mul", "Concat", "AveragePool", "GlobalAveragePool", "LeakyRelu", "Sigmoid");

    /** Operators that move or select elements of their first input. */
    private static final Set<String> MOVING =
            Set.of("MaxPool", "Reshape", "Flatten", "Transpose", "Squeeze", "Unsqueeze", "Slice", "Gather", "Resize");

    /** Operators that average over all positions of a channel; exporters write one or the other. */
    private static final Set<String> AVERAGING = Set.of("GlobalAveragePool", "ReduceMean");

    private final Graph graph;
    private final Map<String, Layer> layerOfOutput = new HashMap<>();
    private final Map<String, String> floatReasons = new LinkedHashMap<>();
    private final Set<String> reachable = new HashSet<>();
    private final Set<String> quantized = new LinkedHashSet<>();
    private final Map<String, String> sameScale = new LinkedHashMap<>();

    private ActivationPlan(Graph graph) {
        this.graph = graph;
    }

    /** Plans for the layers that get integer weights. O(nodes). */
    static ActivationPlan of(Graph graph, List<Layer> layers) {
        ActivationPlan plan = new ActivationPlan(graph);
        for (Layer layer :
                layers.stream().filter(layer -> !layer.readsIndices()).toList()) {
            plan.outside(layer)
                    .or(() -> IntegerKernels.slowness(layer))
                    .ifPresentOrElse(
                            reason -> plan.floatReasons.put(layer.name(), reason),
                            () -> plan.layerOfOutput.put(layer.output(), layer));
        }
        plan.markReachable();
        plan.markWanted();
        plan.shareScales();
        return plan;
    }

    private Optional<String> outside(Layer layer) {
        return graph.enclosing(layer.node())
                .map(node -> "it is in the body of %s '%s'".formatted(node.opType(), node.output()));
    }

    /** True if a layer reads and, where ONNX Runtime asks for that, writes quantized values. */
    boolean computesInIntegers(Layer layer) {
        return layerOfOutput.containsKey(layer.output()) && quantized.contains(layer.input());
    }

    /** True if what a node writes is quantized, at once or behind the Relu or Clip that alone reads it. */
    boolean isQuantizedBehind(Node node) {
        return quantized.contains(node.output()) || quantized.contains(end(node.output()));
    }

    /** Why layers compute in float though activations are quantized, as clauses by layer name, in graph order. */
    Map<String, String> floatReasons() {
        return Collections.unmodifiableMap(floatReasons);
    }

    /** Values that need a scale of their own, in graph order. */
    List<String> valuesToMeasure() {
        return quantized.stream().filter(value -> !sameScale.containsKey(value)).toList();
    }

    /** All values to quantize, in graph order. */
    Set<String> quantized() {
        return quantized;
    }

    /** The value whose scale a value shares: itself, unless an operator only moved its elements. */
    String scaleOf(String value) {
        return sameScale.getOrDefault(value, value);
    }

    /** The value whose scale the input of a layer has; empty where the input stays in float. */
    Optional<String> scaleOfInput(Layer layer) {
        return quantized.contains(layer.input()) ? Optional.of(scaleOf(layer.input())) : Optional.empty();
    }

    /**
     * Of what a value is the average over all positions, perhaps moved since; named as {@link #valuesToMeasure()} names
     * it. Empty for any other value.
     */
    Optional<String> averageOf(String value) {
        Optional<Node> producer = graph.producer(value);
        while (producer.isPresent() && isOneOf(MOVING, producer.get())) {
            producer = producer.get().input(0).flatMap(graph::producer);
        }
        return producer.filter(node -> isOneOf(AVERAGING, node))
                .flatMap(node -> node.input(0))
                .map(this::scaleOf);
    }

    /** Forward: values that integer kernels could produce. */
    private void markReachable() {
        for (Node node : graph.nodes()) {
            Layer layer = layerOfOutput.get(node.output());
            boolean integer = layer != null || (isGlue(node) && readsInteger(node));
            if (integer) {
                reachable.add(end(node.output()));
            }
        }
    }

    /** An elementwise operator is worth an integer kernel if one input has integers; others need them all. */
    private boolean readsInteger(Node node) {
        boolean elementwise = node.is("Add") || node.is("Mul");
        return elementwise
                ? dataInputs(node).stream().anyMatch(reachable::contains)
                : reachable.containsAll(dataInputs(node));
    }

    /** Backward: of those, the ones that an integer kernel reads; and the outputs of every integer Conv. */
    private void markWanted() {
        Set<String> wanted = new HashSet<>();
        List<Node> nodes = graph.nodes();
        for (int i = nodes.size() - 1; i >= 0; i--) {
            Node node = nodes.get(i);
            Layer layer = layerOfOutput.get(node.output());
            String end = end(node.output());
            if (layer != null) {
                wanted.add(layer.input());
                if (IntegerKernels.needsIntegerOutput(layer)) {
                    wanted.add(end);
                }
            } else if (isGlue(node) && wanted.contains(end) && reachable.contains(end)) {
                wanted.addAll(dataInputs(node));
            }
        }
        graph.inputs().forEach(input -> addIfIn(wanted, input.name()));
        nodes.forEach(node -> node.outputs().forEach(output -> addIfIn(wanted, output)));
    }

    private void addIfIn(Set<String> wanted, String value) {
        if (wanted.contains(value)) {
            quantized.add(value);
        }
    }

    private void shareScales() {
        for (Node node : graph.nodes()) {
            boolean moves = isOneOf(MOVING, node);
            String input = node.input(0).orElse("");
            if (moves && quantized.contains(node.output()) && quantized.contains(input)) {
                sameScale.put(node.output(), scaleOf(input));
            }
        }
    }

    /** The value behind the Relu or Clip that alone reads a value; the value itself if there is none. */
    private String end(String value) {
        return graph.soleConsumer(value)
                .filter(consumer -> ClipBounds.of(graph, consumer).isPresent())
                .map(Node::output)
                .orElse(value);
    }

    private boolean isGlue(Node node) {
        if (isOneOf(MOVING, node)) {
            return graph.constant(node, 0).isEmpty();
        }
        return isOneOf(COMPUTING, node)
                && node.inputs().stream()
                        .allMatch(input -> graph.constant(input).isEmpty());
    }

    /** The inputs that carry activations, not shapes or indices. */
    private static List<String> dataInputs(Node node) {
        return isOneOf(MOVING, node) ? List.of(node.inputs().get(0)) : node.inputs();
    }

    private static boolean isOneOf(Set<String> operators, Node node) {
        return operators.stream().anyMatch(node::is);
    }
}
