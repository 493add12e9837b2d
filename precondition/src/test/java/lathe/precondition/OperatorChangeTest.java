package lathe.precondition;

import static lathe.precondition.OldModel.are;
import static lathe.precondition.OldModel.model;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import lathe.engine.graph.Graph;
import lathe.engine.graph.GraphEdit;
import lathe.engine.graph.Node;
import org.junit.jupiter.api.Test;

class OperatorChangeTest {

    private static final Graph GRAPH =
            model(9, "ReduceSum", List.of(), are("axes", 1L, 2L)).named("").graph();
    private static final Node NODE = GRAPH.nodes().get(0);

    @Test
    void everyNodeCanFollowAConversion() {
        OperatorChange change = OperatorChange.convert("ReduceSum", 13, (node, additions) -> node.withOpType("Sum"));
        assertEquals(Optional.empty(), change.obstacle().of(GRAPH, NODE));
        assertEquals(
                "Sum",
                change.conversion()
                        .of(NODE, new Additions(GRAPH, GRAPH.edit(), NODE))
                        .opType());
    }

    @Test
    void aListBecomesTheSecondInput() {
        OperatorChange change = OperatorChange.toInput("ReduceSum", 13, "axes");
        GraphEdit edit = GRAPH.edit();
        Node converted = change.conversion().of(NODE, new Additions(GRAPH, edit, NODE));
        assertEquals(List.of("x", "y_axes"), converted.inputs());
        assertEquals(Map.of(), converted.attributes());
        Graph raised = edit.replace(NODE, converted).build();
        assertArrayEquals(
                new long[] {1, 2}, raised.constant("y_axes").orElseThrow().longs());
        Node plain = NODE.withoutAttribute("axes");
        assertSame(plain, change.conversion().of(plain, new Additions(GRAPH, edit, NODE)));
    }

    @Test
    void noNodeCanFollowARefusal() {
        OperatorChange change = OperatorChange.refuse("ReduceSum", 13, "it is gone");
        assertEquals(Optional.of("it is gone"), change.obstacle().of(GRAPH, NODE));
    }

    @Test
    void someNodesCannotFollowAnException() {
        OperatorChange change = OperatorChange.convert("ReduceSum", 13, (node, additions) -> node)
                .unless((graph, node) -> node.integers("axes").isPresent(), "it has axes");
        assertEquals(Optional.of("it has axes"), change.obstacle().of(GRAPH, NODE));
        assertEquals(Optional.empty(), change.obstacle().of(GRAPH, NODE.withoutAttribute("axes")));
        OperatorChange twice = change.unless((graph, node) -> node.output().isEmpty(), "it has no output");
        assertEquals(Optional.of("it has axes"), twice.obstacle().of(GRAPH, NODE), "the first one holds on");
    }

    @Test
    void liesBetweenTheOperatorSetBeforeItAndItsOwn() {
        OperatorChange change = OperatorChange.refuse("ReduceSum", 13, "");
        assertTrue(change.isBetween(12, 13));
        assertTrue(change.isBetween(9, 25));
        assertFalse(change.isBetween(9, 12));
        assertFalse(change.isBetween(13, 25));
    }
}
