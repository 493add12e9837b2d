package lathe.synth.gradient;

import java.util.ArrayList;
import java.util.List;
import lathe.engine.graph.Node;

/** Split: dx is the gradient of each output, padded with zeros in place of the others, summed. */
final class SplitRule implements GradientRule {

    @Override
    public void differentiate(Node node, AdjointPass pass) {
        String x = node.inputs().get(0);
        List<Long> shape = pass.shape(x);
        long stated = node.integer("axis").orElse(0);
        int axis = Math.toIntExact(stated < 0 ? stated + shape.size() : stated);
        if (axis == 0) {
            throw GradientRule.unknown(node, " of the batch");
        }
        long before = 0;
        for (String output : node.outputs()) {
            long extent = pass.shape(output).get(axis);
            List<Long> widths = new ArrayList<>(AdjointPass.repeated(0, 2 * shape.size()));
            widths.set(axis, before);
            widths.set(shape.size() + axis, shape.get(axis) - before - extent);
            pass.gradient(output).ifPresent(part -> pass.give(x, pass.add("Pad", part, pass.longs(widths))));
            before += extent;
        }
    }
}
