package lathe.engine.operator;

import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import lathe.engine.graph.ConstantValues;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Node;
import lathe.engine.tensor.ElementType;

/** The operators whose weights Lathe compresses. To add one is to add a line here. Thread-safe. */
public final class Operators {

    /** Why already quantized weights are skipped. */
    public static final String QUANTIZED = "its weights are already quantized";

    private static final List<Operator> ALL = List.of(
            new Conv(),
            new ConvTranspose(),
            new Gather(),
            new Gemm(),
            new MatMul(),
            new Lstm(false),
            new Lstm(true),
            new Gru(false),
            new Gru(true),
            new Rnn(false),
            new Rnn(true));

    private Operators() {}

    /** The places where a node uses weights, or looks as if it did; none for most nodes. */
    public static List<Operator> of(Graph graph, Node node) {
        return ALL.stream().filter(operator -> operator.recognises(graph, node)).toList();
    }

    /** Their ONNX names, for people: {@code "A, B or C"}. */
    public static String names() {
        List<String> names = ALL.stream().map(Operator::name).distinct().toList();
        return names.stream().limit(names.size() - 1L).collect(Collectors.joining(", "))
                + " or "
                + names.get(names.size() - 1);
    }

    /**
     * Why a node's weights cannot be compressed, as a clause; empty if they can.
     *
     * @param operator one of {@link #of}
     */
    public static Optional<String> obstacle(Operator operator, Graph graph, ConstantValues constants, Node node) {
        Optional<Initializer> weights = graph.constant(node, operator.weights());
        if (weights.isEmpty()) {
            return Optional.of(operator.computedWeights(constants, node));
        }
        if (graph.constant(node, operator.data()).isPresent()) {
            return Optional.of("its input is constant");
        }
        if (weights.get().type() != ElementType.FLOAT) {
            return Optional.of("its weights are " + weights.get().type() + ", not FLOAT");
        }
        if (weights.get().elements() == 0) {
            return Optional.of("its weights are empty");
        }
        Optional<Node> other = constants.users(weights.get().name()).stream()
                .filter(user -> !isAlike(operator, graph, user))
                .findFirst();
        if (other.isPresent()) {
            return Optional.of("%s '%s' reads its weights, too, and they would be stored twice"
                    .formatted(other.get().opType(), other.get().output()));
        }
        List<Long> dims = weights.get().dims();
        return operator.shapeObstacle(node, dims).or(() -> biasObstacle(operator, graph, node, dims));
    }

    /** True if another user of the same weights needs no copy of them in float. */
    private static boolean isAlike(Operator operator, Graph graph, Node user) {
        return of(graph, user).stream().anyMatch(other -> other.looksUp() == operator.looksUp());
    }

    private static Optional<String> biasObstacle(Operator operator, Graph graph, Node node, List<Long> dims) {
        if (operator.bias().isEmpty() || node.input(operator.bias().getAsInt()).isEmpty()) {
            return Optional.empty();
        }
        Optional<Initializer> bias = graph.constant(node, operator.bias().getAsInt());
        if (bias.isEmpty()) {
            return Optional.of("its bias is not constant");
        }
        if (bias.get().type() != ElementType.FLOAT) {
            return Optional.of("its bias is " + bias.get().type() + ", not FLOAT");
        }
        return isPerOutput(bias.get(), operator.layout(node, dims).outputs())
                ? Optional.empty()
                : Optional.of("its bias of shape %s is not one value per output channel"
                        .formatted(bias.get().dims()));
    }

    /** True of a bias of one value per output channel along its last axis, or of one value for all. */
    public static boolean isPerOutput(Initializer bias, int outputs) {
        boolean alongLastAxis = bias.rank() == 0 || bias.dims().get(bias.rank() - 1) == bias.elements();
        return alongLastAxis && (bias.elements() == outputs || bias.elements() == 1);
    }

    /**
     * The site of a node's weights.
     *
     * @param operator one of {@link #of}
     * @throws lathe.engine.graph.UnsupportedModelException if an attribute of the node makes no sense
     */
    public static WeightSite site(Operator operator, Node node, Initializer weights) {
        return new WeightSite(
                operator, node, operator.layout(node, weights.dims()), operator.observed(node, weights.dims()));
    }

    /** The operator of a node that multiplies with weights and takes a bias; empty of any other. */
    public static Optional<Operator> withBias(Graph graph, Node node) {
        return of(graph, node).stream()
                .filter(operator -> operator.bias().isPresent())
                .findFirst();
    }
}
