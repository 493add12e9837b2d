package lathe.precondition;

import java.util.Optional;
import lathe.engine.graph.ClipBounds;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Node;

/**
 * Recognises the nodes that may stand between two layers.
 *
 * @param channels extent of axis 1
 * @param rank number of axes
 */
record Links(Graph graph, int channels, int rank) {

    /** A node that reads a value as its first input, as a link; empty if it is none, or also gives masks or indices. */
    Optional<Link> of(Node node) {
        if (!node.is(node.opType()) || node.outputs().stream().skip(1).anyMatch(output -> !output.isEmpty())) {
            return Optional.empty();
        }
        return switch (node.opType()) {
            case "Relu", "Clip" -> clipped(node);
            case "LeakyRelu" -> Optional.of(new Link.Rectifier(node));
            case "PRelu" -> parameter(node).map(slopes -> new Link.Rectifier(node));
            case "Min" ->
                node.inputs().size() == 2
                        ? parameter(node).map(heights -> new Link.Ceiling(node, heights))
                        : Optional.empty();
            case "MaxPool", "AveragePool", "GlobalMaxPool", "GlobalAveragePool", "Identity" -> passing(node, true);
            case "Dropout" -> passing(node, node.input(2).isEmpty());
            case "Flatten" -> passing(node, node.integer("axis").orElse(1) == 1);
            case "Pad" -> passing(node, padsSpaceWithZeros(node));
            default -> Optional.empty();
        };
    }

    private static Optional<Link> passing(Node node, boolean passes) {
        return passes ? Optional.of(new Link.Passing(node)) : Optional.empty();
    }

    private Optional<ChannelParameter> parameter(Node node) {
        return ChannelParameter.of(graph, node, channels, rank);
    }

    private Optional<Link> clipped(Node node) {
        return ClipBounds.of(graph, node).filter(bounds -> bounds.low() == 0).map(bounds -> {
            float[] height = {(float) bounds.high()};
            return Double.isInfinite(bounds.high())
                    ? new Link.Rectifier(node)
                    : new Link.Clip(node, ChannelParameter.spread(height, channels, rank));
        });
    }

    private boolean padsSpaceWithZeros(Node node) {
        Optional<long[]> pads =
                node.integers("pads").or(() -> graph.constant(node, 1).map(Initializer::longs));
        boolean zeros = node.text("mode", "constant").equals("constant")
                && node.real("value", 0) == 0
                && node.input(3).isEmpty()
                && (node.input(2).isEmpty()
                        || graph.constant(node, 2).filter(Links::isZero).isPresent());
        return zeros && pads.filter(this::keepsChannels).isPresent();
    }

    private static boolean isZero(Initializer constant) {
        return constant.elements() == 1 && constant.floats()[0] == 0;
    }

    private boolean keepsChannels(long[] pads) {
        return pads.length == 2 * rank && pads[0] == 0 && pads[1] == 0 && pads[rank] == 0 && pads[rank + 1] == 0;
    }
}
