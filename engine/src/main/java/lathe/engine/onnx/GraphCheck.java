package lathe.engine.onnx;

import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Node;
import lathe.engine.graph.Value;

/** Checks that every value is there before it is read, and there once, and that nodes have what they need. One pass. */
final class GraphCheck {

    private GraphCheck() {}

    /**
     * What is wrong with a graph, if anything.
     *
     * @param sparseConstants names of constants that the graph itself does not list
     */
    static Optional<String> problem(Graph graph, Collection<String> sparseConstants) {
        Set<String> available = new HashSet<>();
        for (Value input : graph.inputs()) {
            if (!available.add(input.name())) {
                return Optional.of("two graph inputs are named '%s'".formatted(input.name()));
            }
        }
        available.addAll(graph.initializers().keySet());
        available.addAll(sparseConstants);
        int index = 0;
        for (Node node : graph.nodes()) {
            Optional<String> problem = problem(graph, index, node, available);
            if (problem.isPresent()) {
                return problem;
            }
            available.addAll(node.outputs());
            index++;
        }
        return graph.outputs().stream()
                .map(Value::name)
                .filter(name -> !available.contains(name))
                .findFirst()
                .map("graph output '%s' is produced by nothing"::formatted);
    }

    private static Optional<String> problem(Graph graph, int index, Node node, Set<String> available) {
        for (List<String> names : List.of(node.inputs(), node.captures())) {
            for (String name : names) {
                if (!name.isEmpty() && !available.contains(name)) {
                    return Optional.of(unavailable(graph, index, node, name));
                }
            }
        }
        Optional<String> lacking = Arity.problem(node).map(lack -> describe(index, node) + " " + lack);
        if (lacking.isPresent()) {
            return lacking;
        }
        return node.outputs().stream()
                .filter(name -> !name.isEmpty() && available.contains(name))
                .findFirst()
                .map(name -> "%s produces '%s', which is a graph input or a constant"
                        .formatted(describe(index, node), name));
    }

    private static String unavailable(Graph graph, int index, Node node, String name) {
        String what = "%s reads '%s', which ".formatted(describe(index, node), name);
        return graph.producer(name)
                .map(later -> what
                        + "only a later node (%s '%s') produces: the nodes are not sorted, or form a cycle"
                                .formatted(later.opType(), later.name()))
                .orElse(what + "nothing produces");
    }

    private static String describe(int index, Node node) {
        return "node %d '%s' (%s)".formatted(index, node.name(), node.opType());
    }
}
