package lathe.synth.comparison;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import lathe.engine.graph.Graph;
import lathe.engine.graph.GraphEdit;
import lathe.engine.graph.Node;
import lathe.engine.graph.Value;

/**
 * Where an output comes out of a Sigmoid or a Softmax, perhaps moved or joined with others since.
 *
 * @param softmax true if all that it comes out of are Softmaxes, false if one is a Sigmoid
 * @param before the values that go into them, at least one
 */
record SquashedOutput(boolean softmax, List<String> before) {

    private static final Set<String> SQUASHING = Set.of("Sigmoid", "HardSigmoid", "Softmax");

    /** Operators that move, select or join the elements of an output. */
    private static final Set<String> MOVING = Set.of(
            "Reshape",
            "Flatten",
            "Transpose",
            "Squeeze",
            "Unsqueeze",
            "Slice",
            "Identity",
            "Cast",
            "QuantizeLinear",
            "DequantizeLinear");

    /** Of a graph's outputs those that are squashed, by name. */
    static Map<String, SquashedOutput> of(Graph graph) {
        Map<String, SquashedOutput> squashed = new LinkedHashMap<>();
        for (Value output : graph.outputs()) {
            List<Node> found = new ArrayList<>();
            find(graph, output.name(), found);
            if (!found.isEmpty()) {
                squashed.put(
                        output.name(),
                        new SquashedOutput(
                                found.stream().allMatch(node -> node.is("Softmax")),
                                found.stream().map(node -> node.inputs().get(0)).toList()));
            }
        }
        return squashed;
    }

    private static void find(Graph graph, String value, List<Node> found) {
        graph.producer(value).ifPresent(node -> {
            if (SQUASHING.stream().anyMatch(node::is)) {
                found.add(node);
            } else if (node.is("Concat")) {
                node.inputs().forEach(input -> find(graph, input, found));
            } else if (MOVING.stream().anyMatch(node::is)) {
                find(graph, node.inputs().get(0), found);
            }
        });
    }

    /** A graph whose outputs are some of its values, under names by place, the same for all versions of a network. */
    static Graph exposing(Graph graph, List<String> values) {
        GraphEdit edit = graph.edit();
        List<Value> outputs = new ArrayList<>();
        for (int i = 0; i < values.size(); i++) {
            String name = "lathe.before." + i;
            Node last = graph.nodes().get(graph.nodes().size() - 1);
            edit.insertAfter(last, Node.of(name, "Identity", List.of(values.get(i)), List.of(name), Map.of()));
            outputs.add(Value.ofFloat(name));
        }
        return edit.outputs(outputs).build();
    }
}
