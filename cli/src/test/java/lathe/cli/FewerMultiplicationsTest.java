package lathe.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import lathe.engine.layer.Layers;
import lathe.engine.onnx.OnnxReader;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code lathe compress} with layers of low rank, fewer channels, and targets that take them. */
class FewerMultiplicationsTest {

    @TempDir
    Path folder;

    private CommandRun run(int images, Object... options) throws IOException {
        Path model = CommandRun.testFile("fashion-resnet.onnx", folder);
        List<Object> scaled = List.of(
                "compress",
                model,
                "-o",
                folder.resolve("small.onnx"),
                "--images",
                images,
                "--mean",
                0.286,
                "--std",
                0.353);
        return CommandRun.with(scaled, options);
    }

    private JsonObject compress(Object... options) throws IOException {
        return run(16, options).ok().json();
    }

    private static double shareOfMacs(JsonObject answer) {
        JsonObject costs = answer.getAsJsonObject("costs");
        return costs.getAsJsonObject("after").get("macs").getAsDouble()
                / costs.getAsJsonObject("before").get("macs").getAsDouble();
    }

    @ParameterizedTest
    @CsvSource({"float, 15", "8, 14", "6, 14"})
    void layersBecomeTwoAndAreQuantizedAsOthers(String weights, double least) throws IOException {
        Path small = folder.resolve("small.onnx");
        JsonObject answer = compress("--json", "--low-rank", "10%", "--weights", weights);
        assertTrue(answer.toString().contains("of low rank each"), answer::toString);
        assertTrue(CommandRun.decibels(answer) > least, () -> CommandRun.decibels(answer) + " dB");
        Path model = CommandRun.testFile("fashion-resnet.onnx", folder);
        int before = Layers.survey(OnnxReader.read(model)).layers().size();
        int after = answer.getAsJsonArray("layers").size();
        assertTrue(after > before, () -> before + " layers, then " + after);
        JsonObject verified = CommandRun.of("verify", model, small, "--layers", "--images", 8, "--json")
                .ok()
                .json();
        JsonArray reshaped = verified.getAsJsonArray("reshapedLayers");
        assertEquals(after - before, reshaped.size());
        assertEquals(2 * before - after, verified.getAsJsonArray("layers").size());
        JsonObject first = reshaped.get(0).getAsJsonObject();
        assertEquals(0, first.get("rank").getAsInt() % 8);
        assertEquals(first.get("outputsBefore"), first.get("outputsAfter"));
    }

    /** Layers stay bit by bit, so a second time there is nothing left to do; those with options of their own are pruned. */
    @Test
    void weightsInFloatAloneAreFolded() throws IOException {
        Path small = folder.resolve("small.onnx");
        JsonObject answer = run(4, "--weights", "float", "--json").ok().json();
        assertTrue(CommandRun.decibels(answer) > 60, () -> CommandRun.decibels(answer) + " dB");
        assertTrue(
                answer.get("bytesAfter").getAsLong() < answer.get("bytesBefore").getAsLong(), answer::toString);
        assertEquals(16, exact(answer));
        CommandRun again = CommandRun.of(
                "compress", small, "-o", folder.resolve("again.onnx"), "--weights", "float", "--images", 4);
        assertEquals(3, again.code());
        assertTrue(again.err().contains("the network gets no smaller"), again::err);

        Path config = folder.resolve("layers.yaml");
        Files.writeString(config, "layers: {'*/blocks.5/conv2/Conv': {sparsity: 0.5}}");
        JsonObject pruned = run(4, "--weights", "float", "--config", config, "--force", "--json")
                .ok()
                .json();
        assertEquals(15, exact(pruned));
    }

    private static long exact(JsonObject answer) {
        return answer.getAsJsonArray("layers").asList().stream()
                .map(JsonElement::getAsJsonObject)
                .filter(layer -> layer.get("error").getAsDouble() == 0)
                .filter(layer -> layer.get("bytesAfter").equals(layer.get("bytesBefore")))
                .count();
    }

    @Test
    void aNumberOfMultiplicationsIsKept() throws IOException {
        JsonObject answer = compress("--json", "--target-macs", "90%", "--weights", "float", "--device", "45nm");
        double share = shareOfMacs(answer);
        assertTrue(share <= 0.9 && share > 0.7, () -> share + " of the multiplications are left");
        assertTrue(CommandRun.decibels(answer) > 12, () -> CommandRun.decibels(answer) + " dB");
        assertTrue(answer.getAsJsonObject("provenance").toString().contains("target-macs: 90%"), answer::toString);
    }

    @Test
    void tooFewChannelsFailBeforeAnythingIsQuantized() throws IOException {
        CommandRun run = run(16, "--low-rank", "30%", "--weights", "float");
        assertEquals(1, run.code());
        assertTrue(run.err().contains("with --low-rank 30% the network has "), run::err);
        assertTrue(run.err().contains("so nothing was written; --low-rank 15% loses less"), run::err);
    }

    /** The share in the message is one that can be reached. */
    @ParameterizedTest
    @CsvSource({"--low-rank, 80%", "--prune-channels, 98%"})
    void sharesThatCannotBeReachedFail(String option, String share) throws IOException {
        CommandRun run = run(2, option, share, "--weights", "float");
        assertEquals(3, run.code());
        assertTrue(run.err().startsWith("lathe: %s %s cannot be reached: ".formatted(option, share)), run::err);
        String possible = run.err().replaceAll("(?s).*such as " + option + " ([0-9]+%), or give.*", "$1");
        CommandRun less = run(2, option, possible, "--weights", "float");
        assertEquals(1, less.code());
        assertTrue(less.err().contains("with %s %s the network has".formatted(option, possible)), less::err);
    }

    @ParameterizedTest
    @CsvSource({"--target-bops, 2.9%, 45nm, 1", "--target-latency, 48%, x86-vnni, 0"})
    @Tag("slow")
    void targetsThatBitsDoNotReachTakeMultiplicationsAway(String target, String most, String device, int code)
            throws IOException {
        CommandRun run = run(4, target, most, "--device", device, "--fallback", "none", "--json");
        assertEquals(code, run.code(), "1 where so few bits lose the network");
        assertTrue(run.err().contains("bits alone do not reach %s %s".formatted(target, most)), run::err);
        double left = shareOfMacs(run.json());
        assertTrue(left < 0.98 && left > 0.5, () -> left + " of the multiplications are left");
    }

    @Test
    void sharesOfChannelsAndRanksGoTogether() throws IOException {
        Path small = folder.resolve("small.onnx");
        JsonObject answer = compress(
                "--json", "--prune-channels", "5%", "--low-rank", "5%", "--weights", "float", "--fallback", "none");
        assertTrue(answer.toString().contains("of low rank each"), answer::toString);
        assertTrue(answer.toString().contains("pruned channels"), answer::toString);
        assertTrue(
                answer.getAsJsonArray("warnings")
                        .toString()
                        .contains("; --prune-channels 2.5% --low-rank 2.5% loses less"),
                answer::toString);
        assertEquals(1, OnnxReader.read(small).outputs().size());
        int narrower = 0;
        int factored = 0;
        for (JsonElement line : answer.getAsJsonArray("channels")) {
            JsonObject layer = line.getAsJsonObject();
            boolean fewer = less(layer, "inputs") || less(layer, "outputs");
            boolean two = !layer.get("rank").isJsonNull();
            assertTrue(fewer || two, layer::toString);
            assertEquals(two, answer.toString().contains(layer.get("name").getAsString() + "_second"));
            narrower += fewer ? 1 : 0;
            factored += two ? 1 : 0;
        }
        assertTrue(narrower > 1 && factored > 0, answer::toString);
    }

    private static boolean less(JsonObject layer, String channels) {
        return layer.get(channels + "After").getAsInt()
                < layer.get(channels + "Before").getAsInt();
    }
}
