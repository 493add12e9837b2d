package lathe.precondition;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Node;
import lathe.engine.graph.Value;
import lathe.engine.pipeline.GraphPass;
import lathe.engine.tensor.ElementType;
import org.junit.jupiter.api.Test;

class EqualWeightsTest {

    private static final GraphPass PASS = GraphPasses.equalWeights();

    private static Initializer square(String name, double start) {
        float[] values = new float[16];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) Math.sin(start + i);
        }
        return Initializer.ofFloats(name, values, 4, 4);
    }

    private static Node node(String opType, String output, String... inputs) {
        return Node.of("", opType, List.of(inputs), List.of(output), Map.of());
    }

    private static Graph graph(List<Node> nodes, List<Initializer> constants) {
        List<Value.Dim> dims = List.of(Value.Dim.fixed(2), Value.Dim.fixed(4));
        return new Graph(
                nodes,
                constants,
                List.of(new Value("x", ElementType.FLOAT, Optional.of(dims), Optional.empty())),
                List.of(Value.ofFloat("y")),
                Map.of("", 18L),
                Map.of(),
                Map.of(),
                Optional.empty());
    }

    @Test
    void oneConstantIsLeftOfThoseThatAreEqual() throws Exception {
        Graph before = graph(
                List.of(
                        node("MatMul", "a", "x", "first"),
                        node("MatMul", "b", "a", "other"),
                        node("MatMul", "c", "b", "same"),
                        node("Gemm", "y", "c", "again")),
                List.of(square("first", 0), square("other", 1), square("same", 0), square("again", 0)));
        GraphPass.Result result = PASS.apply(before);
        assertEquals(
                List.of("first", "other", "first", "first"),
                result.graph().nodes().stream()
                        .map(each -> each.inputs().get(1))
                        .toList());
        assertEquals(2, result.graph().initializers().size());
        assertEquals(List.of("2 layers read the weights of others, which are equal"), result.changes());
        Outputs.assertSame(before, result.graph(), 0);
        assertSame(result.graph(), PASS.apply(result.graph()).graph());
    }

    /** Other numbers, another shape, a use that is no layer's: each stays. */
    @Test
    void whatDiffersOrHasOtherReadersStays() {
        Initializer flat = Initializer.ofFloats("flat", square("flat", 0).floats(), 16, 1);
        Graph before = graph(
                List.of(
                        node("MatMul", "a", "x", "first"),
                        node("MatMul", "b", "a", "same"),
                        node("Add", "c", "b", "same"),
                        node("MatMul", "d", "c", "flat"),
                        node("Add", "y", "d", "a")),
                List.of(square("first", 0), square("same", 0), flat));
        assertSame(before, PASS.apply(before).graph());
    }
}
