package lathe.cli.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.Predicate;
import lathe.cli.CommandRun;
import lathe.engine.graph.Graph;
import lathe.engine.onnx.OnnxReader;
import lathe.synth.input.InputOptions;
import lathe.synth.input.InputPlan;
import lathe.synth.network.Network;
import lathe.synth.network.NetworkOptions;
import lathe.synth.network.NetworkOptions.Optimization;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NetworkWorkTest {

    @TempDir
    Path folder;

    private static List<NodeWork> work(Graph graph) {
        InputPlan plan = InputPlan.of(graph, InputOptions.DEFAULT);
        return NetworkWork.of(graph, NetworkWork.shapes(graph, plan.extents(), () -> plan.batch(0, 1)));
    }

    private static long count(List<NodeWork> work, Predicate<NodeWork> which) {
        return work.stream().filter(which).count();
    }

    /** What ONNX Runtime itself makes of the file, without the rewrites that depend on the processor. */
    private Graph optimized(Path model) throws IOException {
        Path file = folder.resolve("optimized.onnx");
        Network.of(model, NetworkOptions.DEFAULT.withOptimizedModel(file).withOptimization(Optimization.EXTENDED))
                .close();
        return OnnxReader.read(file);
    }

    private static long count(Graph graph, String... operators) {
        return graph.nodes().stream()
                .filter(node -> Set.of(operators).contains(node.opType()))
                .count();
    }

    /** In float, in integers, and in both, with conversions in between: the nodes that ONNX Runtime executes. */
    @ParameterizedTest
    @CsvSource({
        "fashion-resnet, --weights 4",
        "fashion-resnet, --weights 3",
        "fashion-resnet, --weights 8",
        "fashion-resnet, --weights 8 --exclude */conv2/*",
        "fashion-mobilenet, --weights 8",
        "fashion-mobilenet, --weights 8 --exclude *1*",
        "fashion-mobilenet-folded, --weights 8 --activations none"
    })
    void findsTheNodesThatAreExecuted(String name, String options) throws IOException {
        Path model = CommandRun.testFile(name + ".onnx", folder);
        Path small = folder.resolve("small.onnx");
        List<Object> words = new ArrayList<>(List.of("compress", model, "-o", small, "--images", 4, "--no-timing"));
        words.addAll(List.of(options.split(" ")));
        words.addAll(List.of("--mean", "0.286", "--std", "0.353", "--fallback", "none"));
        CommandRun.of(words.toArray()).ok();
        List<NodeWork> work = work(OnnxReader.read(small));
        Graph executed = optimized(small);
        Set<NodeKind> convolutions = Set.of(NodeKind.POINTWISE, NodeKind.CONVOLUTION, NodeKind.DEPTHWISE);
        assertEquals(
                count(executed, "QLinearConv"),
                count(work, node -> convolutions.contains(node.kind()) && node.integer()),
                "integer convolutions");
        assertEquals(
                count(executed, "Conv", "FusedConv"),
                count(work, node -> convolutions.contains(node.kind()) && !node.integer()),
                "float convolutions");
        assertEquals(
                count(executed, "QuantizeLinear"), count(work, node -> node.kind() == NodeKind.QUANTIZE), "to codes");
        assertEquals(
                count(executed, "DequantizeLinear"),
                count(work, node -> node.kind() == NodeKind.DEQUANTIZE),
                "to floats");
        assertEquals(0, count(work, node -> node.opType().equals("Clip")));
    }

    /** An inverted residual by hand: 8 channels of 10 x 10, expanded to 16, with a sum. */
    @Test
    void countsWhatNodesDo() {
        NetworkBuilder network = new NetworkBuilder(new Random(1), 1, 8, 10, 10);
        network.around(
                true,
                inside -> inside.convolution(16, 1, 1)
                        .clip()
                        .depthwise(3, 1)
                        .clip()
                        .convolution(8, 1, 1));
        List<NodeWork> work = work(network.build().graph());
        assertEquals(
                List.of(NodeKind.RUN, NodeKind.POINTWISE, NodeKind.DEPTHWISE, NodeKind.POINTWISE, NodeKind.SUM),
                work.stream().map(NodeWork::kind).toList());
        assertEquals(new NodeWork("", "", NodeKind.RUN, false, 0, 800, 800, 0, 0, 0, 0), work.get(0));
        NodeWork depthwise = work.get(2);
        assertEquals(1600 * 9, depthwise.macs());
        assertEquals(1600 * 9, depthwise.gathered());
        assertEquals(16 * 9 + 16, depthwise.weights());
        assertEquals(
                Map.of(
                        Feature.NODE, 1.0,
                        Feature.MAC, 800.0 * 16 * 2, // 8 channels are filled up to 16
                        Feature.READ, 1600.0,
                        Feature.WRITTEN, 1600.0,
                        Feature.WEIGHT, 136.0),
                work.get(3).features());
        assertTrue(count(work, NodeWork::integer) == 0);
    }
}
