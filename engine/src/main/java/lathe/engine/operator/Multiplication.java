package lathe.engine.operator;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.stream.Stream;
import lathe.engine.graph.ConstantValues;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Node;

/**
 * A node that multiplies what is computed with weights that are constant, in whatever form a file holds these: compressed
 * or not. Immutable.
 *
 * @param operator which inputs of the node are what
 * @param node the node
 */
public record Multiplication(Operator operator, Node node) {

    /** Those of a graph, in its order, which compression keeps; bodies of If, Loop and Scan are not entered. */
    public static List<Multiplication> of(Graph graph) {
        ConstantValues constants = ConstantValues.of(graph);
        return graph.nodes().stream()
                .filter(node -> !constants.isComputedBy(node))
                .flatMap(node -> Operators.of(graph, constants, node).stream()
                        .filter(operator -> !operator.looksUp())
                        .map(operator -> new Multiplication(operator, node)))
                .filter(found -> constants.contains(found.weights()) && !constants.contains(found.data()))
                .toList();
    }

    /** The value that holds the weights. */
    public String weights() {
        return node.inputs().get(operator.weights());
    }

    /** The value that they are multiplied with. */
    public String data() {
        return node.inputs().get(operator.data());
    }

    /** The node's name, or that of its output where it has none, and the place of the weights where it has several. */
    public String name() {
        return (node.name().isEmpty() ? node.output() : node.name()) + operator.suffix();
    }

    /** The values whose shapes {@link #macs} needs. */
    public Stream<String> values() {
        return Stream.of(weights(), data(), node.output());
    }

    /**
     * Multiplications of a weight with an input, each added to a sum: output positions times weights, and in a recurrent
     * node, steps times batch times weights. Those with padding count.
     *
     * @param shapes the extents of a value, in one run; empty where they are not known
     * @return empty where a shape is not known, or the weights are of one that is not supported
     */
    public OptionalLong macs(Function<String, Optional<List<Long>>> shapes) {
        Optional<List<Long>> dims = shapes.apply(weights()).filter(extents -> extents.size() >= 2);
        if (dims.isEmpty() || operator.shapeObstacle(node, dims.get()).isPresent()) {
            return OptionalLong.empty();
        }
        Observed observed = operator.observed(node, dims.get());
        WeightLayout layout = operator.layout(node, dims.get());
        if (!observed.isOutput()) {
            return steps(shapes, layout.size());
        }
        boolean transposed = observed.match(Observed.Windows::transposed, rows -> false, steps -> false, () -> false);
        long each = transposed ? layout.size() / layout.inputs() : layout.cols();
        return shapes.apply(transposed ? data() : node.output())
                .map(extents -> OptionalLong.of(each * elements(extents)))
                .orElse(OptionalLong.empty());
    }

    /** A number for each step of each sequence of the batch. */
    private OptionalLong steps(Function<String, Optional<List<Long>>> shapes, long each) {
        return shapes.apply(data())
                .filter(extents -> !extents.isEmpty())
                .map(extents -> OptionalLong.of(each * elements(extents.subList(0, extents.size() - 1))))
                .orElse(OptionalLong.empty());
    }

    /** Numbers that it reads besides the weights, hidden states among them; empty where a shape is not known. */
    public OptionalLong inputs(Function<String, Optional<List<Long>>> shapes) {
        Optional<List<Long>> dims = shapes.apply(weights())
                .filter(extents -> operator.shapeObstacle(node, extents).isEmpty());
        if (dims.filter(extents -> operator.observed(node, extents).isHidden()).isPresent()) {
            return steps(shapes, operator.layout(node, dims.get()).inputs());
        }
        return shapes.apply(data())
                .map(extents -> OptionalLong.of(elements(extents)))
                .orElse(OptionalLong.empty());
    }

    private static long elements(List<Long> extents) {
        return extents.stream().mapToLong(Long::longValue).reduce(1, Math::multiplyExact);
    }
}
