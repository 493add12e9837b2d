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
            new Einsum(false),
            new Einsum(true),
            new Gather(),
            new Gemm(false),
            new Gemm(true),
            new MatMul(false),
            new MatMul(true),
            new Lstm(false),
            new Lstm(true),
            new Gru(false),
            new Gru(true),
            new Rnn(false),
            new Rnn(true));

    private Operators() {}

    /**
     * The places where a node uses weights, or looks as if it did; none for most nodes.
     *
     * @param constants of the graph
     */
    public static List<Operator> of(Graph graph, ConstantValues constants, Node node) {
        return ALL.stream()
                .filter(operator -> node.inputs().size() > Math.max(operator.weights(), operator.data()))
                .filter(operator -> operator.recognises(graph, constants, node))
                .toList();
    }

    /** The places where a node may multiply with weights, whatever it reads there. */
    public static List<Operator> multiplying(Node node) {
        return ALL.stream()
                .filter(operator -> !operator.looksUp() && node.is(operator.name()))
                .toList();
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
        Optional<Node> other = unlike(operator, graph, constants, node, weights.get());
        if (other.isPresent()) {
            return Optional.of("%s '%s' reads its weights, too, and they would be stored twice"
                    .formatted(other.get().opType(), other.get().output()));
        }
        List<Long> dims = weights.get().dims();
        return operator.shapeObstacle(node, dims).or(() -> biasObstacle(operator, graph, node, dims));
    }

    /**
     * A user of the same weights that needs a copy of them of its own: one that has no weights, or where a table is looked up and
     * multiplied with, as that of an embedding that is the classifier, one whose outputs are not the rows that are looked up.
     */
    private static Optional<Node> unlike(
            Operator operator, Graph graph, ConstantValues constants, Node node, Initializer weights) {
        List<Node> users = constants.users(weights.name());
        boolean tied = users.stream()
                .flatMap(user -> of(graph, constants, user).stream())
                .anyMatch(Operator::looksUp);
        return users.stream()
                .filter(user -> of(graph, constants, user).stream()
                        .noneMatch(other -> !tied
                                || (reads(graph, user, other, weights)
                                        && haveOneLayout(operator, node, other, user, weights.dims()))))
                .findFirst();
    }

    private static boolean reads(Graph graph, Node user, Operator operator, Initializer weights) {
        return graph.constant(user, operator.weights())
                .filter(found -> found.name().equals(weights.name()))
                .isPresent();
    }

    private static boolean haveOneLayout(Operator operator, Node node, Operator other, Node user, List<Long> dims) {
        return operator.shapeObstacle(node, dims).isEmpty()
                && other.shapeObstacle(user, dims).isEmpty()
                && operator.layout(node, dims).equals(other.layout(user, dims));
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
    public static Optional<Operator> withBias(Node node) {
        return ALL.stream()
                .filter(operator -> operator.bias().isPresent() && node.is(operator.name()))
                .findFirst();
    }
}
