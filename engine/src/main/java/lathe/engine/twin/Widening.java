package lathe.engine.twin;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import lathe.engine.graph.Attribute;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Node;
import lathe.engine.graph.Origin;
import lathe.engine.graph.Value;
import lathe.engine.tensor.ElementType;

/**
 * Puts FLOAT in the place of FLOAT16 and BFLOAT16. Casts between floats are dropped, so that the nodes on both sides of one
 * are seen to follow each other. Not thread-safe.
 */
final class Widening {

    /** The type of a tensor in the original. */
    private record StoredAs(ElementType type) implements Origin {
        @Override
        public Optional<ElementType> storedType() {
            return Optional.of(type);
        }
    }

    /** Attributes that name an element type. */
    private static final List<String> TYPES = List.of("to", "dtype", "stash_type");

    /** What these write is no float, whatever they read. */
    private static final Set<String> NO_FLOATS = Set.of(
            "ArgMax",
            "ArgMin",
            "Equal",
            "Greater",
            "GreaterOrEqual",
            "IsInf",
            "IsNaN",
            "Less",
            "LessOrEqual",
            "NonZero",
            "QuantizeLinear",
            "Shape",
            "Size");

    private final Graph original;
    private final List<Initializer> initializers = new ArrayList<>();
    private final Set<String> floats = new HashSet<>();
    /** What is read instead of what a dropped Cast wrote. */
    private final Map<String, String> sources = new HashMap<>();
    /** The output of the network that a value is, since only a dropped Cast wrote it. */
    private final Map<String, String> outputs = new HashMap<>();

    Widening(Graph original) {
        this.original = original;
    }

    Graph graph() {
        original.initializers().values().forEach(this::putConstant);
        original.inputs().stream().filter(input -> isFloat(input.type())).forEach(input -> floats.add(input.name()));
        List<Node> kept = new ArrayList<>();
        for (Node node : original.nodes()) {
            if (node.is("Constant") && constant(node).isPresent()) {
                putConstant(constant(node).get());
            } else if (!isDropped(node)) {
                kept.add(widened(node));
            }
        }
        kept.replaceAll(this::rewired);
        return new Graph(
                kept,
                initializers,
                original.inputs().stream().map(Widening::widened).toList(),
                original.outputs().stream().map(Widening::widened).toList(),
                original.opsets(),
                original.metadata(),
                original.statistics(),
                original.origin().map(Origin::withoutDescriptions));
    }

    private static boolean isFloat(ElementType type) {
        return type == ElementType.FLOAT || FloatTwin.isHalf(type);
    }

    private static Optional<Initializer> constant(Node node) {
        return FloatTwin.constant(node).filter(tensor -> FloatTwin.isHalf(tensor.type()));
    }

    private void putConstant(Initializer tensor) {
        initializers.add(widened(tensor));
        if (isFloat(tensor.type())) {
            floats.add(tensor.name());
        }
    }

    private static Initializer widened(Initializer tensor) {
        if (!FloatTwin.isHalf(tensor.type())) {
            return tensor;
        }
        long[] dims = tensor.dims().stream().mapToLong(Long::longValue).toArray();
        Initializer wide = Initializer.ofFloats(tensor.name(), tensor.floats(), dims);
        Origin stored = new StoredAs(tensor.type());
        return new Initializer(wide.name(), wide.type(), wide.dims(), wide.bytes(), Optional.of(stored));
    }

    private static Value widened(Value value) {
        return FloatTwin.isHalf(value.type())
                ? new Value(value.name(), ElementType.FLOAT, value.dims(), value.origin())
                : value;
    }

    /** True of a Cast from a float to a float; what it wrote has another name from here on. */
    private boolean isDropped(Node node) {
        ElementType to = ElementType.ofCode((int) node.integer("to").orElse(0));
        String source = node.input(0).map(this::source).orElse("");
        if (!node.is("Cast") || !isFloat(to) || !floats.contains(source)) {
            return false;
        }
        boolean isInner = original.producer(source).isPresent() && !original.isOutput(source);
        if (original.isOutput(node.output())) {
            if (!isInner || outputs.containsKey(source)) {
                return false;
            }
            outputs.put(source, node.output());
        }
        sources.put(node.output(), source);
        return true;
    }

    private String source(String value) {
        return sources.getOrDefault(value, value);
    }

    private Node widened(Node node) {
        noteOutputs(node);
        Node widened = node;
        for (String name : TYPES) {
            if (node.attributes().get(name) instanceof Attribute.Int type
                    && FloatTwin.isHalf(ElementType.ofCode((int) type.value()))) {
                widened = widened.withAttribute(name, new Attribute.Int(ElementType.FLOAT.code()));
            }
        }
        return constant(node).isEmpty()
                ? widened
                : widened.withAttribute(
                        "value", new Attribute.OfTensor(widened(constant(node).get())));
    }

    /** Of several outputs, the others may be indices. */
    private void noteOutputs(Node node) {
        boolean cast = node.is("Cast");
        boolean writes = cast
                ? isFloat(ElementType.ofCode((int) node.integer("to").orElse(0)))
                : !NO_FLOATS.contains(node.opType()) && node.inputs().stream().anyMatch(this::isFloat);
        if (writes) {
            floats.addAll(node.is("Split") ? node.outputs() : List.of(node.output()));
        }
    }

    private boolean isFloat(String value) {
        return floats.contains(source(value));
    }

    private Node rewired(Node node) {
        List<String> inputs = node.inputs().stream()
                .map(this::source)
                .map(value -> outputs.getOrDefault(value, value))
                .toList();
        List<String> written = node.outputs().stream()
                .map(value -> outputs.getOrDefault(value, value))
                .toList();
        Node read = inputs.equals(node.inputs()) ? node : node.withInputs(inputs);
        return written.equals(node.outputs()) ? read : read.withOutputs(written);
    }
}
