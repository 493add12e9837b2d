package lathe.synth.gradient;

import java.util.List;
import lathe.engine.graph.Node;

/** Concat: the gradient of each input is its part of dy. */
final class ConcatRule implements GradientRule {

    @Override
    public void differentiate(Node node, AdjointPass pass) {
        int rank = pass.shape(node.output()).size();
        int axis = AdjointPass.axis(node.integer("axis").orElseThrow(), rank);
        if (axis == 0) {
            throw GradientRule.unknown(node, " over the batch");
        }
        long from = 0;
        for (int input = 0; input < node.inputs().size(); input++) {
            String x = node.inputs().get(input);
            long to = from + pass.shape(x).get(axis);
            if (pass.wants(node, input)) {
                pass.give(
                        x,
                        pass.add(
                                "Slice",
                                pass.gradient(node),
                                pass.longs(List.of(from)),
                                pass.longs(List.of(to)),
                                pass.longs(List.of((long) axis))));
            }
            from = to;
        }
    }
}
