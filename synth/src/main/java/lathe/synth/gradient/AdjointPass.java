package lathe.synth.gradient;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import lathe.engine.graph.Attribute;
import lathe.engine.graph.Graph;
import lathe.engine.graph.GraphEdit;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Node;
import lathe.engine.graph.UnsupportedModelException;

/**
 * The nodes of an adjoint pass while it is made, in the order in which they are to run, and the gradients known so far.
 * Values are named; what a rule adds returns the name of its result. Not thread-safe.
 */
final class AdjointPass {

    private final Graph graph;
    private final GraphEdit edit;
    private final Node last;
    private final Set<String> active;
    private final Function<String, Optional<List<Long>>> shapes;
    private final Map<String, List<String>> contributions = new HashMap<>();

    AdjointPass(Graph graph, Set<String> active, Function<String, Optional<List<Long>>> shapes) {
        this.graph = graph;
        this.edit = graph.edit();
        this.last = graph.nodes().get(graph.nodes().size() - 1);
        this.active = active;
        this.shapes = shapes;
    }

    /** The network that is differentiated. */
    Graph graph() {
        return graph;
    }

    /** The network with the nodes added so far. */
    Graph build() {
        return edit.build();
    }

    /** True for an input of a node whose gradient is wanted. */
    boolean wants(Node node, int input) {
        return node.input(input).filter(active::contains).isPresent();
    }

    /** True if a value varies with the input that is differentiated for. */
    boolean isActive(String value) {
        return active.contains(value);
    }

    boolean hasGradient(String value) {
        return contributions.containsKey(value);
    }

    /** Adds to the gradient of a value what one of its readers contributes. */
    void give(String value, String contribution) {
        contributions.computeIfAbsent(value, v -> new ArrayList<>()).add(contribution);
    }

    /** The gradient of a node's first output. */
    String gradient(Node node) {
        return gradient(node.output()).orElseThrow();
    }

    /** The gradient of a value: the sum of all contributions, which must be complete; empty if there are none. */
    Optional<String> gradient(String value) {
        List<String> parts = contributions.get(value);
        if (parts == null) {
            return Optional.empty();
        }
        if (parts.size() > 1) {
            contributions.put(value, new ArrayList<>(List.of(add("Sum", parts, Map.of()))));
        }
        return Optional.of(contributions.get(value).get(0));
    }

    /** Extents of a value of the network. */
    List<Long> shape(String value) {
        return graph.constant(value)
                .map(Initializer::dims)
                .or(() -> shapes.apply(value))
                .orElseThrow(() -> new UnsupportedModelException("the shape of '%s' is not known".formatted(value)));
    }

    /** The same with the first axis, which may be the batch, to be inferred by a Reshape. */
    static List<Long> anyBatch(List<Long> shape) {
        List<Long> open = new ArrayList<>(shape);
        if (!open.isEmpty()) {
            open.set(0, -1L);
        }
        return open;
    }

    /** A constant input of a node as whole numbers; empty if it is left out. */
    Optional<long[]> longs(Node node, int input) {
        if (node.input(input).isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(graph.constant(node, input)
                .orElseThrow(() -> GradientRule.unknown(
                        node, " with computed '%s'".formatted(node.inputs().get(input))))
                .longs());
    }

    /** Applies an operator without attributes. */
    String add(String operator, String... inputs) {
        return add(operator, List.of(inputs), Map.of());
    }

    /** Applies an operator. */
    String add(String operator, List<String> inputs, Map<String, Attribute> attributes) {
        String name = edit.freshName("grad_" + operator);
        edit.insertAfter(last, Node.of(name, operator, inputs, List.of(name), attributes));
        return name;
    }

    /** The value in another shape. */
    String reshaped(String value, List<Long> shape) {
        return add("Reshape", value, longs(shape));
    }

    /** The value in the shape of a value of the network. */
    String reshapedAs(String value, String other) {
        return add("Reshape", value, add("Shape", other));
    }

    /** The value repeated along axes of extent 1 up to the shape of a value of the network. */
    String expandedAs(String value, String other) {
        return add("Expand", value, add("Shape", other));
    }

    /** Adds zeros before and behind an axis of a value of this rank; negative numbers take elements away. */
    String padded(String value, int rank, int axis, long before, long after) {
        List<Long> widths = new ArrayList<>(repeated(0, 2 * rank));
        widths.set(axis, before);
        widths.set(rank + axis, after);
        return add("Pad", value, longs(widths));
    }

    /** An axis that may be counted from the end, from the front. */
    static int axis(long stated, int rank) {
        return Math.toIntExact(stated < 0 ? stated + rank : stated);
    }

    /** Where a condition holds the value, else zeros. */
    String where(String condition, String value) {
        return add("Where", condition, value, scalar(0));
    }

    /**
     * The sum over all axes along which a value of the network was repeated to get to this shape.
     *
     * @param gradient of this shape
     * @param value of the network, which broadcasts to it
     */
    String unbroadcast(String gradient, List<Long> shape, String value) {
        List<Long> own = shape(value);
        int extra = shape.size() - own.size();
        List<Long> axes = IntStream.range(0, shape.size())
                .filter(axis -> axis < extra || (own.get(axis - extra) == 1 && shape.get(axis) != 1))
                .mapToObj(axis -> (long) axis)
                .toList();
        if (axes.isEmpty()) {
            return gradient;
        }
        String sum = add("ReduceSum", List.of(gradient, longs(axes)), Map.of("keepdims", new Attribute.Int(1)));
        return extra == 0 ? sum : reshapedAs(sum, value);
    }

    /** A constant without axes. */
    String scalar(float value) {
        return constant(new float[] {value});
    }

    String constant(float[] values, long... dims) {
        return edit.putFresh(Initializer.ofFloats("grad_constant", values, dims));
    }

    String longs(List<Long> values) {
        long[] array = values.stream().mapToLong(Long::longValue).toArray();
        return edit.putFresh(Initializer.ofLongs("grad_integers", array, array.length));
    }

    /** An attribute of whole numbers. */
    static Attribute integers(long... values) {
        return new Attribute.Ints(LongStream.of(values).boxed().toList());
    }

    /** As many equal numbers. */
    static List<Long> repeated(long value, int times) {
        return Collections.nCopies(times, value);
    }
}
