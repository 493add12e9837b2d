package lathe.synth.input;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Node;
import lathe.engine.graph.Value;
import lathe.engine.tensor.ElementType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a network keeps from one step to the next. */
class StateInputsTest {

    private static Graph graph(List<Node> nodes, List<Value> inputs, List<Value> outputs) {
        return new Graph(nodes, List.of(), inputs, outputs, Map.of("", 13L), Map.of(), Map.of(), Optional.empty());
    }

    private static Value tensor(String name, long... dims) {
        return Graphs.input(name, ElementType.FLOAT, dims);
    }

    private static Graph pair(Value input, Value output) {
        return graph(List.of(), List.of(tensor("sound", 1, 80), input), List.of(output));
    }

    @ParameterizedTest
    @CsvSource({
        "state, stateN",
        "h, hn",
        "c, cn",
        "h0, hn",
        "h_0, h_n",
        "hidden, hidden_out",
        "cache, new_cache",
        "in_cache0, out_cache0",
        "past.3, present.3",
        "enc_state_in, enc_state_out",
        "prev_state, next_state"
    })
    void knownByTheNamesOfPairs(String input, String output) {
        assertEquals(Map.of(input, output), StateInputs.of(pair(tensor(input, 2, 1, 8), tensor(output, 2, 1, 8))));
    }

    @ParameterizedTest
    @CsvSource({"x, y", "input, output", "hidden, hiddensum", "main, maout", "h, h"})
    void othersAreNone(String input, String output) {
        assertEquals(Map.of(), StateInputs.of(pair(tensor(input, 2, 1, 8), tensor(output, 2, 1, 8))));
    }

    @Test
    void aStateHasTheShapeAndTypeOfItsOutput() {
        assertEquals(Map.of(), StateInputs.of(pair(tensor("h", 2, 1, 8), tensor("hn", 2, 1, 9))));
        assertEquals(Map.of(), StateInputs.of(pair(tensor("h", 2, 1, 8), tensor("hn", 1, 8))));
        assertEquals(Map.of(), StateInputs.of(pair(tensor("past.0", 1, 4, -1, 8), tensor("present.0", 1, 4, -1, 8))));
        Value whole = Graphs.input("hn", ElementType.INT64, 2, 1, 8);
        assertEquals(Map.of(), StateInputs.of(pair(tensor("h", 2, 1, 8), whole)));
        assertEquals(
                Map.of(),
                StateInputs.of(graph(List.of(), List.of(tensor("in", 1, 8)), List.of(tensor("out", 1, 8)))),
                "not all that it takes");
        Value unknown = new Value("hn", ElementType.FLOAT, Optional.empty(), Optional.empty());
        assertEquals(Map.of("h", "hn"), StateInputs.of(pair(tensor("h", 2, -1, 8), unknown)));
    }

    /** Adds its input to what it keeps. */
    private static Graph accumulator() {
        return graph(
                List.of(Graphs.node("Add", "hn", "x", "h")),
                List.of(tensor("x", 1, 1, 4), tensor("h", 1, -1, 4)),
                List.of(tensor("hn", 1, -1, 4)));
    }

    @Test
    void statesAreThoseReachedFromZerosInAFewSteps() {
        InputOptions options = InputOptions.DEFAULT.withImages(StateRun.STEPS + 2);
        Graph graph = accumulator();
        InputPlan start = InputPlan.of(graph, options);
        InputPlan plan = start.withStates(graph);
        assertEquals(OptionalInt.of(1), plan.fixedBatch());
        float[] sum = new float[4];
        for (int sample = 0; sample < plan.count(); sample++) {
            if (sample == StateRun.STEPS) {
                Arrays.fill(sum, 0);
            }
            assertArrayEquals(new float[4], start.batch(sample, 1).get("h").floats());
            assertArrayEquals(sum, plan.batch(sample, 1).get("h").floats(), "sample " + sample);
            float[] fed = plan.batch(sample, 1).get("x").floats();
            assertArrayEquals(start.batch(sample, 1).get("x").floats(), fed);
            for (int i = 0; i < 4; i++) {
                sum[i] += fed[i];
            }
        }
        assertArrayEquals(new float[4], plan.batch(plan.count(), 1).get("h").floats(), "begins anew");
        assertTrue(plan.assumptions().get(1).contains("reaches"), plan.assumptions()::toString);
    }

    @Test
    void withoutStatesOrARunThePlanStaysAsItIs() {
        Graph none =
                graph(List.of(Graphs.node("Relu", "y", "x")), List.of(tensor("x", 1, 4)), List.of(tensor("y", 1, 4)));
        InputPlan plan = InputPlan.of(none, InputOptions.DEFAULT);
        assertSame(plan, plan.withStates(none));
        Graph broken = graph(
                List.of(Graphs.node("Nonsense", "hn", "x", "h")),
                List.of(tensor("x", 1, 1, 4), tensor("h", 1, 1, 4)),
                List.of(tensor("hn", 1, 1, 4)));
        InputPlan started = InputPlan.of(broken, InputOptions.DEFAULT).withStates(broken);
        assertArrayEquals(new float[4], started.batch(3, 1).get("h").floats());
    }
}
