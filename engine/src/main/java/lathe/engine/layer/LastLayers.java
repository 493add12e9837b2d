package lathe.engine.layer;

import java.util.LinkedHashSet;
import java.util.Set;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Node;

/** The layers whose outputs reach an output of the network without another layer between. */
public final class LastLayers {

    private LastLayers() {}

    /**
     * Finds them, in one pass over the nodes.
     *
     * @param layers all nodes of the graph that count as layers
     */
    public static Set<Node> of(Graph graph, Set<Node> layers) {
        Set<String> open = new LinkedHashSet<>();
        graph.outputs().forEach(output -> open.add(output.name()));
        Set<Node> last = new LinkedHashSet<>();
        for (int i = graph.nodes().size() - 1; i >= 0; i--) {
            Node node = graph.nodes().get(i);
            if (node.outputs().stream().anyMatch(open::contains)) {
                if (layers.contains(node)) {
                    last.add(node);
                } else {
                    open.addAll(node.inputs());
                }
            }
        }
        return last;
    }
}
