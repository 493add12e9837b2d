package lathe.synth.gradient;

import lathe.engine.graph.Node;

/** Operators that hand on the same elements in the same order. */
final class ReshapeRule implements GradientRule {

    @Override
    public void differentiate(Node node, AdjointPass pass) {
        String x = node.inputs().get(0);
        String dy = pass.gradient(node);
        boolean same = node.is("Identity") || node.is("Dropout");
        pass.give(x, same ? dy : pass.reshapedAs(dy, x));
    }
}
