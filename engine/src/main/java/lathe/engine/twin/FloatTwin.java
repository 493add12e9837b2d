package lathe.engine.twin;

import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import lathe.engine.graph.Attribute;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Node;
import lathe.engine.graph.Value;
import lathe.engine.tensor.ElementType;

/**
 * The network that computes in FLOAT what another one computes in FLOAT16 or BFLOAT16, wholly or in parts: the same
 * names, shapes and numbers, which FLOAT holds exactly, but nothing is rounded on the way. Lathe measures and solves that,
 * since kernels for 16 bits are few on a CPU. Immutable and thread-safe; holds the weights of 16 bits once more, in FLOAT.
 */
public final class FloatTwin {

    private static final Set<ElementType> HALVES = Set.of(ElementType.FLOAT16, ElementType.BFLOAT16);

    private final Graph original;
    private final Graph graph;

    private FloatTwin(Graph original, Graph graph) {
        this.original = original;
        this.graph = graph;
    }

    /**
     * The twin of a network; the network itself where it has nothing of 16 bits, or bodies (of If, Loop, Scan or functions)
     * or sparse constants, which are not entered. O(nodes + weights).
     */
    public static FloatTwin of(Graph original) {
        return new FloatTwin(original, isNeeded(original) ? new Widening(original).graph() : original);
    }

    /** True if a network has inputs, outputs, constants or casts of 16 bits that its twin has in FLOAT. */
    public static boolean isNeeded(Graph original) {
        return !isClosed(original) && has(original, HALVES);
    }

    /** True if the twin is what a CPU can run: it has few kernels for BFLOAT16, and those for FLOAT16 cast to FLOAT and back. */
    public static boolean isNeededToRun(Graph original) {
        return !isClosed(original) && has(original, Set.of(ElementType.BFLOAT16));
    }

    /** The network in FLOAT. */
    public Graph graph() {
        return graph;
    }

    /**
     * What was made of the twin, with inputs and outputs in the types of the original, a Cast behind or before each; and
     * with constants that kept their names in the types that they had, a Cast behind each. In between all is FLOAT: there are
     * integer kernels for it, and ONNX Runtime's other kernels for the CPU compute in it, too.
     *
     * @param changed a rewritten twin, with the inputs and outputs of the original
     */
    public Graph restored(Graph changed) {
        return graph == original ? changed : new Narrowing(original, changed).graph();
    }

    static boolean isHalf(ElementType type) {
        return HALVES.contains(type);
    }

    private static boolean isClosed(Graph graph) {
        boolean functions = graph.origin()
                .filter(origin -> !origin.operators().isEmpty()
                        || !origin.sparseConstants().isEmpty())
                .isPresent();
        return functions
                || graph.nodes().stream()
                        .flatMap(node -> node.attributes().values().stream())
                        .anyMatch(attribute -> attribute instanceof Attribute.OfGraph
                                || (attribute instanceof Attribute.Opaque opaque
                                        && (!opaque.origin().operators().isEmpty()
                                                || opaque.origin().constantBytes() > 0)));
    }

    private static boolean has(Graph graph, Set<ElementType> types) {
        return Stream.concat(graph.inputs().stream(), graph.outputs().stream())
                        .map(Value::type)
                        .anyMatch(types::contains)
                || graph.initializers().values().stream().map(Initializer::type).anyMatch(types::contains)
                || graph.nodes().stream()
                        .anyMatch(node -> constant(node)
                                        .map(Initializer::type)
                                        .filter(types::contains)
                                        .isPresent()
                                || (node.is("Cast")
                                        && types.stream()
                                                .anyMatch(type ->
                                                        node.integer("to").orElse(0) == type.code())));
    }

    /** The tensor that a Constant holds, or that a ConstantOfShape repeats. */
    static Optional<Initializer> constant(Node node) {
        return node.attributes().get("value") instanceof Attribute.OfTensor tensor
                ? tensor.asTensor(node.output())
                : Optional.empty();
    }
}
