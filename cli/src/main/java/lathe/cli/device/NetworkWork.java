package lathe.cli.device;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import lathe.engine.graph.ConstantValues;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Node;
import lathe.engine.operator.Multiplication;
import lathe.engine.tensor.ElementType;
import lathe.synth.network.Tensor;
import lathe.synth.network.ValueShapes;

/**
 * What a runtime executes of a network, in float or with quantized activations as Lathe writes them. Left out are nodes that
 * compute with constants alone, which are folded; clips and normalizations behind a convolution and padding in front of one,
 * which are merged into it; and conversions between nodes that compute in integers.
 */
public final class NetworkWork {

    /** Operators with integer kernels between quantized values. */
    private static final Set<String> INTEGER = Set.of(
            "Conv",
            "MatMul",
            "Gemm",
            "Add",
            "Mul",
            "Concat",
            "AveragePool",
            "GlobalAveragePool",
            "LeakyRelu",
            "Sigmoid",
            "Softmax",
            "MaxPool",
            "Reshape",
            "Flatten",
            "Transpose",
            "Squeeze",
            "Unsqueeze",
            "Slice",
            "Gather",
            "Resize",
            "Split");

    /** Operators that are merged into a convolution in front of them. */
    private static final Set<String> CLIPS = Set.of("Relu", "Clip", "LeakyRelu", "Sigmoid", "Tanh", "HardSigmoid");

    /** Operators that pad what they read. */
    private static final Set<String> PADDING = Set.of("Conv", "MaxPool", "AveragePool");

    /** Operators that write integers or booleans, of whatever they read. */
    private static final Set<String> COUNTS =
            Set.of("Shape", "Size", "NonZero", "ArgMax", "ArgMin", "Equal", "Less", "Greater", "QuantizeLinear");

    private final Graph graph;
    private final ConstantValues constants;
    private final ValueShapes shapes;
    private final Set<String> floats;

    private NetworkWork(Graph graph, ValueShapes shapes) {
        this.graph = graph;
        this.constants = ConstantValues.of(graph);
        this.shapes = shapes;
        this.floats = floats(graph, constants);
    }

    /**
     * The extents of values of floats.
     *
     * @param inputs extents of the inputs, by name
     * @param feeds inputs of these extents, made only where shapes are not known without a run
     * @throws lathe.engine.graph.UnsupportedModelException if ONNX Runtime cannot load the network
     */
    public static ValueShapes shapes(Graph graph, Map<String, long[]> inputs, Supplier<Map<String, Tensor>> feeds) {
        Set<String> floats = floats(graph, ConstantValues.of(graph));
        Set<String> wanted = new HashSet<>(floats);
        Multiplication.of(graph).stream()
                .filter(found -> floats.contains(found.data()))
                .map(Multiplication::weights)
                .filter(weights -> graph.constant(weights).isEmpty()) // computed, perhaps from packed ones
                .forEach(wanted::add);
        return ValueShapes.of(graph, inputs, feeds, wanted);
    }

    /**
     * The run as a whole, then the nodes in graph order. O(nodes).
     *
     * @param shapes of the graph, or of one that it was written from under the same names
     */
    public static List<NodeWork> of(Graph graph, ValueShapes shapes) {
        return new NetworkWork(graph, shapes).all();
    }

    private static Set<String> floats(Graph graph, ConstantValues constants) {
        Set<String> floats = new HashSet<>();
        graph.requiredInputs().stream()
                .filter(input -> input.type() == ElementType.FLOAT)
                .forEach(input -> floats.add(input.name()));
        for (Node node : graph.nodes()) {
            boolean cast = node.is("Cast");
            boolean writes = cast
                    ? node.integer("to").orElse(0) == ElementType.FLOAT.code()
                    : !COUNTS.contains(node.opType())
                            && (node.is("DequantizeLinear")
                                    || node.inputs().stream().anyMatch(floats::contains));
            if (writes && !constants.isComputedBy(node)) {
                floats.addAll(node.outputs());
            }
        }
        floats.remove("");
        return floats;
    }

    private List<NodeWork> all() {
        List<NodeWork> all = new ArrayList<>();
        double fed = graph.requiredInputs().stream()
                .mapToDouble(input -> elements(input.name()))
                .sum();
        double taken = graph.outputs().stream()
                .mapToDouble(output -> elements(output.name()))
                .sum();
        all.add(NodeWork.ofRun(fed, taken));
        for (Node node : graph.nodes()) {
            if (!constants.isComputedBy(node)) {
                kind(node).ifPresent(kind -> all.add(work(node, kind)));
            }
        }
        return all;
    }

    /** Empty for a node that is not executed by itself. */
    private Optional<NodeKind> kind(Node node) {
        NodeKind kind = NodeKind.of(node.opType());
        boolean computes = switch (kind) {
            case QUANTIZE -> !isWrittenInIntegers(node.inputs().get(0));
            case DEQUANTIZE ->
                graph.isOutput(node.output())
                        || graph.consumers(node.output()).stream().anyMatch(reader -> !isInteger(reader));
            default -> floats.contains(node.output()) && !isMerged(node);
        };
        if (!computes) {
            return Optional.empty();
        }
        if (node.is("Conv")) {
            return Optional.of(convolution(node));
        }
        return Optional.of(isSum(node) ? NodeKind.SUM : kind);
    }

    private NodeKind convolution(Node node) {
        List<Long> dims = shape(node.inputs().get(1));
        if (node.integer("group").orElse(1) > 1) {
            return dims.get(1) == 1 ? NodeKind.DEPTHWISE : NodeKind.GROUPED;
        }
        return dims.stream().skip(2).allMatch(extent -> extent == 1) ? NodeKind.POINTWISE : NodeKind.CONVOLUTION;
    }

    private boolean isMerged(Node node) {
        if (node.is("Pad")) {
            return graph.soleConsumer(node.output())
                    .filter(reader -> PADDING.contains(reader.opType()))
                    .isPresent();
        }
        boolean clip = CLIPS.contains(node.opType());
        if (!clip && !node.is("BatchNormalization")) {
            return false;
        }
        Optional<Node> before = before(node.inputs().get(0));
        return before.filter(producer -> producer.is("Conv")
                        || (producer.is("BatchNormalization") && isMerged(producer))
                        || (clip && (producer.is("Gemm") || isSum(producer) || isInteger(producer))))
                .isPresent();
    }

    /** What writes a value that one node reads. */
    private Optional<Node> before(String value) {
        return graph.producer(value)
                .filter(producer -> graph.soleConsumer(value).isPresent());
    }

    private boolean isSum(Node node) {
        return node.is("Add")
                && !isInteger(node)
                && floats.containsAll(node.inputs())
                && node.inputs().stream()
                        .flatMap(input -> before(input).stream())
                        .anyMatch(producer ->
                                producer.is("Conv") || (producer.is("BatchNormalization") && isMerged(producer)));
    }

    /** True if a node reads quantized values alone, and writes one where its kernel needs that. */
    private boolean isInteger(Node node) {
        List<String> data = node.inputs().stream().filter(floats::contains).toList();
        boolean product = node.is("MatMul") || node.is("Gemm");
        boolean layer = product || node.is("Conv");
        return INTEGER.contains(node.opType())
                && !data.isEmpty()
                && data.stream().allMatch(this::isDequantized)
                && (!layer
                        || floats.contains(node.inputs().get(1))
                        || isDequantized(node.inputs().get(1)))
                && (product || isQuantized(node.output()));
    }

    private boolean isDequantized(String value) {
        return graph.producer(value)
                .filter(producer -> producer.is("DequantizeLinear"))
                .isPresent();
    }

    /** True if a value, or what alone clips it, is read by nothing but QuantizeLinear. */
    private boolean isQuantized(String value) {
        String end = graph.soleConsumer(value)
                .filter(reader -> CLIPS.contains(reader.opType()))
                .map(Node::output)
                .orElse(value);
        return !graph.isOutput(end) && graph.consumers(end).stream().allMatch(reader -> reader.is("QuantizeLinear"));
    }

    private boolean isWrittenInIntegers(String value) {
        Optional<Node> producer = graph.producer(value);
        return producer.filter(this::isInteger).isPresent()
                || producer.filter(clip -> CLIPS.contains(clip.opType()))
                        .flatMap(clip -> graph.producer(clip.inputs().get(0)))
                        .filter(this::isInteger)
                        .isPresent();
    }

    private NodeWork work(Node node, NodeKind kind) {
        double read = 0;
        double weights = 0;
        for (String input : new HashSet<>(node.inputs())) {
            if (constants.contains(input)) {
                weights += elements(input);
            } else {
                read += elements(input);
            }
        }
        double written = node.outputs().stream().mapToDouble(this::elements).sum();
        List<Long> dims = kind.isConvolution() || kind == NodeKind.DECONVOLUTION
                ? shape(node.inputs().get(1))
                : List.of();
        double patch = count(dims.stream().skip(1).toList());
        double macs = 0;
        if (kind.isConvolution()) {
            macs = written * patch;
        } else if (kind == NodeKind.DECONVOLUTION) {
            macs = elements(node.inputs().get(0)) * patch;
        } else if (kind == NodeKind.PRODUCT) {
            List<Long> left = shape(node.inputs().get(0));
            boolean turned = node.is("Gemm") && node.integer("transA").orElse(0) != 0;
            macs = left.isEmpty() ? 0 : written * left.get(turned ? 0 : left.size() - 1);
        }
        boolean gathers = kind.isConvolution() && kind != NodeKind.POINTWISE;
        return new NodeWork(
                NodeWork.name(node),
                node.opType(),
                kind,
                isInteger(node),
                macs,
                read,
                kind == NodeKind.QUANTIZE ? read : written,
                weights,
                gathers ? macs / dims.get(0) * node.integer("group").orElse(1) : 0,
                dims.isEmpty() ? 0 : dims.get(1),
                dims.isEmpty() ? 0 : dims.get(0));
    }

    private double elements(String value) {
        List<Long> shape = shape(value);
        return shape.isEmpty() ? 0 : count(shape);
    }

    private static double count(List<Long> extents) {
        return extents.stream().mapToDouble(Long::doubleValue).reduce(1, (x, y) -> x * y);
    }

    /** Constants that are computed have the shape of the largest one behind them; conversions keep shapes. */
    private List<Long> shape(String value) {
        Optional<List<Long>> known =
                shapes.apply(value).or(() -> graph.constant(value).map(Initializer::dims));
        if (known.isPresent()) {
            return known.get();
        }
        if (constants.contains(value)) {
            return constants.nodesBehind(value).stream()
                    .flatMap(node -> node.inputs().stream())
                    .flatMap(input -> graph.constant(input).stream())
                    .map(Initializer::dims)
                    .max((x, y) -> Double.compare(count(x), count(y)))
                    .orElse(List.of());
        }
        return graph.producer(value)
                .filter(node -> node.is("QuantizeLinear") || node.is("DequantizeLinear") || node.is("Clip"))
                .map(node -> shape(node.inputs().get(0)))
                .orElse(List.of());
    }
}
