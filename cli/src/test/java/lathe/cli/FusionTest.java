package lathe.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Node;
import lathe.engine.onnx.OnnxReader;
import lathe.synth.network.Network;
import lathe.synth.network.NetworkOptions;
import lathe.synth.network.NetworkOptions.Optimization;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** ONNX Runtime makes integer kernels of all that Lathe quantizes: read from the graph that it really runs. */
class FusionTest {

    private static final Map<String, String> INTEGER_KERNELS = Map.of(
            "Conv",
            "QLinearConv",
            "Gemm",
            "QGemm",
            "Add",
            "QLinearAdd",
            "GlobalAveragePool",
            "QLinearGlobalAveragePool");

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"fashion-resnet", "fashion-resnet-folded", "fashion-mobilenet", "fashion-mobilenet-folded"})
    void everyLayerAndEveryAdditionRunsInIntegers(String name) throws IOException {
        Path model = CommandRun.testFile(name + ".onnx", folder);
        Path small = folder.resolve("small.onnx");
        CommandRun.of("compress", model, "-o", small, "--images", 4).ok();
        Map<String, Integer> before = operators(OnnxReader.read(model));
        Map<String, Integer> after = operators(optimized(small));
        INTEGER_KERNELS.forEach((operator, kernel) -> {
            assertTrue(before.get(operator) > 0, before::toString);
            assertEquals(before.get(operator), after.get(kernel), () -> kernel + " in " + after);
        });
        assertEquals(1, after.get("QuantizeLinear"), after::toString);
        for (String operator :
                List.of("Conv", "FusedConv", "Gemm", "FusedGemm", "Add", "Relu", "Clip", "DequantizeLinear")) {
            assertEquals(0, after.getOrDefault(operator, 0), () -> operator + " in " + after);
        }
    }

    @Tag("slow")
    @ParameterizedTest
    @ValueSource(strings = {"fashion-resnet-folded", "fashion-mobilenet-folded"})
    void weightOnlyFilesRunAsTheOriginal(String name) throws IOException {
        Path model = CommandRun.testFile(name + ".onnx", folder);
        Map<String, Integer> original = operators(optimized(model));
        for (List<String> options : List.of(
                List.of("8"),
                List.of("4"),
                List.of("2"),
                List.of("nf4"),
                List.of("fp8-e4m3"),
                List.of("fp8-e5m2", "--block", "16"),
                List.of("8", "--block", "16"),
                List.of("3", "--block", "16"))) {
            Path small = folder.resolve("small.onnx");
            List<Object> arguments = new ArrayList<>(List.of("compress", model, "-o", small, "--images", 4));
            arguments.addAll(List.of("--force", "--activations", "none", "--weights"));
            arguments.addAll(options);
            CommandRun.of(arguments.toArray()).ok();
            assertEquals(original, operators(optimized(small)), options::toString);
        }
    }

    /** Without the rewrites that depend on the processor. */
    private Graph optimized(Path model) throws IOException {
        Path file = folder.resolve("optimized.onnx");
        Network.of(model, NetworkOptions.DEFAULT.withOptimizedModel(file).withOptimization(Optimization.EXTENDED))
                .close();
        return OnnxReader.read(file);
    }

    private static Map<String, Integer> operators(Graph graph) {
        Map<String, Integer> counts = new TreeMap<>();
        graph.nodes().stream().map(Node::opType).forEach(type -> counts.merge(type, 1, Integer::sum));
        return counts;
    }
}
