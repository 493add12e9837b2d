package lathe.precondition;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import lathe.engine.graph.Attribute;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Node;
import lathe.engine.graph.Value;
import lathe.engine.layer.Layer;
import lathe.engine.layer.Layers;
import lathe.engine.onnx.OnnxReader;
import lathe.engine.onnx.OnnxWriter;
import lathe.engine.pipeline.GraphPass;
import lathe.engine.tensor.ElementType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BodyConstantsTest {

    private static final GraphPass PASS = GraphPasses.bodyConstants();

    private static Node node(String opType, List<String> inputs, String output) {
        return Node.of("", opType, inputs, List.of(output), Map.of());
    }

    private static Initializer numbers(String name, long... dims) {
        float[] values = new float[(int) (dims[0] * dims[1])];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) Math.sin(i + name.length());
        }
        return Initializer.ofFloats(name, values, dims);
    }

    private static Graph body(List<Node> nodes, List<Initializer> constants, String output) {
        return new Graph(
                nodes,
                constants,
                List.of(),
                List.of(Value.ofFloat(output)),
                Map.of(),
                Map.of(),
                Map.of(),
                Optional.empty());
    }

    /** {@code y = c ? x wᵀ : x e}; the names of the weights are given. */
    private static Graph network(boolean condition, String first, String second) {
        Graph then = body(
                List.of(node("Transpose", List.of(first), "turned"), node("MatMul", List.of("x", "turned"), "t")),
                List.of(numbers(first, 4, 3)),
                "t");
        Node constant = Node.of(
                "",
                "Constant",
                List.of(),
                List.of(second),
                Map.of("value", new Attribute.OfTensor(numbers("value", 3, 4))));
        Graph other = body(List.of(constant, node("MatMul", List.of("x", second), "z")), List.of(), "z");
        Node choice = Node.of(
                "choice",
                "If",
                List.of("c"),
                List.of("y"),
                Map.of("then_branch", new Attribute.OfGraph(then), "else_branch", new Attribute.OfGraph(other)));
        List<Value.Dim> dims = List.of(new Value.Dim(OptionalLong.of(2), ""), new Value.Dim(OptionalLong.of(3), ""));
        return new Graph(
                List.of(choice.withBodies(taken -> taken.edit().build())),
                List.of(Initializer.of("c", ElementType.BOOL, List.of(), new byte[] {(byte) (condition ? 1 : 0)})),
                List.of(new Value("x", ElementType.FLOAT, Optional.of(dims), Optional.empty())),
                List.of(Value.ofFloat("y")),
                Map.of("", 17L),
                Map.of(),
                Map.of(),
                Optional.empty());
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void weightsMoveWithWhatComputesThem(boolean condition) throws Exception {
        Graph graph = OnnxReader.read(OnnxWriter.toBytes(network(condition, "w", "e")));
        assertEquals(List.of(), Layers.survey(graph).layers());
        Graph moved = PASS.apply(graph).graph();
        assertEquals(
                List.of("If", "MatMul", "MatMul", "Transpose"),
                moved.allNodes().map(Node::opType).sorted().toList());
        Graph folded = GraphPasses.constantFold().apply(moved).graph();
        List<Layer> layers = Layers.survey(folded).layers();
        assertEquals(2, layers.size());
        layers.forEach(layer -> assertEquals(
                "choice", folded.enclosing(layer.node()).orElseThrow().name()));
        Outputs.assertSame(graph, folded, 1e-6);
        Outputs.assertSame(graph, OnnxReader.read(OnnxWriter.toBytes(folded)), 1e-6);
    }

    @Test
    void constantsOfOneNameStay() throws Exception {
        Graph graph = OnnxReader.read(OnnxWriter.toBytes(network(true, "w", "w")));
        GraphPass.Result result = PASS.apply(graph);
        assertSame(graph, result.graph());
        assertTrue(result.changes().isEmpty());
    }

    /** Nodes of a body may compute with what nodes of the graph compute from constants: they stay behind these. */
    @Test
    void whatMovesComesBehindWhatItIsComputedFrom() throws Exception {
        Graph inner = network(true, "w", "e");
        Node constant = Node.of(
                "", "Constant", List.of(), List.of("w"), Map.of("value", new Attribute.OfTensor(numbers("v", 4, 3))));
        Node choice = inner.nodes().get(0);
        Node reading = choice.withBodies(body -> body.with(
                body.nodes(),
                body.initializers().values().stream()
                        .filter(tensor -> !tensor.name().equals("w"))
                        .toList(),
                body.outputs()));
        Graph graph =
                inner.with(List.of(constant, reading), inner.initializers().values(), inner.outputs());
        Graph moved = PASS.apply(graph).graph();
        assertEquals(
                List.of("Constant", "Transpose", "If"),
                moved.nodes().stream().map(Node::opType).toList());
        Outputs.assertSame(graph, moved, 1e-6);
    }

    @Test
    void weightsThatABodyHidesFromTheGraphAreNotTaken() {
        Graph graph = network(true, "w", "e");
        List<Initializer> constants = new ArrayList<>(graph.initializers().values());
        constants.add(numbers("e", 3, 4));
        Graph hidden = graph.with(graph.nodes(), constants, graph.outputs());
        Layers.Survey survey = Layers.survey(PASS.apply(hidden).graph());
        assertTrue(survey.skipped().stream()
                .anyMatch(layer -> layer.reason().equals("it reads 'e', of which there are several")));
        assertTrue(survey.layers().stream()
                .noneMatch(layer -> layer.weights().name().equals("e")));
    }
}
