package lathe.conformance;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import lathe.cli.Main;
import lathe.engine.graph.Graph;
import lathe.engine.graph.UnsupportedModelException;
import lathe.engine.onnx.OnnxReader;
import lathe.engine.onnx.OnnxWriter;
import lathe.precondition.GraphPasses;
import lathe.synth.network.Network;
import lathe.synth.network.NetworkOptions;
import lathe.synth.network.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.io.TempDir;

/** Every model below the folder that {@code -Dlathe.nodeTests} names. What was found is counted and printed. */
@Tag("conformance")
class NodeModelsTest {

    private static final NetworkOptions RUNTIME = NetworkOptions.DEFAULT;

    /** Between a network and the same one rewritten, relative to one more than the value. */
    private static final double CLOSE = 1e-4;

    /** Between a layer and the same one with 8-bit weights, in dB. */
    private static final double EIGHT_BITS = 30;

    private final Map<String, Integer> counts = new TreeMap<>();
    private final List<String> failures = new ArrayList<>();
    private List<NodeModel> models;

    @TempDir
    Path folder;

    @BeforeEach
    void find() throws IOException {
        String named = System.getProperty("lathe.nodeTests");
        assertTrue(named != null, "say -Dlathe.nodeTests=FOLDER, the folder with the ONNX backend tests");
        models = NodeModel.below(Path.of(named));
        assertTrue(!models.isEmpty(), () -> "no model.onnx below " + named);
    }

    @AfterEach
    void sum(TestInfo test) {
        System.out.printf("%s: %,d models %s%n", test.getDisplayName(), models.size(), counts);
        assertEquals("", String.join("\n", failures));
    }

    private void count(String what) {
        counts.merge(what, 1, Integer::sum);
    }

    @Test
    void isWrittenByteForByteAsItWasRead() throws IOException {
        for (NodeModel model : models) {
            assertArrayEquals(model.bytes(), OnnxWriter.toBytes(OnnxReader.read(model.file())), model.name());
            count("same bytes");
        }
    }

    @Test
    void isInspected() {
        for (NodeModel model : models) {
            run(model, List.of(0), "inspect", model.file());
        }
    }

    @Test
    void isCompressedOrRefusedInALine() throws IOException {
        Path output = folder.resolve("small.onnx");
        for (NodeModel model : models) {
            run(model, List.of(0, 2, 3), "compress", model.file(), "-o", output, "--images", 2, "--threads", 1);
            Files.deleteIfExists(output);
        }
    }

    /** Of a raised operator set, BatchNormalization folded: in ONNX Runtime, on the model's own inputs. */
    @Test
    void givesTheSameOutputsOnceRewritten() throws IOException {
        for (NodeModel model : models) {
            Optional<Map<String, Tensor>> feeds = model.feeds();
            Optional<Map<String, Tensor>> expected = feeds.flatMap(fed -> repeatable(model, fed));
            if (expected.isEmpty()) {
                count(feeds.isEmpty() ? "no tensors of numbers" : "not run or not repeatable");
                continue;
            }
            for (long opset : List.of(13L, 18L, 21L, 25L)) {
                Optional<Graph> rewritten = rewritten(OnnxReader.read(model.file()), opset);
                count(rewritten.isPresent() ? "opset " + opset : "refused for opset " + opset);
                rewritten.ifPresent(graph -> compare(model, opset, graph, feeds.get(), expected.get()));
            }
        }
    }

    private Optional<Map<String, Tensor>> repeatable(NodeModel model, Map<String, Tensor> feeds) {
        try (Network network = Network.of(model.file(), RUNTIME)) {
            Map<String, Tensor> first = network.run(feeds);
            return distance(first, network.run(feeds)) == 0 ? Optional.of(first) : Optional.empty();
        } catch (UnsupportedModelException e) {
            return Optional.empty();
        }
    }

    private static Optional<Graph> rewritten(Graph graph, long opset) {
        try {
            Graph raised = GraphPasses.opsetRaise(opset).apply(graph).graph();
            return Optional.of(GraphPasses.batchNormFold().apply(raised).graph());
        } catch (UnsupportedModelException e) {
            return Optional.empty();
        }
    }

    private void compare(
            NodeModel model, long opset, Graph graph, Map<String, Tensor> feeds, Map<String, Tensor> expected) {
        try (Network network = Network.of(graph, RUNTIME)) {
            double distance = distance(expected, network.run(feeds));
            if (!(distance <= CLOSE)) {
                failures.add("%s, opset %d: outputs differ by %g".formatted(model.name(), opset, distance));
            }
        } catch (UnsupportedModelException e) {
            failures.add("%s, opset %d: %s".formatted(model.name(), opset, e.getMessage()));
        }
    }

    /** With what it gets beside its first input as constants, which makes layers of Convs and products. */
    @Test
    void withWeightsOfEightBitsGivesNearlyTheSameOutputs() throws IOException {
        Path file = folder.resolve("constants.onnx");
        Path output = folder.resolve("small.onnx");
        for (NodeModel model : models) {
            Optional<byte[]> constants = model.withConstants();
            Optional<Map<String, Tensor>> feeds = model.feeds();
            if (constants.isEmpty() || feeds.isEmpty()) {
                count("nothing to make constant");
                continue;
            }
            Files.write(file, constants.get());
            Object[] line = {"compress", file, "-o", output, "--activations", "none", "--images", 2, "--threads", 1};
            if (run(model, List.of(0, 2, 3), line) == 0) {
                double decibels = signalToNoise(outputs(file, feeds.get()), outputs(output, feeds.get()));
                if (!(decibels >= EIGHT_BITS)) {
                    failures.add("%s: %.1f dB".formatted(model.name(), decibels));
                }
                Files.delete(output);
            }
        }
    }

    private static Map<String, Tensor> outputs(Path file, Map<String, Tensor> feeds) {
        try (Network network = Network.of(file, RUNTIME)) {
            return network.run(feeds);
        }
    }

    /** Runs a command line, which must end with one of these codes, and in one line unless 0; gives the code. */
    private int run(NodeModel model, List<Integer> codes, Object... words) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        String[] line = Arrays.stream(words).map(Object::toString).toArray(String[]::new);
        int code = Main.run(stream(out), stream(err), false, line);
        String said = err.toString(StandardCharsets.UTF_8);
        if (!codes.contains(code) || (code != 0 && said.lines().count() != 1)) {
            failures.add("%s: exit code %d, %s".formatted(model.name(), code, said));
        }
        count("exit code " + code);
        return code;
    }

    private static PrintStream stream(ByteArrayOutputStream bytes) {
        return new PrintStream(bytes, true, StandardCharsets.UTF_8);
    }

    /** The largest difference of two numbers, relative to one more than the first; NaN and infinity equal themselves. */
    private static double distance(Map<String, Tensor> expected, Map<String, Tensor> actual) {
        double largest = expected.keySet().equals(actual.keySet()) ? 0 : Double.POSITIVE_INFINITY;
        for (Map.Entry<String, Tensor> output : expected.entrySet()) {
            float[] x = output.getValue().floats();
            Tensor other = actual.get(output.getKey());
            if (other == null || !Arrays.equals(output.getValue().dims(), other.dims())) {
                return Double.POSITIVE_INFINITY;
            }
            float[] y = other.floats();
            for (int i = 0; i < x.length; i++) {
                boolean same = Float.compare(x[i], y[i]) == 0 || x[i] == y[i];
                double difference = same ? 0 : Math.abs((double) x[i] - y[i]) / (1 + Math.abs((double) x[i]));
                largest = difference <= largest ? largest : difference;
            }
        }
        return largest;
    }

    private static double signalToNoise(Map<String, Tensor> expected, Map<String, Tensor> actual) {
        double signal = 0;
        double noise = 0;
        for (Map.Entry<String, Tensor> output : expected.entrySet()) {
            float[] x = output.getValue().floats();
            float[] y = actual.get(output.getKey()).floats();
            for (int i = 0; i < x.length; i++) {
                signal += (double) x[i] * x[i];
                noise += ((double) x[i] - y[i]) * ((double) x[i] - y[i]);
            }
        }
        return noise == 0 ? Double.POSITIVE_INFINITY : 10 * Math.log10(signal / noise);
    }
}
