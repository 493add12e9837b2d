package lathe.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import lathe.engine.graph.Attribute;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Node;
import lathe.engine.graph.Value;
import lathe.engine.onnx.OnnxReader;
import lathe.engine.onnx.OnnxWriter;
import lathe.engine.tensor.ElementType;
import lathe.synth.network.Network;
import lathe.synth.network.NetworkOptions;
import lathe.synth.network.NetworkOptions.Optimization;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Weights of LSTM, GRU and RNN in a file: what they compute, and that nothing else is left of them at run time. */
class RecurrentCommandTest {

    @TempDir
    Path folder;

    /** What ONNX Runtime executes. */
    private List<String> executed(Path model) throws IOException {
        Path file = folder.resolve("optimized.onnx");
        Network.of(model, NetworkOptions.DEFAULT.withOptimizedModel(file).withOptimization(Optimization.EXTENDED))
                .close();
        return OnnxReader.read(file).nodes().stream().map(Node::opType).toList();
    }

    /** In every form that weights are written in, ONNX Runtime makes constants of them, the same as those of a plain file. */
    @ParameterizedTest
    @CsvSource({
        "recurrent-lstm, --weights 8, 35",
        "recurrent-gru, --weights 8, 35",
        "recurrent-rnn, --weights 8, 35",
        "recurrent-lstm, --weights 4 --ends 4 --block 16, 12",
        "recurrent-gru, --weights 3 --ends 3 --granularity tensor, 5",
        "recurrent-gru, --weights nf4 --ends 4 --weight-form dequantize --exclude *matmul*, 12",
        "recurrent-rnn, --weights float --sparsity 0.3, 5"
    })
    void runsAsTheOriginalWithWeightsThatFoldToThoseOfItsFloatForm(String name, String options, double least)
            throws IOException {
        Path model = CommandRun.testFile("odd/%s.onnx".formatted(name), folder);
        Path small = CommandRun.compressed(model, folder, (Object[]) options.split(" ", -1));
        assertEquals(executed(model), executed(small));
        Path floats = CommandRun.floats(small, folder);
        assertEquals(
                OnnxReader.read(model).nodes().size(),
                OnnxReader.read(floats).nodes().size());
        float[] expected = NoiseRun.output(model, 4, 9, 6);
        float[] actual = NoiseRun.output(small, 4, 9, 6);
        assertArrayEquals(NoiseRun.output(floats, 4, 9, 6), actual);
        double snr = NoiseRun.snr(expected, actual);
        assertTrue(snr >= least && snr < 80, () -> name + " " + options + ": " + snr);
        String layers = CommandRun.of("verify", model, small, "--layers").ok().out();
        assertTrue(layers.contains("recurrent/W") && layers.contains("recurrent/R"), layers);
    }

    /** An archive gives back the same file. */
    @Test
    void isPackedAndUnpacked() throws IOException {
        Path small = CommandRun.compressed(
                CommandRun.testFile("odd/recurrent-lstm.onnx", folder), folder, "--weight-form", "archive");
        Path archive = folder.resolve("small.lathe");
        Path again = folder.resolve("again.onnx");
        CommandRun.of("pack", small, "-o", archive).ok();
        CommandRun.of("unpack", archive, "-o", again).ok();
        assertArrayEquals(Files.readAllBytes(small), Files.readAllBytes(again));
    }

    /** The plan counts every byte; names, of which there are more in the whole file, may take a few. */
    @ParameterizedTest
    @CsvSource({"8, 1", "4, 2", "3, 2"})
    void theSizeIsKnownBefore(int bits, int directions) throws IOException {
        Path model = lstm(directions);
        JsonObject plan = CommandRun.of("compress", model, "--weights", bits, "--dry-run", "--json")
                .ok()
                .json();
        int size = (int) Files.size(CommandRun.compressed(model, folder, "--weights", bits, "--solver", "nearest"));
        assertEquals(size, plan.get("predictedBytes").getAsInt(), 0.002 * size);
    }

    /** 128 units behind correlated inputs, weights as PyTorch draws them; only the last states are read. */
    private Path lstm(int directions) throws IOException {
        Random random = new Random(3);
        long units = 128;
        Map<String, Attribute> attributes = Map.of(
                "hidden_size",
                new Attribute.Int(units),
                "direction",
                new Attribute.Text(directions == 2 ? "bidirectional" : "forward"));
        Graph graph = new Graph(
                List.of(
                        node("Transpose", Map.of("perm", new Attribute.Ints(List.of(1L, 0L, 2L))), "steps", "x"),
                        node("MatMul", Map.of(), "mixed", "steps", "m"),
                        Node.of("lstm", "LSTM", List.of("mixed", "w", "r", "b"), List.of("", "last"), attributes),
                        node("Transpose", Map.of("perm", new Attribute.Ints(List.of(1L, 0L, 2L))), "turned", "last"),
                        node("Flatten", Map.of(), "y", "turned")),
                List.of(
                        constant(random, "m", 0.3, 64, 64),
                        constant(random, "w", 0.15, directions, 4 * units, 64),
                        constant(random, "r", 0.15, directions, 4 * units, units),
                        constant(random, "b", 0.15, directions, 8 * units)),
                List.of(new Value(
                        "x",
                        ElementType.FLOAT,
                        Optional.of(List.of(Value.Dim.dynamic("N"), Value.Dim.fixed(12), Value.Dim.fixed(64))),
                        Optional.empty())),
                List.of(Value.ofFloat("y")),
                Map.of("", 18L),
                Map.of(),
                Map.of(),
                Optional.empty());
        Path file = folder.resolve("lstm.onnx");
        OnnxWriter.write(graph, file);
        return file;
    }

    private static Node node(String opType, Map<String, Attribute> attributes, String output, String... inputs) {
        return Node.of(output, opType, List.of(inputs), List.of(output), attributes);
    }

    private static Initializer constant(Random random, String name, double deviation, long... dims) {
        int size = 1;
        for (long dim : dims) {
            size *= (int) dim;
        }
        float[] values = new float[size];
        for (int i = 0; i < size; i++) {
            values[i] = (float) (deviation * random.nextGaussian());
        }
        return Initializer.ofFloats(name, values, dims);
    }
}
