package lathe.precondition;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Node;
import lathe.engine.layer.Layer;
import lathe.engine.layer.Layers;
import lathe.engine.onnx.OnnxReader;
import lathe.engine.onnx.OnnxWriter;
import lathe.engine.pipeline.GraphPass;
import lathe.testdata.TestData;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FunctionInliningTest {

    private static final GraphPass PASS = GraphPasses.functionInlining();

    private static Graph odd(String name) {
        return OnnxReader.read(TestData.bytes("odd/%s.onnx".formatted(name)));
    }

    /** ONNX Runtime inlines functions by itself: it computes the same, and of the result nothing is left to inline. */
    @ParameterizedTest
    @ValueSource(strings = {"local-function", "local-function-reducing", "local-functions-with-weights"})
    void computesTheSameWithoutFunctions(String name) throws Exception {
        Graph before = odd(name);
        Graph after = OnnxReader.read(OnnxWriter.toBytes(PASS.apply(before).graph()));
        Outputs.assertSame(before, after, 1e-6);
        Set<String> domains = new HashSet<>();
        after.allNodes().map(Node::domain).forEach(domains::add);
        assertEquals(Set.of(""), domains);
        assertEquals(Set.of(""), after.opsets().keySet());
        assertEquals(0, after.origin().orElseThrow().constantBytes());
        assertSame(after, PASS.apply(after).graph());
    }

    @Test
    void layersOfFunctionsAreLayers() {
        GraphPass.Result result = PASS.apply(odd("local-functions-with-weights"));
        assertEquals(List.of("inlined 7 calls of the model's own functions"), result.changes());
        Graph graph = GraphPasses.bodyConstants().apply(result.graph()).graph();
        List<String> layers =
                Layers.survey(graph).layers().stream().map(Layer::name).toList();
        assertEquals(5, layers.size(), layers::toString);
        assertTrue(layers.contains("first/conv"), layers::toString);
    }

    @Test
    void aModelWithoutFunctionsStays() {
        Graph graph = odd("conv1d");
        assertSame(graph, PASS.apply(graph).graph());
        assertEquals(List.of(), PASS.apply(graph).changes());
    }
}
