package lathe.engine.channel;

import java.util.ArrayList;
import java.util.List;
import lathe.engine.graph.GraphEdit;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Node;

/** Puts another constant at an input of a node. */
final class ConstantInput {

    private ConstantInput() {}

    /** The node reading a constant under a fresh name. */
    static Node replaced(Node node, int input, Initializer constant, GraphEdit edit) {
        return replaced(node, input, edit.putFresh(constant));
    }

    /** The node reading another value. */
    static Node replaced(Node node, int input, String value) {
        List<String> inputs = new ArrayList<>(node.inputs());
        inputs.set(input, value);
        return node.withInputs(inputs);
    }
}
