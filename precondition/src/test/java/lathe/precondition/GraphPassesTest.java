package lathe.precondition;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.stream.Stream;
import lathe.engine.graph.ChannelStatistics;
import lathe.engine.graph.Graph;
import lathe.engine.onnx.OnnxReader;
import lathe.engine.pipeline.GraphPass;
import lathe.testdata.TestData;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class GraphPassesTest {

    static Stream<String> networks() {
        return Stream.concat(
                TestData.runnableOddGraphs().stream(), Stream.of("fashion-resnet.onnx", "fashion-mobilenet.onnx"));
    }

    @ParameterizedTest
    @MethodSource("networks")
    void keepsTheOutputs(String name) throws Exception {
        Graph original = OnnxReader.read(TestData.bytes(name));
        Graph rewritten = original;
        for (GraphPass pass : List.of(GraphPasses.opsetRaise(13), GraphPasses.batchNormFold())) {
            rewritten = pass.apply(rewritten).graph();
        }
        Networks.assertSameOutputs(original, rewritten, 1e-4);
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
}
