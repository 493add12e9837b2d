package lathe.precondition;

import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import lathe.engine.graph.GraphEdit;
import lathe.engine.graph.Node;

/** A node between two layers that works on each channel by itself, as a function f of its values. */
sealed interface Link {

    /** The node, as the graph has it. */
    Node node();

    /** What the node makes of a channel that is constant over space; empty if padding makes that vary. */
    OptionalDouble ofConstant(int channel, double value);

    /** Makes the node compute {@code s f(x / s)} for channels multiplied by s > 0. */
    default void scale(GraphEdit edit, double[] factors) {}

    /** Makes the node work on some of its channels alone. */
    default void keep(GraphEdit edit, int[] channels) {}

    /** Relu and LeakyRelu: negative values are multiplied by one slope. */
    record Rectifier(Node node, float slope) implements Link {
        @Override
        public OptionalDouble ofConstant(int channel, double value) {
            return OptionalDouble.of(value < 0 ? slope * value : value);
        }
    }

    /** PRelu: each channel has its slope. */
    record PRelu(Node node, ChannelParameter slopes) implements Link {
        @Override
        public OptionalDouble ofConstant(int channel, double value) {
            return OptionalDouble.of(value < 0 ? slopes.of(channel) * value : value);
        }

        @Override
        public void keep(GraphEdit edit, int[] channels) {
            slopes.with(channels.length, c -> slopes.of(channels[c])).writeTo(edit, node);
        }
    }

    /** Min with a constant. */
    record Ceiling(Node node, ChannelParameter heights) implements Link {
        @Override
        public OptionalDouble ofConstant(int channel, double value) {
            return OptionalDouble.of(Math.min(value, heights.of(channel)));
        }

        @Override
        public void scale(GraphEdit edit, double[] factors) {
            heights.with(factors.length, c -> factors[c] * heights.of(c)).writeTo(edit, node);
        }

        @Override
        public void keep(GraphEdit edit, int[] channels) {
            heights.with(channels.length, c -> heights.of(channels[c])).writeTo(edit, node);
        }
    }

    /** Clip between 0 and one height for all channels: becomes Relu and Min where these need heights of their own. */
    record Clip(Node node, ChannelParameter heights) implements Link {
        @Override
        public OptionalDouble ofConstant(int channel, double value) {
            return OptionalDouble.of(Math.min(Math.max(value, 0), heights.of(channel)));
        }

        @Override
        public void scale(GraphEdit edit, double[] factors) {
            String rectified = edit.freshName(node.output() + "_relu");
            List<String> input = List.of(edit.current(node).inputs().get(0));
            edit.insertBefore(node, Node.of(rectified, "Relu", input, List.of(rectified), Map.of()));
            edit.replace(node, Node.of(node.name(), "Min", List.of(rectified, ""), node.outputs(), Map.of()));
            heights.with(factors.length, c -> factors[c] * heights.of(c)).writeTo(edit, node);
        }
    }

    /** Moves, selects or averages the values of a channel, or puts zeros around them. */
    record Passing(Node node, boolean padsZeros) implements Link {
        @Override
        public OptionalDouble ofConstant(int channel, double value) {
            return padsZeros && value != 0 ? OptionalDouble.empty() : OptionalDouble.of(value);
        }
    }
}
