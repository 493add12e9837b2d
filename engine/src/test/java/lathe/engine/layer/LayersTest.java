package lathe.engine.layer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import lathe.engine.graph.Attribute;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Node;
import lathe.engine.graph.TestGraph;
import lathe.engine.graph.UnsupportedModelException;
import org.junit.jupiter.api.Test;

class LayersTest {

    private static String reason(Graph graph) {
        Layers.Survey survey = Layers.survey(graph);
        assertEquals(List.of(), survey.layers());
        return survey.skipped().get(0).reason();
    }

    @Test
    void aGroupedConvIsOneMatrixAGroup() {
        Graph graph = new TestGraph()
                .weights("w", 6, 2, 3, 3)
                .node("Conv", Map.of("group", new Attribute.Int(2)), "y", "x", "w")
                .build("y");
        Layer layer = Layers.survey(graph).layers().get(0);
        assertEquals(2, layer.matrices().size());
        assertEquals(3, layer.matrices().get(1).rows());
        assertEquals(18, layer.matrices().get(1).cols());
        assertEquals(
                layer.weights().floats()[3 * 18 + 5], layer.matrices().get(1).at(0, 5));
    }

    /** Such files exist among hostile ones; ONNX Runtime refuses them. */
    @Test
    void aNodeWithoutItsInputsIsNoLayer() {
        for (String op : List.of("Conv", "ConvTranspose", "Gemm", "MatMul", "Einsum", "Gather", "LSTM")) {
            for (String[] operands : List.of(new String[0], new String[] {"x"})) {
                Layers.Survey survey =
                        Layers.survey(new TestGraph().node(op, "y", operands).build("y"));
                assertEquals(List.of(), survey.layers());
                assertEquals(List.of(), survey.skipped());
            }
        }
    }

    @Test
    void everyWeightIsStoredOnce() {
        for (String op : List.of("Conv", "ConvTranspose", "Gemm", "MatMul")) {
            boolean spatial = op.startsWith("Conv");
            Graph graph = new TestGraph()
                    .weights("w", spatial ? new long[] {4, 3, 2, 2} : new long[] {4, 3})
                    .node(op, "y", "x", "w")
                    .build("y");
            Layer layer = Layers.survey(graph).layers().get(0);
            boolean[] seen = new boolean[layer.rows() * layer.cols()];
            for (int row = 0; row < layer.rows(); row++) {
                for (int col = 0; col < layer.cols(); col++) {
                    seen[layer.layout().index(row, col, layer.cols())] = true;
                }
            }
            for (boolean stored : seen) {
                assertTrue(stored, op);
            }
        }
    }

    @Test
    void factorsOfAGemmAreMultipliedIn() {
        Map<String, Attribute> factors = Map.of("alpha", new Attribute.Real(2), "beta", new Attribute.Real(3));
        Graph graph = new TestGraph()
                .weights("w", 4, 5)
                .weights("b", 1, 5)
                .node("Gemm", factors, "y", "x", "w", "b")
                .build("y");
        Layer layer = Layers.survey(graph).layers().get(0);
        assertEquals(
                2 * graph.constant("w").orElseThrow().floats()[1],
                layer.matrices().get(0).at(1, 0));
        float[] bias = graph.constant("b").orElseThrow().floats();
        for (int i = 0; i < bias.length; i++) {
            bias[i] *= 3;
        }
        assertArrayEquals(bias, layer.biasValues());
    }

    @Test
    void aScalarBiasIsSpreadOverTheOutputs() {
        Graph graph = new TestGraph()
                .weights("w", 4, 5)
                .scalar("b", 7)
                .node("Gemm", "y", "x", "w", "b")
                .build("y");
        assertArrayEquals(
                new float[] {7, 7, 7, 7, 7},
                Layers.survey(graph).layers().get(0).biasValues());
    }

    @Test
    void namesAreUniqueEvenWhereTheFileHasNone() {
        Graph graph = new TestGraph()
                .weights("w", 4, 4)
                .node(Node.of("", "MatMul", List.of("x", "w"), List.of("a"), Map.of()))
                .node(Node.of("twice", "MatMul", List.of("a", "w"), List.of("b"), Map.of()))
                .node(Node.of("twice", "MatMul", List.of("b", "w"), List.of("c"), Map.of()))
                .build("c");
        assertEquals(
                List.of("a", "b", "c"),
                Layers.survey(graph).layers().stream().map(Layer::name).toList());
    }

    @Test
    void saysWhyALayerIsSkipped() {
        assertEquals(
                "it multiplies two computed values",
                reason(new TestGraph().node("MatMul", "y", "x", "x").build("y")));
        assertEquals(
                "its weights are a vector, not a matrix",
                reason(new TestGraph()
                        .weights("a", 2)
                        .node("MatMul", "y", "a", "x")
                        .build("y")));
        assertEquals(
                "its weights are computed from constants, by Erf",
                reason(new TestGraph()
                        .weights("a", 2, 2)
                        .node("Erf", "w", "a")
                        .node("MatMul", "y", "x", "w")
                        .build("y")));
        assertEquals(
                "its input is constant",
                reason(new TestGraph()
                        .weights("a", 2, 2)
                        .weights("w", 2, 2)
                        .node("MatMul", "y", "a", "w")
                        .build("y")));
        for (String equation :
                List.of("ab,cd->abcd", "abb,bc->ac", "abc,cd->ad", "ab,bc->abc", "abc,ba->ac", "ab,bcd->acd")) {
            assertTrue(reason(new TestGraph()
                            .weights("w", 2, 2)
                            .node(Node.of(
                                    "",
                                    "Einsum",
                                    List.of("x", "w"),
                                    List.of("y"),
                                    Map.of("equation", new Attribute.Text(equation))))
                            .build("y"))
                    .startsWith("'%s' is no product".formatted(equation)));
        }
        assertEquals(
                "its bias of shape [3, 5] is not one value per output channel",
                reason(new TestGraph()
                        .weights("w", 4, 5)
                        .weights("b", 3, 5)
                        .node("Gemm", "y", "x", "w", "b")
                        .build("y")));
        assertEquals(
                "its weights are already quantized",
                reason(new TestGraph()
                        .scalar("s", 1)
                        .weights("codes", 2, 2)
                        .node("DequantizeLinear", "w", "codes", "s")
                        .node("Identity", "same", "w")
                        .node("MatMul", "y", "x", "same")
                        .build("y")));
    }

    @Test
    void namesTheTensorThatIsNotFinite() {
        Graph graph = new TestGraph()
                .scalar("b", Float.NaN)
                .weights("w", 4, 5)
                .node("Gemm", "y", "x", "w", "b")
                .build("y");
        String message = assertThrows(UnsupportedModelException.class, () -> Layers.survey(graph))
                .getMessage();
        assertTrue(message.contains("'b'") && message.contains("NaN"), message);
    }

    @Test
    void aNameIsNeverThatOfAnotherLayer() {
        Graph graph = new TestGraph()
                .weights("w", 4, 4)
                .node(Node.of("", "MatMul", List.of("x", "w"), List.of("a"), Map.of()))
                .node(Node.of("a", "MatMul", List.of("a", "w"), List.of("b"), Map.of()))
                .node(Node.of("", "MatMul", List.of("b", "w"), List.of("a'"), Map.of()))
                .build("a'");
        assertEquals(
                List.of("a'", "a", "a''"),
                Layers.survey(graph).layers().stream().map(Layer::name).toList());
    }

    @Test
    void weightsOfTheWrongRankAreSkipped() {
        for (String op : List.of("Conv", "ConvTranspose")) {
            for (long[] dims : List.of(new long[] {}, new long[] {4}, new long[] {4, 4})) {
                Graph graph = new TestGraph()
                        .weights("w", dims)
                        .node(op, "y", "x", "w")
                        .build("y");
                assertEquals("its weights have %d axes, too few for a kernel".formatted(dims.length), reason(graph));
            }
        }
        for (String op : List.of("Gemm", "MatMul")) {
            Graph graph =
                    new TestGraph().weights("w", 4).node(op, "y", "x", "w").build("y");
            assertEquals("its weights are a vector, not a matrix", reason(graph));
        }
    }

    @Test
    void aGroupThatDoesNotDivideIsSkipped() {
        for (long group : new long[] {0, -1, 4, 1L << 40, 1 - (1L << 32), Long.MIN_VALUE}) {
            Graph graph = new TestGraph()
                    .weights("w", 6, 2, 3, 3)
                    .node("Conv", Map.of("group", new Attribute.Int(group)), "y", "x", "w")
                    .build("y");
            assertTrue(reason(graph).endsWith("does not divide its 6 channels"), reason(graph));
        }
    }
}
