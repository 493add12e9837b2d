package lathe.synth.network;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Node;
import lathe.engine.graph.Value;

/** The part of a graph that some of its values need. */
public final class GraphSlice {

    private GraphSlice() {}

    /**
     * A graph whose outputs are these values and which holds no node, constant or input that they do not need.
     *
     * @param wanted floating values that nodes of the graph write
     */
    public static Graph of(Graph graph, Collection<String> wanted) {
        Set<String> needed = new HashSet<>(wanted);
        List<Node> nodes = new ArrayList<>(graph.nodes());
        for (int i = nodes.size() - 1; i >= 0; i--) {
            Node node = nodes.get(i);
            if (node.outputs().stream().anyMatch(needed::contains)) {
                needed.addAll(node.inputs());
                needed.addAll(node.captures());
            } else {
                nodes.remove(i);
            }
        }
        List<Initializer> constants = graph.initializers().values().stream()
                .filter(constant -> needed.contains(constant.name()))
                .toList();
        List<Value> inputs = graph.inputs().stream()
                .filter(input -> needed.contains(input.name()))
                .toList();
        List<Value> outputs = wanted.stream().distinct().map(Value::ofFloat).toList();
        return new Graph(
                nodes,
                constants,
                inputs,
                outputs,
                graph.opsets(),
                graph.metadata(),
                graph.statistics(),
                graph.origin());
    }
}
