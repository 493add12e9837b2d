package lathe.synth.gradient;

import lathe.engine.graph.Node;

/** Pad with a constant: dx is dy cut by as much, which is a Pad by the negative widths, computed ones too. */
final class PadRule implements GradientRule {

    @Override
    public void differentiate(Node node, AdjointPass pass) {
        if (!node.text("mode", "constant").equals("constant") || node.input(3).isPresent()) {
            throw GradientRule.unknown(node, " with a mode or axes");
        }
        String widths = pass.add("Neg", node.inputs().get(1));
        pass.give(node.inputs().get(0), pass.add("Pad", pass.gradient(node), widths));
    }
}
