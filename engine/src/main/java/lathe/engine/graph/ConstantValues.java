package lathe.engine.graph;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The values of a graph that do not depend on its inputs: constants, and what nodes compute from constants alone, such
 * as a transposed weight. Immutable and thread-safe. Finding them costs one pass over the nodes.
 */
public final class ConstantValues {

    private static final Set<String> RANDOM = Set.of(
            "Bernoulli",
            "Dropout",
            "Multinomial",
            "RandomNormal",
            "RandomNormalLike",
            "RandomUniform",
            "RandomUniformLike");

    private final Graph graph;
    private final Set<String> constants = new HashSet<>();
    private final Set<Node> computing = new HashSet<>();
    private final Map<Node, Integer> positions = new HashMap<>();

    private ConstantValues(Graph graph) {
        this.graph = graph;
        constants.addAll(graph.initializers().keySet());
        graph.origin()
                .ifPresent(origin -> constants.addAll(origin.sparseConstants().keySet()));
        for (Node node : graph.nodes()) {
            positions.put(node, positions.size());
            node.nodesInBodies().forEach(inner -> positions.put(inner, positions.size()));
            if (isConstant(node)) {
                constants.addAll(node.outputs());
                computing.add(node);
            }
        }
        constants.remove("");
    }

    /** Those of a graph. */
    public static ConstantValues of(Graph graph) {
        return new ConstantValues(graph);
    }

    private boolean isConstant(Node node) {
        if (node.is("Constant")) {
            return true;
        }
        List<String> read =
                node.inputs().stream().filter(input -> !input.isEmpty()).toList();
        return isRepeatable(node) && !read.isEmpty() && constants.containsAll(read);
    }

    /** True of a standard operator without bodies that gives the same for the same inputs. */
    public static boolean isRepeatable(Node node) {
        return node.is(node.opType())
                && !RANDOM.contains(node.opType())
                && node.captures().isEmpty()
                && node.bodies().isEmpty();
    }

    /** True if the value is a constant, or computed from constants alone. */
    public boolean contains(String value) {
        return constants.contains(value);
    }

    /** True if the node computes with constants alone, or is one. */
    public boolean isComputedBy(Node node) {
        return computing.contains(node);
    }

    /**
     * The nodes that read a value, or what is computed from it and constants alone; nodes that compute with constants
     * alone are passed over, and nodes in bodies stand for themselves. In graph order, each once.
     */
    public List<Node> users(String value) {
        Set<Node> users = new HashSet<>();
        for (String name : reached(value)) {
            graph.consumers(name).stream()
                    .filter(node -> !computing.contains(node))
                    .flatMap(node -> Stream.concat(Stream.of(node), node.nodesInBodies()))
                    .filter(node -> node.inputs().contains(name) || isHandedOn(node, name))
                    .forEach(users::add);
        }
        List<Node> sorted = new ArrayList<>(users);
        sorted.sort(Comparator.comparing(positions::get));
        return sorted;
    }

    /** True of a node that carries on what its bodies give back, or what is in bodies that cannot be looked into. */
    private static boolean isHandedOn(Node node, String value) {
        boolean within = node.nodesInBodies().anyMatch(inner -> inner.inputs().contains(value));
        return !within && node.captures().contains(value);
    }

    /** A graph output that is the value, or is computed from it and constants alone. */
    public Optional<String> output(String value) {
        return reached(value).stream().filter(graph::isOutput).sorted().findFirst();
    }

    /** The value and all that is computed from it and constants alone. */
    private Set<String> reached(String value) {
        Set<String> reached = new HashSet<>();
        Deque<String> open = new ArrayDeque<>(List.of(value));
        while (!open.isEmpty()) {
            String next = open.remove();
            if (reached.add(next)) {
                graph.consumers(next).stream()
                        .filter(computing::contains)
                        .flatMap(node -> node.outputs().stream())
                        .filter(output -> !output.isEmpty())
                        .forEach(open::add);
            }
        }
        return reached;
    }

    /** The nodes that compute a value from constants, those in front before those behind; none for a plain constant. */
    public List<Node> nodesBehind(String value) {
        Set<Node> found = new HashSet<>();
        Deque<String> open = new ArrayDeque<>(List.of(value));
        while (!open.isEmpty()) {
            graph.producer(open.remove())
                    .filter(computing::contains)
                    .filter(found::add)
                    .ifPresent(node -> node.inputs().stream()
                            .filter(input -> !input.isEmpty())
                            .forEach(open::add));
        }
        List<Node> sorted = new ArrayList<>(found);
        sorted.sort(Comparator.comparing(positions::get));
        return sorted;
    }

    /** True of a value that comes from constant codes, behind a DequantizeLinear, a Cast of at most 8 bits or a BitShift. */
    public boolean isDequantized(String value) {
        return nodesBehind(value).stream()
                .anyMatch(node -> node.is("DequantizeLinear")
                        || node.is("BitShift")
                        || (node.is("Cast")
                                && graph.constant(node, 0)
                                        .filter(codes -> codes.type().bits() <= Byte.SIZE)
                                        .isPresent()));
    }
}
