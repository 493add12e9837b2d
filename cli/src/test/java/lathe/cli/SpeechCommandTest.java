package lathe.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A network that predicts how long its output is, and adds noise, as networks that speak do. */
class SpeechCommandTest {

    private static final int CHANNELS = 32;

    @TempDir
    private Path folder;

    @Test
    void keepsItsLengthsAndIsMeasuredWithTheSameNoiseEachTime() throws IOException {
        Path model = folder.resolve("speaker.onnx");
        OnnxWriter.write(speaker(), model);
        Path small = folder.resolve("small.onnx");
        Path again = folder.resolve("again.onnx");
        CommandRun run = CommandRun.of("compress", model, "-o", small, "--images", 16, "--threads", 1)
                .ok();
        CommandRun.of("compress", model, "-o", again, "--images", 16, "--threads", 3)
                .ok();
        assertEquals(-1, Files.mismatch(small, again), "the same bytes");
        assertTrue(run.err().contains("weights stay in FP32 for 'durations': they only decide sizes"), run.err());
        assertTrue(run.out().contains("it only decides sizes of other tensors"), run.out());
        Graph written = OnnxReader.read(Files.readAllBytes(small));
        assertArrayEquals(
                speaker().constant("d").orElseThrow().floats(),
                written.constant("d").orElseThrow().floats());
        CommandRun.of("verify", model, small, "--images", 8, "--min-snr", 25).ok();
    }

    /** Features with noise, as often as their mean says. */
    private static Graph speaker() {
        Random random = new Random(8);
        return new Graph(
                List.of(
                        node("Conv", "features", Map.of(), "x", "e"),
                        node("Conv", "durations", Map.of(), "x", "d"),
                        node("Softplus", "positive", Map.of(), "durations"),
                        node("ReduceMean", "mean", Map.of("keepdims", new Attribute.Int(0)), "positive"),
                        node("Ceil", "length", Map.of(), "mean"),
                        node("Cast", "times", Map.of("to", new Attribute.Int(ElementType.INT64.code())), "length"),
                        node("Reshape", "row", Map.of(), "times", "one"),
                        node("Concat", "repeats", Map.of("axis", new Attribute.Int(0)), "ones", "row"),
                        node("RandomNormalLike", "noise", Map.of("dtype", new Attribute.Int(1)), "features"),
                        node("Add", "noisy", Map.of(), "features", "noise"),
                        node("Conv", "spoken", Map.of(), "noisy", "o"),
                        node("Tile", "y", Map.of(), "spoken", "repeats")),
                List.of(
                        Initializer.ofLongs("one", new long[] {1}, 1),
                        Initializer.ofLongs("ones", new long[] {1, 1}, 2),
                        weights(random, "e", CHANNELS, 16, 3),
                        weights(random, "d", 1, 16, 1),
                        weights(random, "o", CHANNELS, CHANNELS, 3)),
                List.of(new Value(
                        "x",
                        ElementType.FLOAT,
                        Optional.of(List.of(Value.Dim.fixed(1), Value.Dim.fixed(16), Value.Dim.fixed(40))),
                        Optional.empty())),
                List.of(Value.ofFloat("y")),
                Map.of("", 13L),
                Map.of(),
                Map.of(),
                Optional.empty());
    }

    private static Node node(String opType, String output, Map<String, Attribute> attributes, String... inputs) {
        return Node.of(output, opType, List.of(inputs), List.of(output), attributes);
    }

    private static Initializer weights(Random random, String name, long... dims) {
        float[] values = new float[(int) (dims[0] * dims[1] * dims[2])];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (random.nextGaussian() / Math.sqrt((double) dims[1] * dims[2]));
        }
        return Initializer.ofFloats(name, values, dims);
    }
}
