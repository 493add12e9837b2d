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
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GuardTest {

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
        List<Object> words = new ArrayList<>(List.of(
                "compress",
                model,
                "-o",
                small,
                "--force",
                "--no-timing",
                "--images",
                8,
                "--mean",
                "0.286",
                "--std",
                "0.353"));
        words.addAll(List.of(options));
        return CommandRun.of(words.toArray());
    }

    @Test
    void eightBitsPassAsTheyAre() {
        JsonObject guard = compress("--guard", "--json").ok().json().getAsJsonObject("guard");
        assertEquals(1, guard.get("checks").getAsInt());
        assertEquals(0, guard.getAsJsonArray("fallbacks").size());
        assertTrue(guard.getAsJsonArray("gates")
                .get(0)
                .getAsJsonObject()
                .get("passed")
                .getAsBoolean());
        assertTrue(compress("--guard").ok().out().contains("no layer fell back"));
    }

    /** What the report says of each layer is what stands in the file, and the independent check agrees. */
    @Test
    void twoBitsFallBackUntilTheGateHolds() throws IOException {
        JsonObject plain = compress("--weights", 2, "--json").ok().json();
        JsonObject answer =
                compress("--weights", 2, "--min-snr", 15, "--json").ok().json();
        String weak = "dB on fresh inputs, so some decisions will differ; --guard";
        assertTrue(plain.get("warnings").toString().contains(weak), plain::toString);
        assertFalse(answer.get("warnings").toString().contains(weak), answer::toString);
        JsonObject guard = answer.getAsJsonObject("guard");
        assertTrue(guard.getAsJsonArray("gates")
                        .get(0)
                        .getAsJsonObject()
                        .get("measured")
                        .getAsDouble()
                >= 15);
        Map<String, Integer> bits = new HashMap<>();
        for (JsonElement layer : answer.getAsJsonArray("layers")) {
            bits.put(
                    layer.getAsJsonObject().get("name").getAsString(),
                    layer.getAsJsonObject().get("bits").getAsInt());
        }
        assertTrue(guard.getAsJsonArray("fallbacks").size() > 0, guard::toString);
        for (JsonElement element : guard.getAsJsonArray("fallbacks")) {
            JsonObject fallback = element.getAsJsonObject();
            int to = fallback.get("toBits").getAsInt();
            assertTrue(fallback.get("fromBits").getAsInt() < to, guard::toString);
            assertEquals(to, bits.getOrDefault(fallback.get("layer").getAsString(), 32));
        }
        assertTrue(
                plain.get("bytesAfter").getAsLong() < answer.get("bytesAfter").getAsLong());
        assertTrue(
                answer.get("bytesAfter").getAsLong() < answer.get("bytesBefore").getAsLong());
        CommandRun.of("verify", model, small, "--min-snr", 15).ok();
    }

    @Tag("slow")
    @Test
    void theBytesAreTheSameForAnyNumberOfThreads() throws IOException {
        compress("--weights", 3, "--min-snr", 18, "--threads", 1).ok();
        byte[] once = Files.readAllBytes(small);
        compress("--weights", 3, "--min-snr", 18, "--threads", 2).ok();
        assertArrayEquals(once, Files.readAllBytes(small));
    }

    @Tag("slow")
    @Test
    void layersOverTheirLimitFallBackFirst() {
        JsonObject answer = compress("--weights", 3, "--max-layer-error", "0.5", "--json")
                .ok()
                .json();
        for (JsonElement verdict : answer.getAsJsonObject("guard").getAsJsonArray("gates")) {
            assertTrue(verdict.getAsJsonObject().get("measured").getAsDouble() <= 0.005, answer::toString);
        }
    }

    @Tag("slow")
    @Test
    void prunedLayersFallBackToFp32() {
        JsonObject answer = compress("--weights", "float", "--sparsity", "0.8", "--min-snr", 15, "--json")
                .ok()
                .json();
        int left = answer.getAsJsonArray("left").size();
        int fallbacks =
                answer.getAsJsonObject("guard").getAsJsonArray("fallbacks").size();
        assertTrue(fallbacks > 0, answer::toString);
        assertEquals(fallbacks, left);
    }

    @Test
    void nothingIsWrittenWhereOnlyFp32WouldPass() throws IOException {
        Files.writeString(small, "precious");
        CommandRun run = compress("--weights", 4, "--min-snr", 200, "--json");
        assertEquals(1, run.code(), run::err);
        assertTrue(run.err().contains("every layer would have to stay in FP32, so nothing was written"), run::err);
        assertEquals(1, run.err().lines().count(), run::err);
        assertEquals(
                "gate-failed", run.json().getAsJsonObject("error").get("kind").getAsString());
        assertEquals("precious", Files.readString(small));
        try (var files = Files.list(folder)) {
            assertEquals(2, files.count());
        }
    }

    @Test
    void withoutAGuardThereIsNone() {
        assertTrue(compress("--json").ok().json().get("guard").isJsonNull());
        assertFalse(compress().ok().out().contains("Guard\n"));
    }
}
