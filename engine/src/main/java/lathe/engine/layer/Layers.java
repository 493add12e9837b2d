package lathe.engine.layer;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import lathe.engine.graph.ConstantValues;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Node;
import lathe.engine.graph.UnsupportedModelException;
import lathe.engine.operator.Operator;
import lathe.engine.operator.Operators;
import lathe.engine.operator.WeightSite;

/** Finds the layers of a graph that can be compressed, and says of the others why not. */
public final class Layers {

    private final Graph graph;
    private final ConstantValues constants;
    private final Map<String, Integer> nodesOfName = new HashMap<>();
    private final Map<String, Integer> definitions;
    private final Set<String> taken = new HashSet<>();
    private final Set<Node> named = new HashSet<>();
    private final List<Layer> layers = new ArrayList<>();
    private final List<Skipped> skipped = new ArrayList<>();

    private Layers(Graph graph) {
        this.graph = graph;
        this.constants = ConstantValues.of(graph);
        this.definitions = graph.definitions();
        graph.allNodes().forEach(node -> nodesOfName.merge(node.name(), 1, Integer::sum));
        taken.addAll(nodesOfName.keySet());
    }

    /**
     * A skipped node with weights.
     *
     * @param name as {@link Layer#name()}
     * @param node the node
     * @param operator which of its inputs are the weights
     * @param reason a clause in plain English
     */
    public record Skipped(String name, Node node, Operator operator, String reason) {}

    /**
     * The answer to {@link #survey}.
     *
     * @param layers what can be compressed, in graph order
     * @param skipped nodes with weights that cannot be compressed, in graph order
     */
    public record Survey(List<Layer> layers, List<Skipped> skipped) {
        public Survey {
            layers = List.copyOf(layers);
            skipped = List.copyOf(skipped);
        }
    }

    /**
     * Surveys a graph and the bodies of its nodes. Layers of bodies have their weights among the constants of the graph
     * itself.
     *
     * @throws UnsupportedModelException if a weight or bias is NaN or infinite, naming the tensor
     */
    public static Survey survey(Graph graph) {
        Layers found = new Layers(graph);
        graph.allNodes().forEach(node -> found.examine(node));
        return new Survey(found.layers, found.skipped);
    }

    private void examine(Node node) {
        Operators.of(graph, constants, node).forEach(operator -> examine(operator, node));
    }

    private void examine(Operator operator, Node node) {
        String name = nameOf(operator, node);
        Optional<String> obstacle =
                obstacleInBody(operator, node).or(() -> Operators.obstacle(operator, graph, constants, node));
        if (obstacle.isPresent()) {
            skipped.add(new Skipped(name, node, operator, obstacle.get()));
            return;
        }
        Layer layer = layerOf(name, operator, node);
        checkFinite(layer.weights());
        layer.bias().ifPresent(Layers::checkFinite);
        layers.add(layer);
    }

    private Optional<String> obstacleInBody(Operator operator, Node node) {
        if (graph.enclosing(node).isEmpty()) {
            return Optional.empty();
        }
        if (operator.looksUp()) {
            return Optional.of("tables that bodies look up are not compressed");
        }
        return node.inputs().stream()
                .filter(input -> definitions.getOrDefault(input, 0) > 1)
                .findFirst()
                .map("it reads '%s', of which there are several"::formatted);
    }

    /**
     * The node's name, or where that is not its alone, the value it writes, and the place of the weights if it has several;
     * no two layers have the same.
     */
    private String nameOf(Operator operator, Node node) {
        boolean unique = !node.name().isEmpty() && nodesOfName.get(node.name()) == 1;
        if (unique && operator.suffix().isEmpty() && named.add(node)) {
            return node.name();
        }
        String name = (unique ? node.name() : node.output()) + operator.suffix();
        while (!taken.add(name)) {
            name += "'";
        }
        return name;
    }

    private Layer layerOf(String name, Operator operator, Node node) {
        Initializer weights = graph.constant(node, operator.weights()).orElseThrow();
        WeightSite site = Operators.site(operator, node, weights);
        Optional<Initializer> bias = operator.bias().isEmpty()
                ? Optional.empty()
                : graph.constant(node, operator.bias().getAsInt())
                        .map(given -> spread(given, site.layout().outputs()));
        return new Layer(
                name,
                site,
                scaled(weights, operator.weightFactor(node)),
                bias.map(given -> scaled(given, operator.biasFactor(node))));
    }

    /** A bias of one value for all outputs becomes one value per output channel; other shapes become a vector. */
    private static Initializer spread(Initializer bias, int rows) {
        if (bias.rank() == 1 && bias.elements() == rows) {
            return bias;
        }
        float[] values = bias.floats();
        float[] each = new float[rows];
        for (int i = 0; i < rows; i++) {
            each[i] = values[values.length == 1 ? 0 : i];
        }
        return Initializer.ofFloats(bias.name(), each, rows).storedAs(bias);
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
        return Initializer.ofFloats(tensor.name(), values, dims).storedAs(tensor);
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
}
