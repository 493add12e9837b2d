package lathe.synth.input;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Node;

/**
 * The nodes that read an input's numbers, also behind nodes that only move, repeat or convert them, and in bodies of control
 * flow that read them from the graph around. O(nodes).
 *
 * @param node the reader; nodes that only move numbers are listed, too
 * @param position which of its inputs the numbers are
 * @param cut true if the numbers were cut or laid out anew before
 * @param scope where the node is
 */
record Readers(Node node, int position, boolean cut, Scope scope) {

    /** A graph, or a body inside of others: what its nodes can read. */
    record Scope(Graph graph, Optional<Scope> outer) {

        Optional<Node> producer(String value) {
            return graph.producer(value).or(() -> outer.flatMap(around -> around.producer(value)));
        }

        Optional<Initializer> constant(String value) {
            return graph.constant(value).or(() -> outer.flatMap(around -> around.constant(value)));
        }
    }

    /** The first input of these goes through unchanged, number by number. */
    private static final Set<String> MOVES = Set.of(
            "Cast",
            "Clip",
            "Expand",
            "Flatten",
            "Gather",
            "Identity",
            "Pad",
            "Reshape",
            "Slice",
            "Split",
            "Squeeze",
            "Tile",
            "Transpose",
            "Unsqueeze");

    private static final Set<String> CUTS = Set.of("Concat", "Gather", "Reshape", "Slice", "Split");
    private static final Set<String> ARITHMETIC = Set.of("Add", "Sub", "Mul", "Div");

    /** Readers of an index or a truth value: only what moves numbers is passed. */
    static List<Readers> ofIndex(Graph graph, String input) {
        return walk(graph, input, false);
    }

    /** Readers of a measured quantity: arithmetic with constants is passed, too. */
    static List<Readers> ofQuantity(Graph graph, String input) {
        return walk(graph, input, true);
    }

    private record Place(String value, boolean cut, Scope scope) {}

    private static List<Readers> walk(Graph graph, String input, boolean throughArithmetic) {
        List<Readers> readers = new ArrayList<>();
        Set<Place> seen = new HashSet<>();
        Deque<Place> open = new ArrayDeque<>(List.of(new Place(input, false, new Scope(graph, Optional.empty()))));
        while (!open.isEmpty()) {
            Place place = open.remove();
            for (Node node : seen.add(place) ? place.scope().graph().consumers(place.value()) : List.<Node>of()) {
                for (int position = 0; position < node.inputs().size(); position++) {
                    if (node.inputs().get(position).equals(place.value())) {
                        Readers reader = new Readers(node, position, place.cut(), place.scope());
                        readers.add(reader);
                        boolean passed = moves(node, position) || (throughArithmetic && reader.scales());
                        boolean cut = place.cut() || CUTS.contains(node.opType());
                        Stream<String> next = passed ? node.outputs().stream() : Stream.empty();
                        next.forEach(output -> open.add(new Place(output, cut, place.scope())));
                    }
                }
                node.bodies()
                        .forEach(body -> open.add(
                                new Place(place.value(), place.cut(), new Scope(body, Optional.of(place.scope())))));
            }
        }
        return readers;
    }

    private static boolean moves(Node node, int position) {
        return node.is("Concat")
                || (node.is("Where") && position > 0)
                || (position == 0 && MOVES.contains(node.opType()) && node.is(node.opType()));
    }

    private boolean scales() {
        return isOneOf(ARITHMETIC) && constant(1 - position).isPresent();
    }

    boolean is(String standardOpType) {
        return node.is(standardOpType);
    }

    /** True if the node is one of these standard operators. */
    boolean isOneOf(Set<String> standardOpTypes) {
        return standardOpTypes.contains(node.opType()) && node.is(node.opType());
    }

    /** The constant at another input of the node. */
    Optional<Initializer> constant(int other) {
        return node.input(other).flatMap(scope::constant);
    }
}
