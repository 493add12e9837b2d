package lathe.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Node;
import lathe.engine.layer.Layer;
import lathe.engine.layer.Layers;
import lathe.engine.onnx.OnnxReader;
import lathe.engine.qdq.OrtTarget;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code lathe compress} with a target in place of bits, and {@code lathe sweep}. */
class TargetCommandTest {

    @TempDir
    Path folder;

    private Path model;
    private Path small;

    @BeforeEach
    void files() throws IOException {
        model = CommandRun.testFile("fashion-small.onnx", folder);
        small = folder.resolve("small.onnx");
    }

    private CommandRun compress(Object... options) {
        return run("compress", List.of("-o", small, "--force", "--no-timing"), options);
    }

    private CommandRun sweep(Object... options) {
        return run("sweep", List.of(), options);
    }

    private CommandRun run(String command, List<Object> first, Object... options) {
        List<Object> words = new ArrayList<>(List.of(command, model));
        words.addAll(first);
        words.addAll(List.of("--images", 8, "--solver", "gptq", "--mean", "0.286", "--std", "0.353"));
        words.addAll(List.of(options));
        return CommandRun.of(words.toArray());
    }

    private static Set<Integer> bits(JsonObject answer) {
        Set<Integer> bits = new HashSet<>();
        for (JsonElement layer : answer.getAsJsonArray("layers")) {
            bits.add(layer.getAsJsonObject().get("bits").getAsInt());
        }
        return bits;
    }

    @ParameterizedTest
    @ValueSource(strings = {"17000", "22kB", "18%"})
    void aSizeIsKeptAndUsed(String size) throws IOException {
        long bytes = size.endsWith("%") ? Files.size(model) * 18 / 100 : Long.parseLong(size.replace("kB", "000"));
        JsonObject answer = compress("--target-size", size, "--json").json();
        assertTrue(Files.size(small) <= bytes, Files.size(small) + " bytes");
        assertTrue(Files.size(small) >= 0.99 * bytes, Files.size(small) + " bytes");
        assertTrue(bits(answer).size() > 1, "layers differ: " + bits(answer));
        String recipe = OnnxReader.read(small).metadata().get("lathe.recipe");
        assertTrue(recipe.contains("subject to: {size: " + size + "}"), recipe);
        assertFalse(recipe.contains("weights:"), recipe);
        assertFalse(OnnxReader.read(small).metadata().containsKey("lathe.fallbacks"));
    }

    @Test
    void aTargetGivesTheSameBytesForAnyNumberOfThreads() throws IOException {
        compress("--target-size", "25kB", "--threads", 1).ok();
        byte[] one = Files.readAllBytes(small);
        compress("--target-size", "25kB", "--threads", 3).ok();
        assertArrayEquals(one, Files.readAllBytes(small));
    }

    /** The layers named are those whose next bits take most error away for their bytes; without a target, none is. */
    @Test
    void theNextByteGoesWhereItHelpsMost() {
        CommandRun run = compress("--target-size", "30kB", "--json").ok();
        Map<String, Double> gains = new HashMap<>();
        for (JsonElement element : run.json().getAsJsonArray("layers")) {
            JsonObject layer = element.getAsJsonObject();
            JsonObject next = layer.getAsJsonObject("next");
            assertTrue(next.get("bits").getAsInt() > layer.get("bits").getAsInt(), layer::toString);
            double gain = next.get("error").getAsDouble();
            assertTrue(gain > 0 && gain < 1, layer::toString);
            gains.put(layer.get("name").getAsString(), gain / next.get("bytes").getAsDouble());
        }
        List<String> most = gains.keySet().stream()
                .sorted(Comparator.comparing(gains::get).reversed())
                .limit(3)
                .toList();
        assertEquals(
                most,
                run.json().getAsJsonArray("nextByte").asList().stream()
                        .map(JsonElement::getAsString)
                        .toList());
        String text = compress("--target-size", "30kB").ok().out();
        assertTrue(text.contains("The next byte helps most in: " + String.join(", ", most) + "\n"), text);
        JsonObject plain = compress("--weights", 6, "--json").ok().json();
        assertEquals(0, plain.getAsJsonArray("nextByte").size());
        assertTrue(plain.getAsJsonArray("layers")
                .get(0)
                .getAsJsonObject()
                .get("next")
                .isJsonNull());
    }

    /** At the size of equal bits, other bits lose less on the synthetic inputs. */
    @Test
    void chosenBitsLoseLessThanEqualOnes() throws IOException {
        model = CommandRun.testFile("fashion-resnet.onnx", folder);
        JsonObject equal =
                compress("--weights", 4, "--fallback", "none", "--json").json();
        long bytes = Files.size(small);
        JsonObject chosen = compress("--target-size", bytes, "--json").json();
        assertTrue(
                CommandRun.decibels(chosen) > CommandRun.decibels(equal),
                CommandRun.decibels(chosen) + " dB, " + CommandRun.decibels(equal));
    }

    /** With high effort there are two allocations to take the better of; the file says how it was made. */
    @Test
    void highEffortLosesLessAtTheSameSize() throws IOException {
        model = CommandRun.testFile("fashion-resnet.onnx", folder);
        JsonObject normal = compress("--target-size", 80_000, "--json").ok().json();
        JsonObject high = compress("--target-size", 80_000, "--effort", "high", "--synth", "images", "--json")
                .ok()
                .json();
        assertTrue(Files.size(small) <= 80_000);
        assertTrue(
                CommandRun.decibels(high) > CommandRun.decibels(normal),
                CommandRun.decibels(high) + " dB, " + CommandRun.decibels(normal));
        byte[] bytes = Files.readAllBytes(small);
        CommandRun.of("compress", model, "-o", small, "--force", "--no-timing", "--config", copy(small))
                .ok();
        assertArrayEquals(bytes, Files.readAllBytes(small));
    }

    private Path copy(Path file) throws IOException {
        return Files.copy(file, folder.resolve("copy.onnx"));
    }

    @Test
    void aSizeBelowTheSmallestFileSaysWhichThatIs() throws IOException {
        CommandRun run = compress("--target-size", "5kB");
        assertEquals(3, run.code());
        assertTrue(run.err().contains("the smallest file has"), run.err());
        assertEquals(1, run.err().lines().count(), run.err());
        assertFalse(Files.exists(small));
    }

    @Test
    void theSmallestFileThatKeepsAnSnrKeepsIt() throws IOException {
        JsonObject answer = compress("--target-snr", 20, "--json").ok().json();
        assertTrue(CommandRun.decibels(answer) >= 20, "" + CommandRun.decibels(answer));
        long bytes = Files.size(small);
        JsonObject smaller =
                compress("--target-size", bytes * 93 / 100, "--json").json();
        assertTrue(CommandRun.decibels(smaller) < 20, CommandRun.decibels(smaller) + " dB in 7 % less");
    }

    @Test
    void anSnrOutOfReachSaysWhatIsReached() {
        CommandRun run = compress("--target-snr", 95);
        assertEquals(3, run.code());
        assertTrue(run.err().contains("with most bits in all layers"), run.err());
    }

    @Test
    void anSnrWithinASize() throws IOException {
        compress("--target-snr", 12, "--target-size", "50%").ok();
        assertTrue(Files.size(small) <= Files.size(model) / 2);
        CommandRun run = compress("--target-snr", 30, "--target-size", "20kB");
        assertEquals(3, run.code());
        assertTrue(run.err().contains("that keeps the SNR has"), run.err());
    }

    @ParameterizedTest
    @CsvSource({
        "--target-size, 12XB, must be a size",
        "--target-size, -5kB, must be a size",
        "--target-size, 0, must be a size",
        "--target-snr, many, must be a number of dB",
        "--target-snr, NaN, must be a number of dB",
        "--target-snr, 1000, must be a number of dB"
    })
    void aTargetThatIsNoneIsRejected(String option, String value, String message) {
        CommandRun run = compress(option + "=" + value);
        assertEquals(2, run.code());
        assertTrue(run.err().contains(message), run.err());
    }

    @ParameterizedTest
    @CsvSource({"--weights=4", "--ends=4", "--guard", "--min-snr=20", "--dry-run"})
    void whatSaysHowExcludesATarget(String other) {
        CommandRun run = compress("--target-size", "50%", other);
        assertEquals(2, run.code());
        assertTrue(run.err().contains("exclude each other"), run.err());
    }

    @Test
    void excludedLayersAndThoseOfTheFileKeepWhatTheyAreGiven() throws IOException {
        Path config = folder.resolve("options.yaml");
        Files.writeString(config, "weights: 4\nlayers:\n  '*conv1*':\n    weights: 7\n");
        JsonObject answer = compress("--target-size", "30%", "--exclude", "/classifier*", "--config", config, "--json")
                .json();
        assertTrue(Files.size(small) <= 0.3 * Files.size(model));
        for (JsonElement element : answer.getAsJsonArray("layers")) {
            JsonObject layer = element.getAsJsonObject();
            String name = layer.get("name").getAsString();
            assertTrue(!name.contains("conv1") || layer.get("bits").getAsInt() == 7, layer::toString);
            assertFalse(name.contains("classifier"), name);
        }
    }

    @Test
    void pruningAndATargetGoTogether() throws IOException {
        JsonObject answer =
                compress("--target-size", "12%", "--sparsity", "0.5", "--json").json();
        assertTrue(Files.size(small) <= 0.12 * Files.size(model));
        for (JsonElement layer : answer.getAsJsonArray("layers")) {
            assertTrue(layer.getAsJsonObject().get("sparsity").getAsDouble() > 0, layer::toString);
        }
    }

    /** Zeros are where 2:4 has them, bits what the target leaves. */
    @Test
    void twoOfFourAndATargetGoTogether() throws IOException {
        JsonObject answer = compress("--target-size", 27_000, "--sparsity", "2:4", "--weight-form", "cast", "--json")
                .json();
        assertTrue(Files.size(small) <= 27_000, Files.size(small) + " bytes");
        assertTrue(Files.size(small) >= 0.98 * 27_000, Files.size(small) + " bytes");
        assertTrue(bits(answer).size() > 1, "layers differ: " + bits(answer));
        Graph written = OnnxReader.read(small);
        for (Layer layer : Layers.survey(OnnxReader.read(model)).layers()) {
            Node node = written.nodes().stream()
                    .filter(other -> other.name().equals(layer.node().name()))
                    .findFirst()
                    .orElseThrow();
            float[] weights = OrtTarget.DEFAULT
                    .weights(written, node, layer.site())
                    .orElseThrow()
                    .floats();
            int cols = layer.cols();
            for (int row = 0; row < layer.rows(); row++) {
                int output = row;
                for (int from = 0; from + 4 <= cols; from += 4) {
                    long left = IntStream.range(from, from + 4)
                            .filter(col -> weights[layer.layout().index(output, col, cols)] != 0)
                            .count();
                    assertTrue(left <= 2, layer.name());
                }
            }
        }
    }

    /** Sizes rise, and so does the SNR but for noise; the command of a size makes a file of it. */
    @Test
    void aSweepShowsWhatEachSizeCosts() throws IOException {
        Path page = folder.resolve("curve.html");
        JsonObject curve = sweep("--points", 8, "--report", page, "--json").ok().json();
        List<JsonElement> points = curve.getAsJsonArray("points").asList();
        assertEquals(8, points.size());
        int measured = 0;
        for (int i = 1; i < points.size(); i++) {
            JsonObject before = points.get(i - 1).getAsJsonObject();
            JsonObject point = points.get(i).getAsJsonObject();
            assertTrue(point.get("bytes").getAsLong() > before.get("bytes").getAsLong());
            assertTrue(point.get("bits").getAsDouble() > before.get("bits").getAsDouble());
            assertTrue(point.get("signalToNoiseDb").getAsDouble()
                    > before.get("signalToNoiseDb").getAsDouble() - 1);
            measured += point.get("measured").getAsBoolean() ? 1 : 0;
        }
        assertTrue(measured >= 4, measured + " measured");
        JsonObject chosen = points.get(5).getAsJsonObject();
        String[] words = chosen.get("command").getAsString().split(" ");
        List<Object> command = new ArrayList<>(List.of(words).subList(1, words.length));
        command.addAll(List.of("-o", small));
        CommandRun.of(command.toArray());
        long bytes = chosen.get("bytes").getAsLong();
        assertTrue(Files.size(small) <= bytes && Files.size(small) >= 0.99 * bytes, chosen::toString);
        assertTrue(Files.readString(page).contains("\"points\""));
    }
}
