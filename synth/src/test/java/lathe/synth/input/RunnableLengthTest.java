package lathe.synth.input;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Value;
import lathe.engine.tensor.ElementType;
import org.junit.jupiter.api.Test;

class RunnableLengthTest {

    private static Value open(String name, String... symbols) {
        return Graphs.input(
                name,
                ElementType.FLOAT,
                List.of(symbols).stream()
                        .map(symbol -> symbol.matches("[0-9]+")
                                ? Value.Dim.fixed(Long.parseLong(symbol))
                                : Value.Dim.dynamic(symbol))
                        .toList());
    }

    /** Runs with inputs of so many numbers only. */
    private static Graph fixed(long length, Value input) {
        return new Graph(
                List.of(Graphs.node("Reshape", "y", input.name(), "shape")),
                List.of(Initializer.ofLongs("shape", new long[] {1, length}, 2)),
                List.of(input),
                List.of(Value.ofFloat("y")),
                Map.of("", 13L),
                Map.of(),
                Map.of(),
                Optional.empty());
    }

    private static InputOptions found(Graph graph) {
        return RunnableLength.of(graph, InputOptions.DEFAULT);
    }

    @Test
    void theUsualLengthIsTakenWhereItRuns() {
        assertSame(InputOptions.DEFAULT, found(fixed(128, open("x", "n", "t"))));
        assertSame(InputOptions.DEFAULT, found(fixed(16_000, open("audio", "n", "t"))));
    }

    @Test
    void anotherLengthIsTakenWhereItFails() {
        Graph graph = fixed(576, open("audio", "n", "t"));
        InputOptions options = found(graph);
        assertEquals(
                new FoundLength(576, List.of(16_000L, 8_000L, 4_000L, 2_000L, 1_536L, 1_024L)),
                options.length().orElseThrow());
        InputPlan plan = InputPlan.of(graph, options);
        assertArrayEquals(new long[] {1, 576}, plan.batch(0, 1).get("audio").dims());
        String said = plan.assumptions().get(0);
        assertTrue(
                said.contains("axis 1 is dynamic: 576 taken, as the network fails with 16000, 8000, 4000, 2000, 1536"
                        + " and 1024"),
                said);
        assertEquals(
                16, found(fixed(16, open("x", "n", "t"))).length().orElseThrow().extent());
    }

    @Test
    void linesOfTextAreTriedWhereSquareImagesFail() {
        Graph graph = fixed(3 * 48 * 320, open("x", "n", "3", "h", "w"));
        InputPlan plan = InputPlan.of(graph, found(graph));
        assertArrayEquals(new long[] {1, 3, 48, 320}, plan.batch(0, 1).get("x").dims());
        String said = plan.assumptions().get(0);
        assertTrue(said.contains("axis 2 is dynamic: 48 taken, as the network fails with 224"), said);
    }

    @Test
    void whereNoneRunsItSaysWhatWasTried() {
        Graph graph = fixed(7, open("x", "n", "t"));
        String said = InputPlan.of(graph, found(graph)).assumptions().get(0);
        assertTrue(said.contains("128 taken, as the network fails with 128, 64, 32"), said);
    }

    @Test
    void whatIsStatedIsNotTried() {
        Graph graph = fixed(7, open("x", "n", "t"));
        InputOptions given = InputOptions.DEFAULT.withShapes(List.of("1,9"));
        assertSame(given, RunnableLength.of(graph, given));
        assertSame(InputOptions.DEFAULT, found(fixed(7, open("x", "n", "9"))));
    }

    @Test
    void aBatchIsOneWhereverItIs() {
        Value input = open("audio", "batch", "t");
        Value state = open("s", "2", "batch", "8");
        InputPlan plan = InputPlan.of(Graphs.of(List.of(), List.of(), input, state), InputOptions.DEFAULT);
        assertEquals(1, plan.fixedBatch().orElseThrow());
        assertArrayEquals(new long[] {1, 16_000}, plan.batch(0, 1).get("audio").dims());
        assertArrayEquals(new long[] {2, 1, 8}, plan.batch(0, 1).get("s").dims());
    }

    @Test
    void ofAxesThatAreAllNamedBatchOnlyTheFirstIsOne() {
        Graph graph = Graphs.of(List.of(), List.of(), open("x", "batch", "batch"), open("m", "batch", "batch"));
        InputPlan plan = InputPlan.of(graph, InputOptions.DEFAULT);
        assertArrayEquals(new long[] {2, 128}, plan.batch(0, 2).get("x").dims());
        assertArrayEquals(new long[] {2, 128}, plan.batch(0, 2).get("m").dims());
    }

    @Test
    void axesOfOneSymbolHaveOneExtent() {
        InputPlan plan = InputPlan.of(
                Graphs.of(List.of(), List.of(), open("x", "t", "40"), open("m", "1", "t")), InputOptions.DEFAULT);
        assertArrayEquals(
                new long[] {128, 40},
                plan.batch(0, plan.fixedBatch().orElseThrow()).get("x").dims());
        assertEquals(
                128, plan.batch(0, plan.fixedBatch().orElseThrow()).get("m").dims()[1]);
    }
}
