package lathe.synth.comparison;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Node;
import lathe.engine.graph.Value;
import org.junit.jupiter.api.Test;

class SquashedOutputTest {

    private static Node node(String type, String output, String... inputs) {
        return Node.of(output, type, List.of(inputs), List.of(output), Map.of());
    }

    private static Graph graph(String output, Node... nodes) {
        return new Graph(
                List.of(nodes),
                List.of(),
                Stream.of("x", "b").map(Value::ofFloat).toList(),
                List.of(Value.ofFloat(output)),
                Map.of("", 13L),
                Map.of(),
                Map.of(),
                Optional.empty());
    }

    /** As detectors end: boxes and scores, joined and turned round. */
    @Test
    void isFoundBehindJoinsAndMoves() {
        SquashedOutput found = SquashedOutput.of(graph(
                        "y",
                        node("Relu", "logits", "x"),
                        node("Sigmoid", "scores", "logits"),
                        node("Concat", "both", "b", "scores"),
                        node("Transpose", "y", "both")))
                .get("y");
        assertFalse(found.softmax());
        assertEquals(List.of("logits"), found.before());
    }

    @Test
    void theLastOneCounts() {
        SquashedOutput found = SquashedOutput.of(
                        graph("y", node("Sigmoid", "h", "x"), node("Relu", "r", "h"), node("Softmax", "y", "r")))
                .get("y");
        assertTrue(found.softmax());
        assertEquals(List.of("r"), found.before());
    }

    @Test
    void whatIsComputedFromItIsNoneOfIt() {
        assertTrue(SquashedOutput.of(graph("y", node("Sigmoid", "h", "x"), node("Mul", "y", "h", "x")))
                .isEmpty());
    }

    @Test
    void valuesBecomeOutputsUnderNamesByPlace() {
        Graph exposed =
                SquashedOutput.exposing(graph("y", node("Relu", "h", "x"), node("Sigmoid", "y", "h")), List.of("h"));
        assertEquals(
                List.of("lathe.before.0"),
                exposed.outputs().stream().map(Value::name).toList());
    }
}
