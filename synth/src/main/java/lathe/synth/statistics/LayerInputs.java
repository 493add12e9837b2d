package lathe.synth.statistics;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
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
 * * states), and written where the node keeps them to itself.
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
        for (Layer layer : hidden) {
            graph.producer(layer.output()).ifPresent(node -> inputs.addStates(node, valueOf(layer)));
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

    private void addStates(Node node, String value) {
        List<String> outputs = new ArrayList<>(node.outputs());
        if (outputs.get(0).isEmpty()) {
            outputs.set(0, edit.freshName("lathe_kept"));
            edit.replace(node, node.withOutputs(outputs));
        }
        String transposed = edit.freshName("lathe_transposed");
        Attribute order = new Attribute.Ints(List.of(0L, 2L, 1L, 3L));
        edit.insertAfter(
                node, Node.of("", "Transpose", List.of(outputs.get(0)), List.of(transposed), Map.of("perm", order)));
        String shape = edit.putFresh(Initializer.ofLongs("lathe_shape", new long[] {0, 0, -1}, 3));
        edit.insertAfter(node, Node.of("", "Reshape", List.of(transposed, shape), List.of(value), Map.of()));
    }
}
