package lathe.synth.statistics;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import lathe.engine.graph.Attribute;
import lathe.engine.graph.Graph;
import lathe.engine.graph.GraphEdit;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Node;
import lathe.engine.graph.Value;

/**
 * Values of the branches of If nodes, handed on as further outputs of these nodes; the branch that does not compute a
 * value returns one without elements. Branches in branches hand on through both. Values in the bodies of Loop and Scan,
 * which are computed several times in a run, stay inside.
 */
final class BodyValues {

    private static final String NOTHING = "/lathe_nothing";
    private static final String COPY = "/lathe_copy";

    private final Set<String> wanted;
    private final Map<String, String> names = new HashMap<>();
    private final Graph graph;

    /**
     * Hands on those of these values that nodes in bodies write.
     *
     * @param wanted floating values
     */
    BodyValues(Graph graph, Collection<String> wanted) {
        this.wanted = new HashSet<>(wanted);
        graph.nodes().forEach(node -> this.wanted.removeAll(node.outputs()));
        GraphEdit edit = graph.edit();
        for (Node node : graph.nodes()) {
            Node open = opened(node);
            if (!open.equals(node)) {
                edit.replace(node, open);
            }
        }
        this.graph = names.isEmpty() ? graph : edit.build();
    }

    /** The graph in which they are handed on. */
    Graph graph() {
        return graph;
    }

    /** The name of a value there. */
    String name(String value) {
        return names.getOrDefault(value, value);
    }

    private Node opened(Node node) {
        if (!node.is("If")
                || node.nodesInBodies()
                        .noneMatch(inner -> inner.outputs().stream().anyMatch(wanted::contains))) {
            return node;
        }
        Map<String, Graph> branches = new LinkedHashMap<>();
        Map<String, Map<String, String>> found = new LinkedHashMap<>(); // by branch, the name inside of each value
        node.attributes().forEach((branch, attribute) -> {
            if (attribute instanceof Attribute.OfGraph body) {
                Map<String, String> inside = new LinkedHashMap<>();
                List<Node> nodes = new ArrayList<>();
                for (Node inner : body.body().nodes()) {
                    Node open = opened(inner);
                    nodes.add(open);
                    inner.nodesInBodies()
                            .flatMap(deep -> deep.outputs().stream())
                            .filter(names::containsKey)
                            .filter(value -> open.outputs().contains(names.get(value)))
                            .forEach(value -> inside.put(value, names.get(value)));
                    inner.outputs().stream().filter(wanted::contains).forEach(value -> inside.put(value, value));
                }
                found.put(branch, inside);
                branches.put(
                        branch,
                        body.body()
                                .with(
                                        nodes,
                                        body.body().initializers().values(),
                                        body.body().outputs()));
            }
        });
        List<String> values = found.values().stream()
                .flatMap(inside -> inside.keySet().stream())
                .distinct()
                .toList();
        List<String> outputs = new ArrayList<>(node.outputs());
        for (String value : values) {
            names.put(value, name(value) + "/lathe_out");
            outputs.add(names.get(value));
        }
        Node open = node.withOutputs(outputs);
        for (Map.Entry<String, Graph> branch : branches.entrySet()) {
            open = open.withAttribute(
                    branch.getKey(),
                    new Attribute.OfGraph(returning(branch.getValue(), found.get(branch.getKey()), values)));
        }
        return open;
    }

    private static Graph returning(Graph body, Map<String, String> inside, List<String> values) {
        List<Node> nodes = new ArrayList<>(body.nodes());
        List<Value> outputs = new ArrayList<>(body.outputs());
        for (String value : values) {
            String own = inside.get(value);
            if (own == null) {
                Attribute nothing = new Attribute.OfTensor(Initializer.ofFloats("", new float[0], 0));
                nodes.add(Node.of("", "Constant", List.of(), List.of(value + NOTHING), Map.of("value", nothing)));
                outputs.add(Value.ofFloat(value + NOTHING));
            } else {
                // a body that returns a value twice returns it once
                nodes.add(Node.of("", "Identity", List.of(own), List.of(value + COPY), Map.of()));
                outputs.add(Value.ofFloat(value + COPY));
            }
        }
        return body.with(nodes, body.initializers().values(), outputs);
    }
}
