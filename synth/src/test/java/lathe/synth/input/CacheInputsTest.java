package lathe.synth.input;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import lathe.engine.graph.Attribute;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Node;
import lathe.engine.graph.Value;
import lathe.engine.tensor.ElementType;
import lathe.synth.network.Network;
import lathe.synth.network.NetworkOptions;
import lathe.synth.network.Tensor;
import org.junit.jupiter.api.Test;

/** What a decoder keeps of the tokens that it has read. */
class CacheInputsTest {

    private static final Value TOKENS = Graphs.input("x", ElementType.FLOAT, 1, -1, 4);
    private static final Value PAST = Graphs.input("past", ElementType.FLOAT, 1, -1, 4);

    private static Graph graph(List<Node> nodes, List<Value> inputs, String output) {
        return new Graph(
                nodes,
                List.of(),
                inputs,
                List.of(Value.ofFloat(output)),
                Map.of("", 13L),
                Map.of(),
                Map.of(),
                Optional.empty());
    }

    private static Node concat(String first, String second, String output, long axis) {
        return Node.of("", "Concat", List.of(first, second), List.of(output), Map.of("axis", new Attribute.Int(axis)));
    }

    @Test
    void theyAreEmptyAtTheStart() {
        Graph graph = graph(List.of(concat("past", "x", "present", -2)), List.of(PAST, TOKENS), "present");
        InputPlan plan = InputPlan.of(graph, InputOptions.DEFAULT);
        Map<String, Tensor> batch = plan.batch(0, 1);
        assertArrayEquals(new long[] {1, 0, 4}, batch.get("past").dims());
        try (Network network = Network.of(graph, NetworkOptions.DEFAULT)) {
            assertArrayEquals(
                    batch.get("x").floats(), network.run(batch).get("present").floats());
        }
        String said = plan.assumptions().get(0);
        assertTrue(said.startsWith("input 'past': cache, empty as at the start (axis 1 is dynamic: 0 taken"), said);
    }

    @Test
    void aLengthThatIsGivenIsKept() {
        Graph graph = graph(List.of(concat("past", "x", "present", 1)), List.of(PAST, TOKENS), "present");
        InputPlan plan = InputPlan.of(graph, InputOptions.DEFAULT.withShapes(List.of("past:1,3,4")));
        assertArrayEquals(new long[] {1, 3, 4}, plan.batch(0, 1).get("past").dims());
    }

    @Test
    void attentionOfOnnxRuntimeKeepsThemToo() {
        Node attention = new Node(
                "",
                "GroupQueryAttention",
                "com.microsoft",
                List.of("x", "x", "x", "past"),
                List.of("y", "present"),
                Map.of(),
                List.of(),
                Optional.empty());
        assertEquals(Set.of("past"), CacheInputs.of(graph(List.of(attention), List.of(TOKENS, PAST), "present")));
    }

    @Test
    void othersAreNone() {
        List<Value> inputs = List.of(TOKENS, PAST);
        assertEquals(
                Set.of(), CacheInputs.of(graph(List.of(concat("past", "x", "y", 2)), inputs, "y")), "of fixed extent");
        Node after = Graphs.node("Relu", "y", "joined");
        assertEquals(
                Set.of(),
                CacheInputs.of(graph(List.of(concat("past", "x", "joined", 1), after), inputs, "y")),
                "no output");
        assertEquals(
                Set.of(),
                CacheInputs.of(graph(List.of(concat("past", "past", "y", 1)), List.of(PAST), "y")),
                "all that it takes");
    }
}
