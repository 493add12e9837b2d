package lathe.synth.gradient;

import java.util.List;
import java.util.Optional;
import lathe.engine.graph.Node;

/** Split: dx is the gradient of each output, padded with zeros in place of the others, summed. */
final class SplitRule implements GradientRule {

    @Override
    public void differentiate(Node node, AdjointPass pass) {
        String x = node.inputs().get(0);
        List<Long> shape = pass.shape(x);
        int axis = AdjointPass.axis(node.integer("axis").orElse(0), shape.size());
        if (axis == 0) {
            throw GradientRule.unknown(node, " of the batch");
        }
        long before = 0;
        for (String output : node.outputs()) {
            long extent = pass.shape(output).get(axis);
            Optional<String> part = pass.gradient(output);
            if (part.isPresent()) {
                long after = shape.get(axis) - before - extent;
                pass.give(x, pass.padded(part.get(), shape.size(), axis, before, after));
            }
            before += extent;
        }
    }
}
