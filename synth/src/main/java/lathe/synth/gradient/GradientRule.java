package lathe.synth.gradient;

import lathe.engine.graph.Node;
import lathe.engine.graph.UnsupportedModelException;

/** How one family of operators is differentiated. Stateless. */
interface GradientRule {

    /**
     * Adds to the adjoint pass what carries the gradient of a node's outputs to those of its inputs that it wants.
     *
     * @throws UnsupportedModelException if the node has a form that the rule does not know, see {@link #unknown}
     */
    void differentiate(Node node, AdjointPass pass);

    /** Why a node cannot be differentiated, in one line. */
    static UnsupportedModelException unknown(Node node, String form) {
        return new UnsupportedModelException("%s '%s'%s has no gradient rule"
                .formatted(node.opType(), node.name().isEmpty() ? node.output() : node.name(), form));
    }
}
