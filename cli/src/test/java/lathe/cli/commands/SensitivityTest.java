package lathe.cli.commands;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import lathe.cli.CommandRun;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Node;
import lathe.engine.graph.Value;
import lathe.engine.onnx.OnnxWriter;
import lathe.engine.tensor.ElementType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** With a size as the target, bits go to layers whose damage reaches the outputs. */
class SensitivityTest {

    private static final int CHANNELS = 64;

    @TempDir
    Path folder;

    private static Initializer weights(String name, int seed, long... dims) {
        SplittableRandom random = new SplittableRandom(seed);
        int count = 1;
        for (long dim : dims) {
            count *= Math.toIntExact(dim);
        }
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) (random.nextDouble() - 0.5);
        }
        return Initializer.ofFloats(name, values, dims);
    }

    private static Initializer all(String name, float value, int count) {
        float[] values = new float[count];
        Arrays.fill(values, value);
        return Initializer.ofFloats(name, values, count);
    }

    private static Node node(String type, String output, String... inputs) {
        return Node.of(output, type, List.of(inputs), List.of(output), Map.of());
    }

    /** Two layers alike, the outputs of one of which are multiplied by 0.01 before the two are added. */
    private Path faintAndLoud() throws IOException {
        Graph graph = new Graph(
                List.of(
                        node("Conv", "faint", "x", "faint_w"),
                        node("BatchNormalization", "faint_n", "faint", "ones", "zeros", "zeros", "ones"),
                        node("Relu", "faint_relu", "faint_n"),
                        node("Mul", "fainter", "faint_relu", "hundredth"),
                        node("Conv", "loud", "x", "loud_w"),
                        node("BatchNormalization", "loud_n", "loud", "ones", "zeros", "zeros", "ones"),
                        node("Relu", "loud_relu", "loud_n"),
                        node("Add", "sum", "fainter", "loud_relu"),
                        node("Conv", "y", "sum", "last_w")),
                List.of(
                        weights("faint_w", 1, CHANNELS, 3, 5, 5),
                        weights("loud_w", 2, CHANNELS, 3, 5, 5),
                        weights("last_w", 3, 4, CHANNELS, 1, 1),
                        all("zeros", 0, CHANNELS),
                        all("ones", 1, CHANNELS),
                        all("hundredth", 0.01f, 1)),
                List.of(new Value(
                        "x",
                        ElementType.FLOAT,
                        Optional.of(List.of(
                                Value.Dim.fixed(1), Value.Dim.fixed(3), Value.Dim.fixed(24), Value.Dim.fixed(24))),
                        Optional.empty())),
                List.of(Value.ofFloat("y")),
                Map.of("", 17L),
                Map.of(),
                Map.of(),
                Optional.empty());
        Path file = folder.resolve("model.onnx");
        OnnxWriter.write(graph, file);
        return file;
    }

    @Test
    void aLayerThatHardlyReachesTheOutputsGetsFewerBits() throws IOException {
        Map<String, Integer> bits = new HashMap<>();
        for (JsonElement layer : CommandRun.of(
                        "compress",
                        faintAndLoud(),
                        "-o",
                        folder.resolve("small.onnx"),
                        "--json",
                        "--no-timing",
                        "--images",
                        8,
                        "--target-size",
                        "22%")
                .json()
                .getAsJsonArray("layers")) {
            bits.put(
                    layer.getAsJsonObject().get("name").getAsString(),
                    layer.getAsJsonObject().get("bits").getAsInt());
        }
        assertTrue(bits.get("faint") + 2 <= bits.get("loud"), bits::toString);
    }
}
