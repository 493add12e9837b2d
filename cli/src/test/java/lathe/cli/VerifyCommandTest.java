package lathe.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Initializer;
import lathe.engine.onnx.OnnxReader;
import lathe.engine.onnx.OnnxWriter;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VerifyCommandTest {

    @TempDir
    Path folder;

    private Path model;
    private Path small;

    @BeforeEach
    void compress() throws IOException {
        model = CommandRun.testFile("fashion-mobilenet.onnx", folder);
        small = folder.resolve("small.onnx");
        CommandRun.of("compress", model, "-o", small, "--images", 8).ok();
    }

    private static CommandRun verify(Path original, Path compressed, Object... options) {
        List<Object> words = new ArrayList<>(List.of("verify", original, compressed, "--images", 8, "--seeds", 3));
        words.addAll(List.of(options));
        return CommandRun.of(words.toArray());
    }

    @Test
    void saysHowCloselyWithIntervalsAndTimes() {
        JsonObject answer = verify(model, small, "--json").ok().json();
        JsonObject logits = answer.getAsJsonArray("outputs").get(0).getAsJsonObject();
        double low = logits.get("signalToNoiseLowDb").getAsDouble();
        double mean = logits.get("signalToNoiseDb").getAsDouble();
        double high = logits.get("signalToNoiseHighDb").getAsDouble();
        assertTrue(15 < low && low < mean && mean < high, answer::toString);
        assertEquals(3, logits.getAsJsonArray("signalToNoiseDbBySeed").size());
        assertTrue(
                logits.get("top1AgreementLow").getAsDouble()
                        <= logits.get("top1Agreement").getAsDouble(),
                answer::toString);
        assertTrue(answer.getAsJsonObject("time").get("rounds").getAsInt() >= 5, answer::toString);
        assertTrue(answer.getAsJsonObject("time").get("originalMillis").getAsDouble() > 0, answer::toString);
        assertEquals(0, answer.getAsJsonArray("layers").size());
        assertTrue(answer.get("passed").getAsBoolean());
        String text = verify(model, small).ok().out();
        for (String said : List.of("95 %", "one thread, batch of 1", "from this original, and unchanged since")) {
            assertTrue(text.contains(said), text);
        }
    }

    @Test
    void givesTheSameFiguresForAnyNumberOfThreads() {
        assertEquals(
                verify(model, small, "--json", "--threads", 1).ok().json().get("outputs"),
                verify(model, small, "--json", "--threads", 2).ok().json().get("outputs"));
    }

    @Test
    void gatesThatHoldPass() {
        JsonObject answer = verify(
                        model, small, "--min-snr", 10, "--min-agreement", "50%", "--max-layer-error", 5, "--json")
                .ok()
                .json();
        int layers = answer.getAsJsonArray("layers").size();
        assertTrue(layers > 10, answer::toString);
        assertEquals(2 + layers, answer.getAsJsonArray("gates").size());
    }

    @Test
    void aGateThatFailsIsExitCode1AndOneLine() {
        CommandRun run = verify(model, small, "--min-snr", 100, "--max-layer-error", "0.00001");
        assertEquals(1, run.code());
        assertEquals(1, run.err().lines().count(), run::err);
        assertTrue(run.err().startsWith("lathe: gate failed: output 'logits' has "), run::err);
        assertTrue(run.err().contains("--max-layer-error"), run::err);
        assertTrue(run.out().contains("time of a run"), run::out);

        CommandRun json = verify(model, small, "--min-snr", 100, "--json");
        assertEquals(1, json.code());
        assertFalse(json.json().get("passed").getAsBoolean(), json::out);
        assertEquals(
                100,
                json.json()
                        .getAsJsonArray("gates")
                        .get(0)
                        .getAsJsonObject()
                        .get("limit")
                        .getAsDouble());
    }

    @Test
    void agreementThatSoFewInputsCannotShowIsRefused() {
        CommandRun run = verify(model, small, "--min-agreement", "0.98");
        assertEquals(2, run.code(), run::err);
        assertTrue(run.err().contains("24 inputs cannot show that, even if all agree; 189 are needed"), run::err);
    }

    @Test
    void anotherOriginalIsAFailure() throws IOException {
        Path other = CommandRun.testFile("fashion-mobilenet-folded.onnx", folder);
        CommandRun run = verify(other, small, "--json");
        assertEquals(1, run.code(), run::err);
        assertTrue(run.err().contains("fashion-mobilenet-folded.onnx is not the file that "), run::err);
        assertEquals(
                "other", run.json().getAsJsonObject("manifest").get("original").getAsString());
        assertEquals(
                "intact", run.json().getAsJsonObject("manifest").get("content").getAsString());
    }

    @Test
    void anEditedModelIsAFailure() throws IOException {
        OnnxWriter.write(
                OnnxReader.read(small).edit().metadata("author", "somebody").build(), small);
        CommandRun run = verify(model, small, "--json");
        assertEquals(1, run.code(), run::err);
        assertTrue(run.err().contains("small.onnx was edited or damaged after Lathe wrote it"), run::err);
        assertEquals(
                "same", run.json().getAsJsonObject("manifest").get("original").getAsString());
        assertEquals(
                "changed", run.json().getAsJsonObject("manifest").get("content").getAsString());
    }

    /** One bit of a weight, which no reader could notice. */
    @Test
    void aDamagedModelIsAFailure() throws IOException {
        byte[] bytes = Files.readAllBytes(small);
        bytes[bytes.length / 2] ^= 1;
        Files.write(small, bytes);
        CommandRun run = verify(model, small);
        assertEquals(1, run.code(), run::err);
        assertTrue(run.err().contains("edited or damaged"), run::err);
    }

    @Test
    void withoutAManifestThereIsANote() {
        CommandRun run = verify(model, model).ok();
        assertTrue(run.out().contains("has no Lathe manifest"), run::out);
        assertTrue(run.out().contains("exact"), run::out);
        JsonObject answer = verify(model, model, "--json").ok().json();
        assertEquals(
                "unknown", answer.getAsJsonObject("manifest").get("original").getAsString());
    }

    @Test
    void theOriginalsExternalDataBelongsToIt() throws IOException {
        String name = "odd/external/external-data.";
        Path original = CommandRun.testFile(name + "onnx", folder);
        Path data = CommandRun.testFile(name + "data", folder);
        Path out = folder.resolve("out.onnx");
        CommandRun.of("compress", original, "-o", out, "--images", 2).ok();
        verify(original, out).ok();
        flipAByte(data);
        CommandRun swapped = verify(original, out);
        assertEquals(1, swapped.code(), swapped::err);
        assertTrue(swapped.err().contains("external-data.onnx is not the file"), swapped::err);
    }

    /** The same network keeps other boxes with another threshold; its scores are compared all the same. */
    @Test
    void anOutputSizedByItsNumbersIsNamedAndTheOthersAreCompared() throws IOException {
        Path original = CommandRun.testFile("odd/outputs-sized-by-data.onnx", folder);
        Graph graph = OnnxReader.read(original);
        Initializer threshold = Initializer.ofFloats("threshold", new float[] {2}, 1);
        Path other = folder.resolve("other.onnx");
        OnnxWriter.write(graph.edit().put(threshold).build(), other);
        CommandRun run = verify(original, other).ok();
        assertTrue(run.out().contains("scores"), run::out);
        assertTrue(run.err().contains("output 'selected' was not compared"), run::err);
        Graph alone = OnnxReader.read(original);
        Path selected = folder.resolve("selected.onnx");
        OnnxWriter.write(alone.edit().outputs(List.of(alone.outputs().get(1))).build(), selected);
        CommandRun nothing = verify(selected, other);
        assertEquals(3, nothing.code());
        assertTrue(nothing.err().contains("no output can be compared"), nothing::err);
    }

    /** Case 12: that nothing can be said of the result does not keep it from being made. */
    @Test
    void aNetworkWithoutComparableOutputsIsCompressedAndSaysSo() throws IOException {
        Path original = CommandRun.testFile("inputs/only-output-sized-by-data.onnx", folder);
        Path out = folder.resolve("out.onnx");
        CommandRun run = CommandRun.of("compress", original, "-o", out).ok();
        assertTrue(run.err().contains("output 'sel' was not compared"), run::err);
        assertTrue(Files.size(out) > 0);
        assertEquals(
                3,
                CommandRun.of("compress", original, "-f", "-o", out, "--min-snr", 10)
                        .code());
    }

    /** Replaced, not overwritten: mapped bytes must not change. */
    private void flipAByte(Path file) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length / 2] ^= 1;
        Path changed = Files.write(folder.resolve("changed"), bytes);
        Files.move(changed, file, StandardCopyOption.REPLACE_EXISTING);
    }
}
