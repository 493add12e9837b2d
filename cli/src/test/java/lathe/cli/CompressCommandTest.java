package lathe.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Initializer;
import lathe.engine.layer.Layer;
import lathe.engine.layer.Layers;
import lathe.engine.onnx.OnnxReader;
import lathe.engine.onnx.OnnxWriter;
import lathe.engine.tensor.ElementType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CompressCommandTest {

    @TempDir
    Path folder;

    @Test
    void writesBesideTheModelAndSaysWhatItDid() throws IOException {
        Path model = CommandRun.testFile("fashion-resnet.onnx", folder);
        byte[] original = Files.readAllBytes(model);
        String text = CommandRun.of("compress", model, "--images", 8).ok().out();
        Path output = folder.resolve("fashion-resnet.int8.onnx");
        assertTrue(Files.exists(output), text);
        assertArrayEquals(original, Files.readAllBytes(model));
        assertEquals(2, fileCount());
        for (String said : List.of("/stem/stem.0/Conv", "64x64x3x3", "718 kB -> ", "written to " + output, "image")) {
            assertTrue(text.contains(said), () -> said + " is missing in\n" + text);
        }
    }

    @Test
    void replacesAnOutputOnlyWithForce() throws IOException {
        Path model = CommandRun.testFile("odd/conv1d.onnx", folder);
        Path output = Files.writeString(folder.resolve("out.onnx"), "precious");
        assertEquals(2, CommandRun.of("compress", model, "-o", output).code());
        assertEquals("precious", Files.readString(output));
        CommandRun.of("compress", model, "-o", output, "--force").ok();
        assertTrue(Files.size(output) > 100);
        assertEquals(2, fileCount());
    }

    @Test
    void writesTheSameBytesEveryTimeAndForAnyNumberOfThreads() throws IOException {
        Path model = CommandRun.testFile("fashion-mobilenet.onnx", folder);
        byte[] once = compressed(model, "--images", 8, "--threads", 1);
        assertArrayEquals(once, compressed(model, "--images", 8, "--threads", 1));
        assertArrayEquals(once, compressed(model, "--images", 8, "--threads", 2));
        assertFalse(java.util.Arrays.equals(once, compressed(model, "--images", 8, "--seed", 1)));
    }

    private byte[] compressed(Path model, Object... options) throws IOException {
        Path output = folder.resolve("small.onnx");
        List<Object> words = new ArrayList<>(List.of("compress", model, "--force", "-o", output));
        words.addAll(List.of(options));
        CommandRun.of(words.toArray()).ok();
        return Files.readAllBytes(output);
    }

    @Test
    void leavesExcludedLayersAlone() throws IOException {
        Path model = CommandRun.testFile("fashion-resnet.onnx", folder);
        Path output = folder.resolve("out.onnx");
        JsonObject answer = CommandRun.of(
                        "compress",
                        model,
                        "-o",
                        output,
                        "--images",
                        8,
                        "--exclude",
                        "*classifier*",
                        "--exclude",
                        "/stem/*",
                        "--json")
                .ok()
                .json();
        List<String> left = names(answer, "left");
        assertEquals(List.of("/classifier/Gemm", "/stem/stem.0/Conv"), left); // the most bytes first
        assertEquals(14, answer.getAsJsonArray("layers").size());
        Graph graph = OnnxReader.read(output);
        assertEquals(
                ElementType.FLOAT,
                graph.nodes().stream()
                        .filter(node -> node.is("Gemm"))
                        .map(node -> graph.constant(node, 1).orElseThrow().type())
                        .findFirst()
                        .orElseThrow());
    }

    @Test
    void warnsOfAGlobThatMatchesNothing() throws IOException {
        Path model = CommandRun.testFile("odd/conv1d.onnx", folder);
        CommandRun run =
                CommandRun.of("compress", model, "--exclude", "nothing*").ok();
        assertTrue(run.err().contains("'nothing*'"), run::err);
    }

    @Test
    void answersWithOneJsonObject() throws IOException {
        Path model = CommandRun.testFile("fashion-resnet-folded.onnx", folder);
        CommandRun run = CommandRun.of("compress", model, "--json", "--images", 8, "--input-range", "0,1")
                .ok();
        JsonObject answer = run.json();
        assertEquals(Files.size(model), answer.get("bytesBefore").getAsLong());
        assertEquals(
                Files.size(Path.of(answer.get("output").getAsString())),
                answer.get("bytesAfter").getAsLong());
        assertEquals(16, answer.getAsJsonArray("layers").size());
        for (JsonElement layer : answer.getAsJsonArray("layers")) {
            double error = layer.getAsJsonObject().get("error").getAsDouble();
            assertTrue(error >= 0 && error < 0.01, layer::toString);
        }
        assertEquals(
                "8",
                answer.getAsJsonObject("provenance")
                        .getAsJsonObject("options")
                        .get("images")
                        .getAsString());
        assertTrue(answer.getAsJsonArray("assumptions").size() >= 1);
        assertEquals("", run.err());
    }

    @Test
    void saysNothingWhenQuiet() throws IOException {
        Path model = CommandRun.testFile("odd/conv1d.onnx", folder);
        CommandRun run = CommandRun.of("compress", model, "--quiet").ok();
        assertEquals("", run.out());
        assertEquals("", run.err());
    }

    @Test
    void showsProgressOnATerminalOnlyAndWipesIt() throws IOException {
        Path model = CommandRun.testFile("odd/conv-valid.onnx", folder);
        CommandRun run =
                CommandRun.onTerminal("compress", model, "--input-range", "0,1").ok();
        assertTrue(run.err().contains("solving layers"), run::err);
        assertTrue(run.err().endsWith(" \r"), run::err);
        assertFalse(run.err().contains("\n"), run::err);
        assertFalse(run.out().contains("solving"), run::out);
        assertEquals(
                "",
                CommandRun.of("compress", model, "--force", "--input-range", "0,1")
                        .ok()
                        .err());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--activations none",
                "--activation-range minmax",
                "--activation-range mse",
                "--solver nearest",
                "--effort high --refine-steps 3",
                "--synth noise",
                "--synth gaussian",
                "--input-range 0,1",
                "--mean 0.286 --std 0.353",
                "--input-shape image:1,1,28,28"
            })
    void everyWayGivesANetworkThatFollowsItsOriginal(String options) throws IOException {
        Path model = CommandRun.testFile("fashion-mobilenet.onnx", folder);
        Path output = folder.resolve("small.onnx");
        List<Object> words = new ArrayList<>(List.of("compress", model, "-o", output, "--images", 8));
        words.addAll(List.of(options.split(" ", -1)));
        CommandRun.of(words.toArray()).ok();
        JsonObject answer = CommandRun.of("verify", model, output, "--images", 8, "--json")
                .ok()
                .json();
        JsonObject logits = answer.getAsJsonArray("outputs").get(0).getAsJsonObject();
        boolean baseline = options.matches("--synth (noise|gaussian)"); // there to be beaten
        double least = baseline ? 4 : 15;
        assertTrue(logits.get("signalToNoiseDb").getAsDouble() > least, answer::toString);
    }

    private static List<String> names(JsonObject answer, String list) {
        return answer.getAsJsonArray(list).asList().stream()
                .map(entry -> entry.getAsJsonObject().get("name").getAsString())
                .toList();
    }

    private long fileCount() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.count();
        }
    }

    @Test
    void removesChannelsThatCarryNothing() throws IOException {
        Graph graph = OnnxReader.read(CommandRun.testFile("fashion-resnet-folded.onnx", folder));
        Layer layer = Layers.survey(graph).layers().stream()
                .filter(found -> found.name().equals("/blocks/blocks.0/conv1/Conv"))
                .findFirst()
                .orElseThrow();
        Path model = folder.resolve("dead.onnx");
        OnnxWriter.write(
                graph.edit()
                        .put(withoutFirstOutput(layer.weights(), layer.rows()))
                        .put(withoutFirstOutput(layer.bias().orElseThrow(), layer.rows()))
                        .build(),
                model);
        Path output = folder.resolve("small.onnx");
        String text = CommandRun.of(
                        "compress", model, "-o", output, "--images", 8, "--activations", "none", "--channel-block", 1)
                .ok()
                .out();
        assertTrue(text.contains("1 channel that carries nothing was removed"), text);
        List<Long> dims = Layers.survey(OnnxReader.read(model)).layers().stream()
                .filter(found -> found.name().equals(layer.name()))
                .findFirst()
                .orElseThrow()
                .weights()
                .dims();
        assertTrue(text.contains("%dx%dx3x3".formatted(dims.get(0) - 1, dims.get(1))), text);
        JsonObject answer = CommandRun.of("verify", model, output, "--images", 8, "--layers", "--json")
                .ok()
                .json();
        double decibels = answer.getAsJsonArray("outputs")
                .get(0)
                .getAsJsonObject()
                .get("signalToNoiseDb")
                .getAsDouble();
        assertTrue(decibels > 35, answer::toString);
        assertEquals(
                Layers.survey(graph).layers().size() - 2,
                answer.getAsJsonArray("layers").size());
        assertEquals("[]", answer.get("missingLayers").toString());
        JsonArray reshaped = answer.getAsJsonArray("reshapedLayers");
        assertEquals(
                "{'name':'%s','inputsBefore':%d,'inputsAfter':%2$d,'outputsBefore':%d,'outputsAfter':%d,'rank':null}"
                        .formatted(layer.name(), dims.get(1), dims.get(0), dims.get(0) - 1)
                        .replace('\'', '"'),
                reshaped.get(0).toString());
        JsonObject reader = reshaped.get(1).getAsJsonObject();
        assertEquals(dims.get(0) - 1, reader.get("inputsAfter").getAsLong());
        assertEquals(reader.get("outputsBefore"), reader.get("outputsAfter"));
    }

    private static Initializer withoutFirstOutput(Initializer constant, int outputs) {
        float[] values = constant.floats().clone();
        Arrays.fill(values, 0, values.length / outputs, 0);
        long[] dims = constant.dims().stream().mapToLong(Long::longValue).toArray();
        return Initializer.ofFloats(constant.name(), values, dims);
    }
}
