package lathe.engine.layer;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import lathe.engine.graph.Attribute;
import lathe.engine.graph.ConstantValues;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Node;
import lathe.engine.graph.UnsupportedModelException;
import lathe.engine.graph.Window;
import lathe.engine.tensor.ElementType;

/** Finds the layers of a graph that can be compressed, and says of the others why not. */
public final class Layers {

    static final Set<String> OPERATORS = Set.of("Conv", "ConvTranspose", "Gemm", "MatMul");

    /** Why weights stay that have a scale already. */
    static final String QUANTIZED = "its weights are quantized already";

    private final Graph graph;
    private final ConstantValues constants;
    private final Map<String, Integer> nodesOfName = new HashMap<>();
    private final Set<String> taken = new HashSet<>();
    private final List<Layer> layers = new ArrayList<>();
    private final List<Skipped> skipped = new ArrayList<>();

    private Layers(Graph graph) {
        this.graph = graph;
        this.constants = ConstantValues.of(graph);
        graph.nodes().forEach(node -> nodesOfName.merge(node.name(), 1, Integer::sum));
        taken.addAll(nodesOfName.keySet());
    }

    /**
     * A node with weights that stays as it is.
     *
     * @param name as {@link Layer#name()}
     * @param node the node
     * @param reason a clause in plain English
     */
    public record Skipped(String name, Node node, String reason) {}

    /**
     * The answer to {@link #survey}.
     *
     * @param layers what can be compressed, in graph order
     * @param skipped what looks like a layer and cannot be, in graph order
     */
    public record Survey(List<Layer> layers, List<Skipped> skipped) {
        public Survey {
            layers = List.copyOf(layers);
            skipped = List.copyOf(skipped);
        }
    }

    /**
     * Surveys the top level of a graph; bodies of If, Loop and Scan are not entered.
     *
     * @throws UnsupportedModelException if a weight or bias is NaN or infinite, naming the tensor
     */
    public static Survey survey(Graph graph) {
        Layers found = new Layers(graph);
        for (Node node : graph.nodes()) {
            if (OPERATORS.stream().anyMatch(node::is)) {
                found.examine(node);
            }
        }
        return new Survey(found.layers, found.skipped);
    }

    private void examine(Node node) {
        String name = nameOf(node);
        Optional<String> obstacle = obstacle(node);
        if (obstacle.isPresent()) {
            skipped.add(new Skipped(name, node, obstacle.get()));
            return;
        }
        Layer layer = layerOf(name, node);
        checkFinite(layer.weights());
        layer.bias().ifPresent(Layers::checkFinite);
        layers.add(layer);
    }

    /** The node's name, or where that is not its alone, the value it writes; no two layers have the same. */
    private String nameOf(Node node) {
        if (!node.name().isEmpty() && nodesOfName.get(node.name()) == 1) {
            return node.name();
        }
        String name = node.output();
        while (!taken.add(name)) {
            name += "'";
        }
        return name;
    }

    /** Why a node cannot be compressed; empty if it can. */
    private Optional<String> obstacle(Node node) {
        Optional<Initializer> weights = graph.constant(node, 1);
        if (weights.isEmpty()) {
            return Optional.of(computedWeights(node));
        }
        if (graph.constant(node, 0).isPresent()) {
            return Optional.of("its input is constant");
        }
        if (weights.get().type() != ElementType.FLOAT) {
            return Optional.of("its weights are " + weights.get().type() + ", not FLOAT");
        }
        if (weights.get().elements() == 0) {
            return Optional.of("its weights are empty");
        }
        Optional<Node> other = constants.users(weights.get().name()).stream()
                .filter(user -> OPERATORS.stream().noneMatch(user::is))
                .findFirst();
        if (other.isPresent()) {
            return Optional.of("%s '%s' reads its weights, too, and they would be stored twice"
                    .formatted(other.get().opType(), other.get().output()));
        }
        Optional<String> shape = shapeObstacle(node, weights.get());
        if (shape.isPresent()) {
            return shape;
        }
        if (node.is("ConvTranspose") && groups(node) > 1) {
            return Optional.of("a grouped ConvTranspose has no axis to put a scale per output on");
        }
        return biasObstacle(node, weights.get());
    }

    /** What there is instead of constant weights. */
    private String computedWeights(Node node) {
        String value = node.inputs().get(1);
        if (constants.contains(value)) {
            List<Node> behind = constants.nodesBehind(value);
            if (constants.isDequantized(value)) {
                return QUANTIZED;
            }
            return behind.isEmpty()
                    ? "its weights are sparse"
                    : "its weights are computed from constants, by %s"
                            .formatted(behind.get(behind.size() - 1).opType());
        }
        boolean product = node.is("MatMul") || node.is("Gemm");
        if (product && constants.contains(node.inputs().get(0))) {
            return "its constant stands on the left, where no weights are taken";
        }
        return product ? "it multiplies two computed values" : "its weights are not constant";
    }

    private static Optional<String> shapeObstacle(Node node, Initializer weights) {
        int rank = weights.rank();
        boolean product = node.is("MatMul") || node.is("Gemm");
        if (product && rank > 2) {
            return Optional.of("its weights are a batch of matrices, %s, not one"
                    .formatted(weights.dims().stream().map(String::valueOf).collect(Collectors.joining("x"))));
        }
        if (product && rank != 2) {
            return Optional.of("its weights are a %s, not a matrix".formatted(rank == 1 ? "vector" : "scalar"));
        }
        if (!product && rank < 3) {
            return Optional.of("its weights have %d axes, too few for a kernel".formatted(rank));
        }
        long groups = groups(node);
        long divided = node.is("ConvTranspose") ? weights.dims().get(0) : rows(node, weights);
        return groups < 1 || divided % groups != 0
                ? Optional.of("group = %d does not divide its %d channels".formatted(groups, divided))
                : Optional.empty();
    }

    private Optional<String> biasObstacle(Node node, Initializer weights) {
        if (node.is("MatMul") || node.input(2).isEmpty()) {
            return Optional.empty();
        }
        Optional<Initializer> bias = graph.constant(node, 2);
        if (bias.isEmpty()) {
            return Optional.of("its bias is not constant");
        }
        if (bias.get().type() != ElementType.FLOAT) {
            return Optional.of("its bias is " + bias.get().type() + ", not FLOAT");
        }
        long outputs = rows(node, weights);
        List<Long> dims = bias.get().dims();
        long count = bias.get().elements();
        boolean alongLastAxis = dims.isEmpty() || count == dims.get(dims.size() - 1);
        boolean perOutput = alongLastAxis && (count == outputs || count == 1);
        return perOutput
                ? Optional.empty()
                : Optional.of("its bias of shape %s is not one number an output".formatted(dims));
    }

    private Layer layerOf(String name, Node node) {
        Initializer weights = graph.constant(node, 1).orElseThrow();
        int rows = (int) rows(node, weights);
        int cols = (int) (weights.elements() / rows);
        Op op = opOf(node, weights);
        Optional<Initializer> bias =
                node.is("MatMul") ? Optional.empty() : graph.constant(node, 2).map(b -> spread(b, rows));
        if (node.is("Gemm")) {
            weights = scaled(weights, node.real("alpha", 1));
            bias = bias.map(b -> scaled(b, node.real("beta", 1)));
        }
        return new Layer(name, node, op, weights, bias, groups(node), rows, cols);
    }

    private static Op opOf(Node node, Initializer weights) {
        return switch (node.opType()) {
            case "Conv" -> new Op.Conv(Window.of(node, kernel(weights)), groups(node));
            case "ConvTranspose" -> {
                long[] kernel = kernel(weights);
                int taps = 1;
                for (long extent : kernel) {
                    taps *= (int) extent;
                }
                yield new Op.ConvTranspose(Window.of(node, kernel), taps);
            }
            case "Gemm" ->
                new Op.Gemm(
                        node.integer("transA").orElse(0) != 0,
                        node.integer("transB").orElse(0) != 0);
            case "MatMul" -> new Op.MatMul();
            default -> throw new IllegalArgumentException("not a layer: " + node);
        };
    }

    private static long rows(Node node, Initializer weights) {
        return switch (node.opType()) {
            case "Conv" -> weights.dims().get(0);
            case "Gemm" -> weights.dims().get(node.integer("transB").orElse(0) != 0 ? 0 : 1);
            default -> weights.dims().get(1);
        };
    }

    /** Channels of the input of a Conv, ConvTranspose or Gemm over all groups. */
    public static long inputChannels(Node node, Initializer weights) {
        return switch (node.opType()) {
            case "Conv" -> weights.dims().get(1) * groups(node);
            case "Gemm" -> weights.dims().get(node.integer("transB").orElse(0) != 0 ? 1 : 0);
            default -> weights.dims().get(0);
        };
    }

    private static long[] kernel(Initializer weights) {
        return weights.dims().stream().skip(2).mapToLong(Long::longValue).toArray();
    }

    /** What no int holds is no number of groups, and stays none: it divides no number of channels that fits an array. */
    static int groups(Node node) {
        boolean has = node.is("Conv") || node.is("ConvTranspose");
        return (int) Math.max(
                -1, Math.min(Integer.MAX_VALUE, has ? node.integer("group").orElse(1) : 1));
    }

    /** A bias of one number for all outputs becomes one number an output; other shapes become a vector. */
    private static Initializer spread(Initializer bias, int rows) {
        if (bias.rank() == 1 && bias.elements() == rows) {
            return bias;
        }
        float[] values = bias.floats();
        float[] each = new float[rows];
        for (int i = 0; i < rows; i++) {
            each[i] = values[values.length == 1 ? 0 : i];
        }
        return Initializer.ofFloats(bias.name(), each, rows);
    }

    private static Initializer scaled(Initializer tensor, float factor) {
        if (factor == 1) {
            return tensor;
        }
        float[] values = tensor.floats();
        for (int i = 0; i < values.length; i++) {
            values[i] *= factor;
        }
        long[] dims = tensor.dims().stream().mapToLong(Long::longValue).toArray();
        return Initializer.ofFloats(tensor.name(), values, dims);
    }

    private static void checkFinite(Initializer tensor) {
        float[] values = tensor.floats();
        for (int i = 0; i < values.length; i++) {
            if (!Float.isFinite(values[i])) {
                throw new UnsupportedModelException("tensor '%s' holds %s at element %d; a network with such weights"
                                .formatted(tensor.name(), values[i], i)
                        + " cannot be compressed");
            }
        }
    }

    /** The attributes of a Gemm whose alpha and beta have been multiplied into its weights and bias. */
    public static Map<String, Attribute> withoutFactors(Node gemm) {
        Map<String, Attribute> attributes = new HashMap<>(gemm.attributes());
        attributes.remove("alpha");
        attributes.remove("beta");
        return attributes;
    }
}
