package lathe.precondition;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import lathe.engine.graph.ChannelStatistics;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Node;
import lathe.engine.graph.Value;
import lathe.engine.onnx.OnnxReader;
import lathe.engine.pipeline.GraphPass;
import lathe.testdata.TestData;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class GraphPassesTest {

    /** All that keep what a network computes, for every input. */
    private static final List<GraphPass> PASSES = List.of(
            GraphPasses.opsetRaise(13),
            GraphPasses.constantFold(),
            GraphPasses.batchNormFold(),
            GraphPasses.crossLayerEqualization(),
            GraphPasses.crossLayerEqualizationThroughClips());

    static Stream<String> networks() {
        return Stream.concat(TestData.runnableOddGraphs().stream(), fashionNetworks());
    }

    static Stream<String> fashionNetworks() {
        return Stream.of(
                "fashion-resnet.onnx",
                "fashion-mobilenet.onnx",
                "fashion-resnet-folded.onnx",
                "fashion-mobilenet-folded.onnx");
    }

    @Tag("broad")
    @ParameterizedTest
    @MethodSource("networks")
    void keepTheOutputs(String name) throws Exception {
        Graph original = OnnxReader.read(TestData.bytes(name));
        Outputs.assertSame(original, rewritten(original), 1e-4);
    }

    @Tag("broad")
    @ParameterizedTest
    @ValueSource(strings = {"ch_ppocr_mobile_v2.0_cls_infer", "ch_PP-OCRv3_det_infer", "ch_PP-OCRv4_det_infer"})
    void keepTheOutputsOfTextNetworks(String name) throws Exception {
        Graph original = ocr(name);
        Outputs.assertSame(original, rewritten(original), 1e-4);
    }

    private static Graph rewritten(Graph original) {
        Graph rewritten = original;
        for (GraphPass pass : PASSES) {
            rewritten = pass.apply(rewritten).graph();
        }
        return rewritten;
    }

    /** A text network up to what its last Sigmoid or Softmax reads, which tells more than zeros and ones do. */
    private static Graph ocr(String name) throws IOException {
        try (InputStream in = GraphPassesTest.class.getResourceAsStream("/models/" + name + ".onnx")) {
            Graph graph = OnnxReader.read(in.readAllBytes());
            Node last = graph.nodes().stream()
                    .filter(node -> node.is("Sigmoid") || node.is("Softmax"))
                    .reduce((earlier, later) -> later)
                    .orElseThrow();
            return graph.edit()
                    .outputs(List.of(Value.ofFloat(last.inputs().get(0))))
                    .build();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"fashion-resnet.onnx", "fashion-mobilenet.onnx"})
    void foldsEveryNormalizationOfARealNetwork(String name) {
        Graph original = OnnxReader.read(TestData.bytes(name));
        long norms = original.nodes().stream()
                .filter(node -> node.is("BatchNormalization"))
                .count();
        Graph folded = GraphPasses.batchNormFold().apply(original).graph();
        assertTrue(norms > 10);
        assertEquals(
                0,
                folded.nodes().stream()
                        .filter(node -> node.is("BatchNormalization"))
                        .count());
        assertEquals(norms, folded.statistics().size());
    }

    @Test
    void keepsTheTrainedStatistics() {
        Graph original = OnnxReader.read(TestData.bytes("fashion-resnet.onnx"));
        Graph folded = GraphPasses.batchNormFold().apply(original).graph();
        original.nodes().stream().filter(node -> node.is("BatchNormalization")).forEach(norm -> {
            ChannelStatistics kept = folded.statistics().get(norm.output());
            float[] beta = original.constant(norm, 2).orElseThrow().floats();
            float[] gamma = original.constant(norm, 1).orElseThrow().floats();
            assertArrayEquals(beta, kept.mean());
            for (int c = 0; c < gamma.length; c++) {
                assertTrue(kept.deviation()[c] <= Math.abs(gamma[c]) + 1e-6);
            }
        });
    }

    @Test
    void statisticsOfDifferentLengthsAreNotFolded() {
        for (String one : List.of("beta", "mean", "var")) {
            TestNetwork network = new TestNetwork(1, 3, 2).conv(3, 4, 1, 0, 1);
            for (String name : List.of("gamma", "beta", "mean", "var")) {
                float[] values = new float[name.equals(one) ? 3 : 4];
                network.constant(Initializer.ofFloats(name, values, values.length));
            }
            Graph graph = network.node("BatchNormalization", Map.of(), "gamma", "beta", "mean", "var")
                    .build();
            GraphPass.Result result = GraphPasses.batchNormFold().apply(graph);
            assertEquals(graph.nodes().size(), result.graph().nodes().size());
            assertTrue(result.changes().get(0).endsWith("its statistics differ in length"), result.changes()::toString);
        }
    }

    @Test
    void haveNamesForReports() {
        assertEquals("opset-raise", GraphPasses.opsetRaise(13).name());
        assertEquals("constant-fold", GraphPasses.constantFold().name());
        assertEquals("batch-norm-fold", GraphPasses.batchNormFold().name());
        assertEquals(
                "cross-layer-equalization", GraphPasses.crossLayerEqualization().name());
        assertEquals(
                "cross-layer-equalization-through-clips",
                GraphPasses.crossLayerEqualizationThroughClips().name());
    }
}
