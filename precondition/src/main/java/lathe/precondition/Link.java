package lathe.precondition;

import java.util.List;
import java.util.Map;
import lathe.engine.graph.GraphEdit;
import lathe.engine.graph.Node;

/** A node between two layers that works on each channel by itself, as a function f of its values. */
sealed interface Link {

    /** The node, as the graph has it. */
    Node node();

    /** Makes the node compute {@code s f(x / s)} for channels multiplied by s > 0. */
    default void scale(GraphEdit edit, double[] factors) {}

    /** Relu, LeakyRelu and PRelu: negative values are multiplied by a slope. */
    record Rectifier(Node node) implements Link {}

    /** Min with a constant. */
    record Ceiling(Node node, ChannelParameter heights) implements Link {
        @Override
        public void scale(GraphEdit edit, double[] factors) {
            heights.times(factors).writeTo(edit, node);
        }
    }

    /** Clip between 0 and one height for all channels: becomes Relu and Min where these need heights of their own. */
    record Clip(Node node, ChannelParameter heights) implements Link {
        @Override
        public void scale(GraphEdit edit, double[] factors) {
            String rectified = edit.freshName(node.output() + "_relu");
            List<String> input = List.of(edit.current(node).inputs().get(0));
            edit.insertBefore(node, Node.of(rectified, "Relu", input, List.of(rectified), Map.of()));
            edit.replace(node, Node.of(node.name(), "Min", List.of(rectified, ""), node.outputs(), Map.of()));
            heights.times(factors).writeTo(edit, node);
        }
    }

    /** Moves, selects or averages the values of a channel, or puts zeros around them. */
    record Passing(Node node) implements Link {}
}
