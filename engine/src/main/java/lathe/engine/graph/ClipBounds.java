package lathe.engine.graph;

import java.util.Optional;
import lathe.engine.tensor.ElementType;

/**
 * The range that a Relu or a Clip with constant bounds leaves.
 *
 * @param low lower bound, 0 or less
 * @param high upper bound, 0 or more
 */
public record ClipBounds(double low, double high) {

    /** The bounds of a node, if it is such an operator and lets 0 pass. */
    public static Optional<ClipBounds> of(Graph graph, Node node) {
        if (node.is("Relu")) {
            return Optional.of(new ClipBounds(0, Double.POSITIVE_INFINITY));
        }
        if (!node.is("Clip")) {
            return Optional.empty();
        }
        Optional<Double> low = bound(graph, node, 1, "min", Double.NEGATIVE_INFINITY);
        Optional<Double> high = bound(graph, node, 2, "max", Double.POSITIVE_INFINITY);
        if (low.isEmpty() || high.isEmpty() || low.get() > 0 || high.get() < 0) {
            return Optional.empty();
        }
        return Optional.of(new ClipBounds(low.get(), high.get()));
    }

    /** The bounds of the operator that writes a value. */
    public static Optional<ClipBounds> ofValue(Graph graph, String value) {
        return graph.producer(value).flatMap(producer -> of(graph, producer));
    }

    /** Bounds are inputs from opset 11 on, attributes before. Empty if the bound is computed. */
    private static Optional<Double> bound(Graph graph, Node clip, int input, String attribute, double absent) {
        if (clip.input(input).isEmpty()) {
            return Optional.of((double) clip.real(attribute, (float) absent));
        }
        return graph.constant(clip, input)
                .filter(constant -> constant.type() == ElementType.FLOAT && constant.elements() == 1)
                .map(Initializer::floats)
                .map(values -> (double) values[0]);
    }
}
