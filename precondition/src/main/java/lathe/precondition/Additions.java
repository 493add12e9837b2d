package lathe.precondition;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import lathe.engine.graph.Attribute;
import lathe.engine.graph.Graph;
import lathe.engine.graph.GraphEdit;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Node;
import lathe.engine.graph.UnsupportedModelException;

/**
 * What a conversion puts beside a node: constants, and nodes in front of it. Names are made from the node's output and
 * the role of what is added. Not thread-safe.
 *
 * @param anchor the node of the graph that is converted
 */
record Additions(Graph graph, GraphEdit edit, Node anchor) {

    /** The constant behind a value of the graph. */
    Optional<Initializer> constant(String value) {
        return graph.constant(value);
    }

    /** What to throw for a node without an attribute that it must have. */
    UnsupportedModelException missing(String attribute) {
        return new UnsupportedModelException(
                "%s '%s' has no attribute '%s'".formatted(anchor.opType(), anchor.output(), attribute));
    }

    /** Adds a list of integers; answers its name. */
    String indices(String role, long... values) {
        return put(Initializer.ofLongs(name(role), values, values.length));
    }

    /** Adds a single integer without an axis; answers its name. */
    String index(String role, long value) {
        return put(Initializer.ofLongs(name(role), new long[] {value}));
    }

    /** Adds a single float without an axis; answers its name. */
    String real(String role, float value) {
        return put(Initializer.ofFloats(name(role), new float[] {value}));
    }

    /** Adds a node of one output, of a form that no later operator set changes; answers the output's name. */
    String node(String opType, List<String> inputs, String role, Map<String, Attribute> attributes) {
        String output = name(role);
        edit.insertBefore(
                anchor, Node.of(edit.freshName(output + "_" + opType), opType, inputs, List.of(output), attributes));
        return output;
    }

    private String put(Initializer constant) {
        edit.put(constant);
        return constant.name();
    }

    private String name(String role) {
        return edit.freshName(anchor.output() + "_" + role);
    }
}
