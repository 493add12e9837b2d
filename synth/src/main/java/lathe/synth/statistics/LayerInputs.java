package lathe.synth.statistics;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import lathe.engine.graph.Attribute;
import lathe.engine.graph.Graph;
import lathe.engine.graph.GraphEdit;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Node;
import lathe.engine.layer.Layer;
import lathe.engine.tensor.ElementType;

/**
 * The values that meet the weights of layers, as tensors of floats. For most layers these are the values that nodes read. Indices are
 * cast; hidden states of a recurrent node, steps x directions x batch x states, are transposed to steps x batch x (directions
 * * states), and written where the node keeps them to itself, inside of the bodies that the node is in.
 */
final class LayerInputs {

    private final GraphEdit edit;

    private LayerInputs(Graph graph) {
        this.edit = graph.edit();
    }

    /** The value that holds the inputs of a layer, in a graph {@link #withAll}. */
    static String valueOf(Layer layer) {
        if (layer.readsIndices()) {
            return layer.input() + "/lathe_floats";
        }
        return layer.site().observed().isHidden() ? layer.name() + "/lathe_states" : layer.input();
    }

    /** The graph with nodes for the inputs of layers that no value of it holds; indices are exact up to 2^24. */
    static Graph withAll(Graph graph, List<Layer> layers) {
        LayerInputs inputs = new LayerInputs(graph);
        layers.stream()
                .filter(Layer::readsIndices)
                .map(Layer::input)
                .distinct()
                .forEach(value -> inputs.cast(graph, value));
        List<Layer> hidden = layers.stream()
                .filter(layer -> layer.site().observed().isHidden())
                .toList();
        for (Node node : graph.nodes()) {
            List<Node> shown = shown(graph, node, hidden);
            if (!shown.equals(List.of(node))) {
                inputs.edit.replace(node, shown.get(0));
                shown.stream().skip(1).forEach(added -> inputs.edit.insertAfter(node, added));
            }
        }
        boolean changed = !hidden.isEmpty() || layers.stream().anyMatch(Layer::readsIndices);
        return changed ? inputs.edit.build() : graph;
    }

    private void cast(Graph graph, String value) {
        Node cast = Node.of(
                "",
                "Cast",
                List.of(value),
                List.of(value + "/lathe_floats"),
                Map.of("to", new Attribute.Int(ElementType.FLOAT.code())));
        graph.producer(value).ifPresentOrElse(producer -> edit.insertAfter(producer, cast), () -> edit.prepend(cast));
    }

    /** A node, the nodes of its bodies among it, and behind it those that lay out the hidden states that layers see. */
    private static List<Node> shown(Graph graph, Node node, List<Layer> hidden) {
        Node open = node.withBodies(body -> {
            List<Node> nodes = body.nodes().stream()
                    .flatMap(inner -> shown(graph, inner, hidden).stream())
                    .toList();
            return nodes.equals(body.nodes())
                    ? body
                    : body.with(nodes, body.initializers().values(), body.outputs());
        });
        return hidden.stream()
                .filter(layer -> layer.node().equals(node)
                        || graph.producer(layer.output()).equals(Optional.of(node)))
                .findFirst()
                .map(layer -> withStates(open, valueOf(layer)))
                .orElse(List.of(open));
    }

    private static List<Node> withStates(Node node, String value) {
        List<String> outputs = new ArrayList<>(node.outputs());
        if (outputs.get(0).isEmpty()) {
            outputs.set(0, value + "_kept");
        }
        Attribute order = new Attribute.Ints(List.of(0L, 2L, 1L, 3L));
        Attribute shape = new Attribute.OfTensor(Initializer.ofLongs("", new long[] {0, 0, -1}, 3));
        String transposed = value + "_transposed";
        return List.of(
                node.withOutputs(outputs),
                Node.of("", "Transpose", List.of(outputs.get(0)), List.of(transposed), Map.of("perm", order)),
                Node.of("", "Constant", List.of(), List.of(value + "_shape"), Map.of("value", shape)),
                Node.of("", "Reshape", List.of(transposed, value + "_shape"), List.of(value), Map.of()));
    }
}
