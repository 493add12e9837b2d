package lathe.engine.channel;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import lathe.engine.graph.Attribute;
import lathe.engine.graph.Graph;
import lathe.engine.graph.GraphEdit;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Node;

/**
 * A shape that a node reads, as far as constants state its elements: one constant, or a Concat of constants and of extents
 * picked from other shapes, as exporters write it, with Casts anywhere.
 *
 * @param value the shape
 * @param parts that it is joined of, in their order
 */
record StatedShape(Graph graph, String value, List<Part> parts) {

    /** Elements in a row; without a constant they are computed. */
    private record Part(String value, int length, Optional<Initializer> constant) {}

    /** Where an element is stated. */
    private record Place(int part, int offset) {}

    /**
     * Takes a shape apart.
     *
     * @param rank how many elements it has
     * @return empty if it is computed in another way
     */
    static Optional<StatedShape> of(Graph graph, String value, int rank) {
        List<String> joined = graph.constant(value).isPresent() ? List.of(value) : joined(graph, value);
        List<Part> parts = new ArrayList<>();
        int elements = 0;
        for (String part : joined) {
            Optional<Initializer> constant = constant(graph, part);
            OptionalInt length = constant.isPresent()
                    ? OptionalInt.of(Math.toIntExact(constant.get().elements()))
                    : picked(graph, part);
            if (length.isEmpty()) {
                return Optional.empty();
            }
            parts.add(new Part(part, length.getAsInt(), constant));
            elements += length.getAsInt();
        }
        return elements == rank ? Optional.of(new StatedShape(graph, value, parts)) : Optional.empty();
    }

    private static List<String> joined(Graph graph, String value) {
        return graph.producer(value)
                .filter(node -> node.is("Concat"))
                .map(Node::inputs)
                .orElse(List.of());
    }

    private static Optional<Initializer> constant(Graph graph, String value) {
        String source = uncast(graph, value);
        return graph.constant(source)
                .or(() -> graph.producer(source)
                        .filter(node -> node.is("Unsqueeze"))
                        .flatMap(node -> constant(graph, node.inputs().get(0)))); // a number that becomes a list
    }

    private static String uncast(Graph graph, String value) {
        return graph.producer(value)
                .filter(node -> node.is("Cast"))
                .map(cast -> uncast(graph, cast.inputs().get(0)))
                .orElse(value);
    }

    /** How many extents a list holds that is picked from a shape, at most; the rank tells whether they are as many. */
    private static OptionalInt picked(Graph graph, String part) {
        Node node = graph.producer(uncast(graph, part)).orElse(null);
        if (node != null && node.is("Unsqueeze")) {
            return OptionalInt.of(1); // of one number, since the parts of a shape are lists
        }
        if (node != null && node.is("Gather")) {
            return graph.constant(node, 1)
                    .map(indices -> OptionalInt.of(Math.toIntExact(indices.elements())))
                    .orElse(OptionalInt.empty());
        }
        return node == null
                ? OptionalInt.empty()
                : bounds(graph, node)
                        .filter(bounds -> bounds[0] < bounds[1] && (bounds[0] < 0) == (bounds[1] < 0))
                        .map(bounds -> OptionalInt.of((int) Math.min(bounds[1] - bounds[0], Integer.MAX_VALUE)))
                        .orElse(OptionalInt.empty());
    }

    /** The bounds of a Slice of a list, as constants state them, without steps; empty for other nodes. */
    static Optional<long[]> bounds(Graph graph, Node node) {
        boolean inSteps = node.input(4).isPresent()
                && graph.constant(node, 4)
                        .filter(steps -> steps.longs()[0] == 1)
                        .isEmpty();
        Optional<Initializer> starts = graph.constant(node, 1);
        Optional<Initializer> ends = graph.constant(node, 2);
        return node.is("Slice") && !inSteps && starts.isPresent() && ends.isPresent()
                ? Optional.of(new long[] {starts.get().longs()[0], ends.get().longs()[0]})
                : Optional.empty();
    }

    private Place place(int element) {
        int part = 0;
        int offset = element;
        while (offset >= parts.get(part).length()) {
            offset -= parts.get(part++).length();
        }
        return new Place(part, offset);
    }

    /** An element; empty if it is computed. */
    OptionalLong at(int element) {
        Place place = place(element);
        return parts.get(place.part())
                .constant()
                .map(constant -> OptionalLong.of(constant.longs()[place.offset()]))
                .orElse(OptionalLong.empty());
    }

    /**
     * The same with another number in the place of one that is stated.
     *
     * @param reader the node in front of which it is computed
     * @return the name of the changed shape
     */
    String with(int element, long number, Node reader, GraphEdit edit) {
        Place place = place(element);
        Part part = parts.get(place.part());
        long[] numbers = part.constant().orElseThrow().longs();
        numbers[place.offset()] = number;
        String constant =
                edit.putFresh(Initializer.ofLongs(ChannelRule.name(reader) + "_shape", numbers, numbers.length));
        if (part.value().equals(value)) {
            return constant;
        }
        List<String> names = new ArrayList<>(parts.stream().map(Part::value).toList());
        names.set(place.part(), constant);
        String changed = edit.freshName(value);
        edit.insertBefore(reader, Node.of("", "Concat", names, List.of(changed), Map.of("axis", new Attribute.Int(0))));
        graph.soleConsumer(value).flatMap(sole -> graph.producer(value)).ifPresent(edit::remove);
        return changed;
    }
}
