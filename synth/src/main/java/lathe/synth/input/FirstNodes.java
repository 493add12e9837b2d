package lathe.synth.input;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.LongStream;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Node;
import lathe.engine.tensor.ElementType;

/**
 * What the nodes right behind an input say about it. The walk follows the input through Identity, Cast, Transpose,
 * arithmetic with a constant and BatchNormalization until a node of another kind, or until several nodes read the value
 * (Shape and Size do not count). Immutable.
 */
final class FirstNodes {

    private static final Set<String> CHANNELS_SECOND = Set.of(
            "Conv",
            "ConvTranspose",
            "BatchNormalization",
            "InstanceNormalization",
            "MaxPool",
            "AveragePool",
            "GlobalAveragePool",
            "GlobalMaxPool",
            "LpPool",
            "DepthToSpace",
            "SpaceToDepth");
    private static final Set<String> ARITHMETIC = Set.of("Add", "Sub", "Mul", "Div");

    private final Graph graph;
    private final String input;
    private final int rank;
    private final int[] axes; // of the input, by axis of the value at the end of the walk
    private final Optional<Node> last;
    private final String lastValue;

    private FirstNodes(Graph graph, String input, int rank, Walk walk) {
        this.graph = graph;
        this.input = input;
        this.rank = rank;
        this.axes = walk.axes;
        this.last = walk.next(graph);
        this.lastValue = walk.value;
    }

    static FirstNodes of(Graph graph, String input, int rank) {
        Walk walk = new Walk(input, rank);
        while (walk.step(graph)) {
            // one node further
        }
        return new FirstNodes(graph, input, rank, walk);
    }

    /** The input's axis that holds channels, where the first nodes give it away. */
    OptionalInt channelAxis() {
        boolean known =
                rank >= 2 && last.filter(FirstNodes::readsChannelsSecond).isPresent();
        return known ? OptionalInt.of(axes[1]) : OptionalInt.empty();
    }

    private static boolean readsChannelsSecond(Node node) {
        return CHANNELS_SECOND.contains(node.opType()) && node.is(node.opType());
    }

    /** True if the input is multiplied as a matrix, or a stack of them. */
    boolean endInMatrixProduct() {
        return last.filter(node -> node.is("MatMul") || node.is("Gemm")).isPresent();
    }

    /** The extent of an axis, where the weights of the first layer give it away. */
    OptionalLong extent(int axis) {
        if (last.isEmpty() || !last.get().input(0).equals(Optional.of(lastValue))) {
            return OptionalLong.empty();
        }
        Node node = last.get();
        Optional<List<Long>> weights = constantBehind(graph, node, 1).map(Initializer::dims);
        if (weights.isEmpty() || weights.get().size() < 2) {
            return OptionalLong.empty();
        }
        List<Long> dims = weights.get();
        if (node.is("Conv") && axis == axes[1]) {
            return OptionalLong.of(dims.get(1) * node.integer("group").orElse(1));
        }
        if (node.is("Gemm") && node.integer("transA").orElse(0) == 0 && axis == axes[1]) {
            return OptionalLong.of(dims.get(node.integer("transB").orElse(0) == 0 ? 0 : 1));
        }
        if (node.is("MatMul") && axis == axes[rank - 1]) {
            return OptionalLong.of(dims.get(dims.size() - 2));
        }
        return OptionalLong.empty();
    }

    /**
     * The scaling that the network undoes itself, where its first nodes normalise.
     *
     * @param channelAxis the input's axis of channels
     * @param channels number of channels
     */
    Optional<Scaling> ownNormalisation(int channelAxis, int channels) {
        Walk walk = new Walk(input, rank);
        Affine affine = Affine.identity(channels);
        do {
            int fromEnd = rank - walk.positionOf(channelAxis);
            Optional<Node> node = walk.soleNext(graph);
            if (node.isPresent() && node.get().is("BatchNormalization") && fromEnd == rank - 1) {
                return moments(node.get(), affine).or(affine::range);
            }
            if (node.isPresent() && isArithmetic(node.get())) {
                Optional<Affine> longer = affine.then(graph, node.get(), walk.value, fromEnd);
                if (longer.isEmpty()) {
                    break;
                }
                affine = longer.get();
            }
        } while (walk.step(graph));
        return affine.range();
    }

    /** The input's mean and deviation, if the normalisation holds any that were learnt. */
    private Optional<Scaling> moments(Node normalization, Affine before) {
        Optional<Initializer> means = constantBehind(graph, normalization, 3).filter(FirstNodes::isReal);
        Optional<Initializer> variances =
                constantBehind(graph, normalization, 4).filter(FirstNodes::isReal);
        if (means.isEmpty() || variances.isEmpty()) {
            return Optional.empty();
        }
        return before.undo(means.get().floats(), variances.get().floats());
    }

    private static boolean isArithmetic(Node node) {
        return ARITHMETIC.contains(node.opType())
                && node.is(node.opType())
                && node.inputs().size() == 2;
    }

    static boolean isReal(Initializer constant) {
        return constant.type() == ElementType.FLOAT
                || constant.type() == ElementType.DOUBLE
                || constant.type() == ElementType.FLOAT16;
    }

    /** The constant at an input of a node, also through Identity nodes. */
    static Optional<Initializer> constantBehind(Graph graph, Node node, int position) {
        Optional<String> value = node.input(position);
        Optional<Node> producer = value.flatMap(graph::producer);
        return producer.isPresent() && producer.get().is("Identity")
                ? constantBehind(graph, producer.get(), 0)
                : value.flatMap(graph::constant);
    }

    /** A place behind the input: a value, and which of the input's axes each of its axes is. */
    private static final class Walk {
        private String value;
        private int[] axes;

        Walk(String input, int rank) {
            this.value = input;
            this.axes = new int[rank];
            Arrays.setAll(axes, axis -> axis);
        }

        int positionOf(int inputAxis) {
            int position = 0;
            while (axes[position] != inputAxis) {
                position++;
            }
            return position;
        }

        private List<Node> readers(Graph graph) {
            return graph.consumers(value).stream()
                    .filter(node -> !node.is("Shape") && !node.is("Size"))
                    .toList();
        }

        Optional<Node> next(Graph graph) {
            return readers(graph).stream().findFirst();
        }

        Optional<Node> soleNext(Graph graph) {
            List<Node> readers = readers(graph);
            return readers.size() == 1 ? Optional.of(readers.get(0)) : Optional.empty();
        }

        /** Goes past the next node, if it is one to look through. */
        boolean step(Graph graph) {
            Optional<Node> next = soleNext(graph).filter(node -> looksThrough(graph, node));
            next.ifPresent(node -> {
                if (node.is("Transpose")) {
                    int[] from = axes.clone();
                    long[] order = order(node);
                    Arrays.setAll(axes, axis -> from[(int) order[axis]]);
                }
                value = node.output();
            });
            return next.isPresent();
        }

        private boolean looksThrough(Graph graph, Node node) {
            if (node.is("Identity") || node.is("Cast")) {
                return true;
            }
            if (node.is("Transpose")) {
                return isPermutation(order(node));
            }
            if (!isArithmetic(node)) {
                return false;
            }
            int other = node.inputs().get(0).equals(value) ? 1 : 0;
            return constantBehind(graph, node, other)
                    .filter(constant -> constant.rank() <= axes.length)
                    .isPresent();
        }

        private boolean isPermutation(long[] order) {
            long[] sorted = order.clone();
            Arrays.sort(sorted);
            return Arrays.equals(sorted, LongStream.range(0, axes.length).toArray());
        }

        private long[] order(Node transpose) {
            return transpose.integers("perm").orElseGet(() -> {
                long[] reversed = new long[axes.length];
                Arrays.setAll(reversed, axis -> axes.length - 1 - axis);
                return reversed;
            });
        }
    }
}
