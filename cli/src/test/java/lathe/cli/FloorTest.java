package lathe.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Node;
import lathe.engine.graph.Value;
import lathe.engine.onnx.OnnxReader;
import lathe.engine.onnx.OnnxWriter;
import lathe.engine.tensor.ElementType;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code compress} does with networks that its options wreck. */
class FloorTest {

    private static final int CHANNELS = 4;

    @TempDir
    Path folder;

    private Path model;
    private Path small;

    @BeforeEach
    void files() {
        model = folder.resolve("model.onnx");
        small = folder.resolve("small.onnx");
    }

    private CommandRun compress(Object... options) {
        List<Object> words = new ArrayList<>(List.of(
                "compress", model, "-o", small, "--force", "--no-timing", "--images", 8, "--input-range", "0,1"));
        words.addAll(List.of(options));
        return CommandRun.of(words.toArray());
    }

    /**
     * Two Convs over pictures. One channel between them is so loud that the codes of the others, which share its scale, are
     * all the same; it hardly counts behind the second Conv.
     */
    private static Graph loudChannel(Node... behind) {
        Random random = new Random(3);
        float[] first = new float[CHANNELS * 3 * 9];
        float[] second = new float[CHANNELS * CHANNELS * 9];
        for (int i = 0; i < first.length; i++) {
            first[i] = (float) random.nextGaussian() * (i < 27 ? 1e5f : 1);
        }
        for (int i = 0; i < second.length; i++) {
            second[i] = (float) random.nextGaussian() * (i / 9 % CHANNELS == 0 ? 1e-7f : 1);
        }
        List<Node> nodes = new ArrayList<>(List.of(conv("first", "x", "h"), conv("second", "h", "conv")));
        nodes.addAll(List.of(behind));
        String output = nodes.get(nodes.size() - 1).output();
        List<Value.Dim> dims =
                List.of(Value.Dim.dynamic("N"), Value.Dim.fixed(3), Value.Dim.fixed(32), Value.Dim.fixed(32));
        return new Graph(
                nodes,
                List.of(
                        Initializer.ofFloats("first", first, CHANNELS, 3, 3, 3),
                        Initializer.ofFloats("second", second, CHANNELS, CHANNELS, 3, 3),
                        Initializer.ofFloats("low", new float[] {-1e4f}, 1)),
                List.of(new Value("x", ElementType.FLOAT, Optional.of(dims), Optional.empty())),
                List.of(Value.ofFloat(output)),
                Map.of("", 13L),
                Map.of(),
                Map.of(),
                Optional.empty());
    }

    private static Node conv(String weights, String input, String output) {
        return Node.of(output, "Conv", List.of(input, weights), List.of(output), Map.of());
    }

    private static Node node(String type, String output, String... inputs) {
        return Node.of(output, type, Arrays.asList(inputs), List.of(output), Map.of());
    }

    private static JsonObject judged(JsonObject report) {
        return report.getAsJsonObject("fidelity")
                .getAsJsonArray("outputs")
                .get(0)
                .getAsJsonObject()
                .getAsJsonObject("judged");
    }

    private static long count(Path file, String operator) throws IOException {
        Graph graph = OnnxReader.read(file);
        return graph.nodes().stream().filter(node -> node.is(operator)).count();
    }

    @Test
    void activationsFallBackFirst() throws IOException {
        OnnxWriter.write(loudChannel(), model);
        JsonObject report = compress("--json").ok().json();
        JsonObject floor = report.getAsJsonObject("floor");
        assertTrue(floor.get("floatActivations").getAsBoolean(), report::toString);
        assertEquals(0, floor.getAsJsonArray("fallbacks").size(), report::toString);
        assertTrue(floor.get("atFirst").getAsString().contains("below the minimum of 10"), floor::toString);
        assertTrue(judged(report).get("signalToNoiseDb").getAsDouble() > 20, report::toString);
        assertEquals(0, count(small, "QuantizeLinear"));
        assertEquals("activations float", OnnxReader.read(small).metadata().get("lathe.fallbacks"));
        String text = compress().ok().out();
        assertTrue(text.contains("Fell back because output 'conv' has "), text);
        assertTrue(text.contains("real inputs were up to 10 dB worse"), text);
    }

    @Test
    void whoForbidsThatGetsTheFileAndExitCode1() throws IOException {
        OnnxWriter.write(loudChannel(), model);
        CommandRun run = compress("--fallback", "none", "--json");
        assertEquals(1, run.code(), run::err);
        assertTrue(run.err().contains("small.onnx: written although compression failed: output 'conv' has "), run::err);
        assertFalse(run.json()
                .getAsJsonObject("floor")
                .getAsJsonArray("gates")
                .get(0)
                .getAsJsonObject()
                .get("passed")
                .getAsBoolean());
        assertTrue(count(small, "QuantizeLinear") > 0);
    }

    @Test
    void thenLayersGetMoreBits() throws IOException {
        Path resnet = CommandRun.testFile("fashion-resnet.onnx", folder);
        Files.move(resnet, model);
        Object[] coarse = {
            "--weights", 2, "--ends", 2, "--asymmetric", false, "--solver", "nearest", "--activations", 4, "--json"
        };
        JsonObject report = compress(coarse).ok().json();
        JsonObject floor = report.getAsJsonObject("floor");
        assertTrue(floor.get("floatActivations").getAsBoolean(), floor::toString);
        assertTrue(floor.getAsJsonArray("fallbacks").size() > 0, floor::toString);
        for (JsonElement fallback : floor.getAsJsonArray("fallbacks")) {
            assertEquals(2, fallback.getAsJsonObject().get("fromBits").getAsInt());
        }
        assertTrue(judged(report).get("signalToNoiseDb").getAsDouble() >= 10, report::toString);
    }

    /** Few bits are what was asked for, and no wreck. */
    @Test
    void whatIsAboveTheFloorStaysAsItWasAskedFor() throws IOException {
        Path resnet = CommandRun.testFile("fashion-resnet.onnx", folder);
        Files.move(resnet, model);
        JsonObject report = compress("--weights", 3, "--json").ok().json();
        assertEquals("", report.getAsJsonObject("floor").get("atFirst").getAsString(), report::toString);
        assertEquals(
                0, report.getAsJsonObject("floor").getAsJsonArray("fallbacks").size());
    }

    /** The map is 0 on all inputs; in front of the Sigmoid there is something to judge, and it is wrecked. */
    @Test
    void aMapWithNothingOnItIsJudgedBeforeItsSigmoid() throws IOException {
        OnnxWriter.write(loudChannel(node("Add", "sum", "conv", "low"), node("Sigmoid", "map", "sum")), model);
        JsonObject report = compress("--fallback", "none", "--json").json();
        assertEquals("before its last Sigmoid", judged(report).get("part").getAsString(), report::toString);
        assertTrue(judged(report).get("determined").getAsBoolean());
    }

    /** Nothing tells how close a map of zeros is, and nothing falls back because of it. */
    @Test
    void nothingRestsOnAnUndeterminedOutput() throws IOException {
        OnnxWriter.write(loudChannel(node("Add", "sum", "conv", "low"), node("Relu", "map", "sum")), model);
        JsonObject report = compress("--json").ok().json();
        assertFalse(judged(report).get("determined").getAsBoolean(), report::toString);
        assertEquals(0, report.getAsJsonObject("floor").getAsJsonArray("gates").size());
        assertFalse(report.getAsJsonObject("floor").get("floatActivations").getAsBoolean());
        assertTrue(compress().ok().out().contains("undetermined: is 0 for all these inputs"));
    }

    @Test
    void severalModelsTellOfAWreck() throws IOException {
        OnnxWriter.write(loudChannel(), model);
        Path other = CommandRun.testFile("odd/conv1d.onnx", folder);
        Path out = Files.createDirectory(folder.resolve("out"));
        CommandRun run = CommandRun.of("compress", model, other, "-o", out, "--images", 2, "--fallback", "none");
        assertEquals(1, run.code(), run::err);
        assertTrue(run.err().contains("written although compression failed"), run::err);
    }
}
