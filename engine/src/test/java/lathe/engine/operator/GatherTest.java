package lathe.engine.operator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import lathe.engine.graph.Attribute;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Node;
import lathe.engine.graph.TestGraph;
import lathe.engine.layer.Layer;
import lathe.engine.layer.Layers;
import lathe.engine.onnx.OnnxReader;
import lathe.testdata.TestData;
import org.junit.jupiter.api.Test;

class GatherTest {

    private static List<String> reasons(Graph graph) {
        return Layers.survey(graph).skipped().stream()
                .map(Layers.Skipped::reason)
                .toList();
    }

    private static void assertNoLayer(Graph graph) {
        assertEquals(List.of(), Layers.survey(graph).layers());
        assertEquals(List.of(), Layers.survey(graph).skipped());
    }

    @Test
    void rowsOfATableAreOutputs() {
        for (long axis : new long[] {0, -2}) {
            Graph graph = new TestGraph()
                    .weights("table", 5, 3)
                    .node("Gather", Map.of("axis", new Attribute.Int(axis)), "y", "table", "x")
                    .build("y");
            Layer layer = Layers.survey(graph).layers().get(0);
            assertEquals("x", layer.input());
            assertTrue(layer.readsIndices());
            assertFalse(layer.hasWholeGram());
            assertFalse(layer.site().takesBias());
            assertEquals(5, layer.rows());
            assertEquals(3, layer.cols());
            float[] table = graph.constant("table").orElseThrow().floats();
            assertEquals(table[4 * 3 + 2], layer.matrices().get(0).at(4, 2));
        }
    }

    @Test
    void whatMovesNumbersOnlyIsNoLayer() {
        assertNoLayer(new TestGraph()
                .weights("table", 5, 3)
                .node("Gather", Map.of("axis", new Attribute.Int(1)), "y", "table", "x")
                .build("y"));
        assertNoLayer(new TestGraph()
                .weights("table", 5, 3, 2)
                .node("Gather", "y", "table", "x")
                .build("y"));
        assertNoLayer(new TestGraph()
                .weights("row", 1, 3)
                .node("Gather", "y", "x", "row")
                .build("y"));
        Node shape = Node.of("", "Gather", List.of("shape", "x"), List.of("y"), Map.of());
        Initializer longs = Initializer.ofLongs("shape", new long[] {1, 2}, 2);
        Graph graph = new TestGraph().build("x");
        assertNoLayer(new Graph(
                List.of(shape),
                List.of(longs),
                graph.inputs(),
                graph.outputs(),
                graph.opsets(),
                graph.metadata(),
                graph.statistics(),
                graph.origin()));
    }

    /** A table that is also multiplied with serves both where a row of it is an output of both. */
    @Test
    void aTiedTableIsALayerOfBoth() {
        Graph graph = OnnxReader.read(TestData.bytes("odd/weights-shared-two-kinds.onnx"));
        assertEquals(List.of(), reasons(graph));
        List<Layer> layers = Layers.survey(graph).layers();
        assertEquals(layers.get(0).weights().name(), layers.get(2).weights().name());
        assertEquals(layers.get(0).layout(), layers.get(2).layout());
    }

    /** Otherwise it would be stored in two ways: none of its users is a layer. */
    @Test
    void aTableOfAnotherUseStays() {
        Graph graph = new TestGraph()
                .weights("table", 4, 4)
                .node("Gather", "a", "table", "i")
                .node(Node.of("", "Gemm", List.of("x", "table"), List.of("b"), Map.of("transB", new Attribute.Int(1))))
                .node("MatMul", "y", "b", "table")
                .build("a", "y");
        assertEquals(3, reasons(graph).size());
        assertTrue(reasons(OnnxReader.read(TestData.bytes("odd/weights-tied-embedding.onnx")))
                .contains("MatMul 'y' reads its weights, too, and they would be stored twice"));
    }

    @Test
    void severalLookUpsShareATable() {
        Graph graph = new TestGraph()
                .weights("table", 5, 3)
                .node("Gather", "a", "table", "x")
                .node("Gather", "y", "table", "x")
                .build("a", "y");
        assertEquals(2, Layers.survey(graph).layers().size());
    }
}
