package lathe.precondition;

import java.util.List;
import java.util.Optional;
import java.util.function.BiPredicate;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Node;

/**
 * One change of a standard operator from one operator set to the next.
 *
 * @param operator its name before the change
 * @param since the first operator set that has the new form
 * @param obstacle why a node cannot take the new form
 * @param conversion how a node takes it
 */
record OperatorChange(String operator, long since, Obstacle obstacle, Conversion conversion) {

    /** Why a node of the graph, as it was before any change, cannot take the new form; empty for one that can. */
    interface Obstacle {
        Optional<String> of(Graph graph, Node node);
    }

    /** The node in its new form; what it needs beside it goes into the additions. */
    interface Conversion {
        Node of(Node node, Additions additions);
    }

    /** A change that every node can follow. */
    static OperatorChange convert(String operator, long since, Conversion conversion) {
        return new OperatorChange(operator, since, (graph, node) -> Optional.empty(), conversion);
    }

    /** A list attribute that became the second input; where a node has none, nothing changes. */
    static OperatorChange toInput(String operator, long since, String attribute) {
        return convert(
                operator,
                since,
                (node, additions) -> node.integers(attribute)
                        .map(list -> node.withoutAttribute(attribute)
                                .withInputs(List.of(node.inputs().get(0), additions.indices(attribute, list))))
                        .orElse(node));
    }

    /** A change that no node can follow. */
    static OperatorChange refuse(String operator, long since, String reason) {
        return new OperatorChange(operator, since, (graph, node) -> Optional.of(reason), (node, additions) -> node);
    }

    /** The same change, which the nodes that pass cannot follow. */
    OperatorChange unless(BiPredicate<Graph, Node> passes, String reason) {
        return new OperatorChange(
                operator,
                since,
                (graph, node) -> passes.test(graph, node) ? Optional.of(reason) : obstacle.of(graph, node),
                conversion);
    }

    /** True if the change lies between the two operator sets. */
    boolean isBetween(long from, long to) {
        return from < since && since <= to;
    }
}
