package lathe.synth.gradient;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import lathe.engine.graph.Attribute;
import lathe.engine.graph.Node;

/** ConvTranspose: dx is the convolution of dy with the same weights, strides and paddings. */
final class ConvTransposeRule implements GradientRule {

    private static final List<String> SHARED = List.of("kernel_shape", "strides", "dilations", "group", "pads");

    @Override
    public void differentiate(Node node, AdjointPass pass) {
        if (pass.wants(node, 1) || pass.wants(node, 2)) {
            throw GradientRule.unknown(node, " with computed weights");
        }
        if (node.attributes().containsKey("output_shape")
                || !node.text("auto_pad", "NOTSET").equals("NOTSET")) {
            throw GradientRule.unknown(node, " with output_shape or auto_pad");
        }
        Map<String, Attribute> attributes = new HashMap<>(node.attributes());
        attributes.keySet().retainAll(SHARED);
        pass.give(
                node.inputs().get(0),
                pass.add("Conv", List.of(pass.gradient(node), node.inputs().get(1)), attributes));
    }
}
