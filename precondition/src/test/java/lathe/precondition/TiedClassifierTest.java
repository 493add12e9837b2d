package lathe.precondition;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Node;
import lathe.engine.layer.Layer;
import lathe.engine.layer.Layers;
import lathe.engine.onnx.OnnxReader;
import lathe.engine.onnx.OnnxWriter;
import lathe.engine.pipeline.GraphPass;
import lathe.testdata.TestData;
import org.junit.jupiter.api.Test;

class TiedClassifierTest {

    private static final GraphPass PASS = GraphPasses.tiedClassifier();

    private static Graph odd(String name) {
        return OnnxReader.read(TestData.bytes("odd/%s.onnx".formatted(name)));
    }

    @Test
    void bothReadOneTable() throws Exception {
        Graph before = odd("weights-tied-embedding");
        GraphPass.Result result = PASS.apply(before);
        Graph after = OnnxReader.read(OnnxWriter.toBytes(result.graph()));
        assertEquals(List.of("1 classifier reads the table of an embedding without a Transpose"), result.changes());
        Outputs.assertSame(before, after, 1e-6);
        assertTrue(after.nodes().stream().noneMatch(node -> node.is("Transpose")));
        Layers.Survey survey = Layers.survey(after);
        assertEquals(List.of(), survey.skipped());
        List<Layer> tied =
                survey.layers().stream().filter(layer -> layer.rows() == 30).toList();
        assertEquals(
                List.of("Gather", "Gemm"),
                tied.stream().map(Layer::node).map(Node::opType).toList());
        assertEquals(tied.get(0).weights().name(), tied.get(1).weights().name());
        assertEquals(tied.get(0).layout(), tied.get(1).layout());
        assertSame(after, PASS.apply(after).graph());
    }

    /** A transposed weight that nothing looks up is folded instead, without a Reshape. */
    @Test
    void otherTransposesStay() {
        for (String name : List.of("weights-shared-two-kinds", "matmul-left-batched", "weights-transposed-twice")) {
            Graph graph = odd(name);
            assertSame(graph, PASS.apply(graph).graph());
        }
    }
}
