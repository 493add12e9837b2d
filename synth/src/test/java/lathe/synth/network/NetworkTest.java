package lathe.synth.network;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Node;
import lathe.engine.graph.UnsupportedModelException;
import lathe.engine.graph.Value;
import lathe.engine.tensor.ElementType;
import lathe.testdata.TestData;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NetworkTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "conv1d", "conv3d", "gemm-float64", "weights-float16", "input-side-index", "input-side-scalar",
                "shape-dynamic", "shape-fixed-batch", "outputs-several", "dropout", "if-own-weights", "loop"
            })
    void runsNetworksOfAllKindsTwiceWithEqualBits(String name) {
        try (Network network = Network.of(TestData.bytes("odd/" + name + ".onnx"), NetworkOptions.DEFAULT)) {
            Map<String, Tensor> feeds = feeds(network);
            Map<String, Tensor> first = network.run(feeds);
            Map<String, Tensor> second = network.run(feeds);
            assertEquals(network.outputs().stream().map(Value::name).toList(), List.copyOf(first.keySet()));
            for (String output : first.keySet()) {
                assertTrue(first.get(output).size() > 0, output);
                assertArrayEquals(first.get(output).floats(), second.get(output).floats(), output);
            }
        }
    }

    @Test
    void runsFromSeveralThreadsAtOnce() throws Exception {
        ExecutorService pool = Executors.newFixedThreadPool(4);
        try (Network network = Network.of(TestData.bytes("odd/conv-grouped.onnx"), NetworkOptions.DEFAULT)) {
            Map<String, Tensor> feeds = feeds(network);
            float[] expected = network.run(feeds).values().iterator().next().floats();
            List<Future<Map<String, Tensor>>> runs =
                    pool.invokeAll(java.util.Collections.nCopies(32, () -> network.run(feeds)));
            for (Future<Map<String, Tensor>> run : runs) {
                assertArrayEquals(expected, run.get().values().iterator().next().floats());
            }
        } finally {
            pool.shutdown();
        }
    }

    @Test
    void returnsOutputsInTheOrderAskedFor() {
        try (Network network = Network.of(TestData.bytes("odd/outputs-several.onnx"), NetworkOptions.DEFAULT)) {
            List<String> names = network.outputs().stream().map(Value::name).toList();
            List<String> backwards = List.of(names.get(2), names.get(0));
            assertEquals(
                    backwards,
                    List.copyOf(network.run(feeds(network), backwards).keySet()));
        }
    }

    @Test
    void refusalIsOneLineThatNamesTheRuntime() {
        UnsupportedModelException custom = assertThrows(
                UnsupportedModelException.class,
                () -> Network.of(TestData.bytes("odd/custom-operator.onnx"), NetworkOptions.DEFAULT));
        assertTrue(custom.getMessage().startsWith("ONNX Runtime cannot run this model: "), custom.getMessage());
        assertFalse(custom.getMessage().contains("\n"), custom.getMessage());
        assertFalse(custom.getMessage().contains("ORT_"), custom.getMessage());
        assertThrows(UnsupportedModelException.class, () -> Network.of(new byte[] {1, 2, 3}, NetworkOptions.DEFAULT));
    }

    @Test
    void wrongShapeIsRefusedWhenRunning() {
        try (Network network = Network.of(TestData.bytes("odd/conv-grouped.onnx"), NetworkOptions.DEFAULT)) {
            String input = network.inputs().get(0).name();
            Map<String, Tensor> feeds = Map.of(input, Tensor.of(new float[3], 1, 3));
            assertThrows(UnsupportedModelException.class, () -> network.run(feeds));
            assertThrows(IllegalArgumentException.class, () -> network.run(Map.of("nobody", Tensor.of(new float[1]))));
        }
    }

    @Test
    void writesTheOptimizedModelWhereAsked(@TempDir Path folder) throws IOException {
        Path model = folder.resolve("model.onnx");
        Files.write(model, TestData.bytes("odd/conv-same-upper.onnx"));
        Path optimized = folder.resolve("optimized.onnx");
        NetworkOptions options = NetworkOptions.DEFAULT
                .withOptimizedModel(optimized)
                .withOptimization(NetworkOptions.Optimization.EXTENDED);
        Network.of(model, options).close();
        assertTrue(new String(Files.readAllBytes(optimized), java.nio.charset.StandardCharsets.ISO_8859_1)
                .contains("FusedConv"));
    }

    @Test
    void tensorsCountTheirElements() {
        assertEquals(1, Tensor.of(new float[1]).size());
        assertThrows(IllegalArgumentException.class, () -> Tensor.of(new float[5], 2, 3));
    }

    /** Noise for image-like inputs, zeros for integers; dynamic axes get 2, then 16. */
    static Map<String, Tensor> feeds(Network network) {
        Map<String, Tensor> feeds = new HashMap<>();
        for (Value input : network.inputs()) {
            List<Value.Dim> axes = input.dims().orElseThrow();
            long[] dims = new long[axes.size()];
            for (int axis = 0; axis < dims.length; axis++) {
                dims[axis] = axes.get(axis).extent().orElse(axis == 0 ? 2 : 16);
            }
            float[] values = new float[(int) Tensor.elements(dims)];
            if (input.type() != ElementType.INT64) {
                SplittableRandom random = new SplittableRandom(7);
                for (int i = 0; i < values.length; i++) {
                    values[i] = (float) random.nextDouble(-1, 1);
                }
            }
            feeds.put(input.name(), Tensor.of(values, dims));
        }
        return feeds;
    }

    @ParameterizedTest
    @ValueSource(strings = {"\ud83d\ude00", "a\u0000b"})
    void namesThatTheRuntimeWouldChangeAreRefused(String name) {
        Graph graph = new Graph(
                List.of(Node.of("relu", "Relu", List.of(name), List.of("y"), Map.of())),
                List.of(),
                List.of(Value.ofFloat(name)),
                List.of(Value.ofFloat("y")),
                Map.of("", 13L),
                Map.of(),
                Map.of(),
                Optional.empty());
        UnsupportedModelException refused =
                assertThrows(UnsupportedModelException.class, () -> Network.of(graph, NetworkOptions.DEFAULT));
        assertTrue(refused.getMessage().contains("rename it"), refused.getMessage());
    }
}
