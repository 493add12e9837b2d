package lathe.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SeveralModelsTest {

    @TempDir
    Path folder;

    private Path resnet;
    private Path mobilenet;
    private Path layerless;
    private Path absent;
    private Path small;

    @BeforeEach
    void writeFiles() throws IOException {
        resnet = CommandRun.testFile("fashion-resnet.onnx", folder);
        mobilenet = CommandRun.testFile("fashion-mobilenet.onnx", folder);
        layerless = CommandRun.testFile("odd/no-layer.onnx", folder);
        absent = folder.resolve("absent.onnx");
        small = Files.createDirectory(folder.resolve("small"));
    }

    @Tag("slow")
    @ParameterizedTest
    @ValueSource(ints = {1, 9})
    void compressesEachAsIfItWereAlone(int jobs) throws IOException {
        Path alone = folder.resolve("alone.onnx");
        CommandRun.of("compress", mobilenet, "-o", alone, "--images", 16).ok();
        CommandRun run = CommandRun.of("compress", resnet, mobilenet, "-o", small, "--images", 16, "--jobs", jobs)
                .ok();
        assertArrayEquals(Files.readAllBytes(alone), Files.readAllBytes(small.resolve("fashion-mobilenet.int8.onnx")));
        assertEquals(List.of("fashion-mobilenet.int8.onnx", "fashion-resnet.int8.onnx"), files(small));
        assertEquals("", run.err());
        List<String> lines = run.out().lines().toList();
        List<String> summary = lines.subList(lines.size() - 3, lines.size());
        assertTrue(summary.get(0).startsWith("model "), run::out);
        assertTrue(summary.get(1).startsWith(resnet + " ") && summary.get(1).contains("718 kB -> "), run::out);
        assertTrue(
                summary.get(2)
                        .endsWith(small.resolve("fashion-mobilenet.int8.onnx").toString()),
                run::out);
        assertTrue(
                lines.indexOf(resnet.toString()) < lines.indexOf(mobilenet.toString()),
                "each model has a block of lines, in order: " + run.out());
    }

    @Test
    void theSummaryTellsWhatVerifyFinds() throws IOException {
        JsonObject answer = CommandRun.of("compress", resnet, mobilenet, "--images", 4, "--json")
                .ok()
                .json();
        double told = answer.getAsJsonArray("models")
                .get(0)
                .getAsJsonObject()
                .get("signalToNoiseDb")
                .getAsDouble();
        JsonObject found = CommandRun.of(
                        "verify",
                        resnet,
                        folder.resolve("fashion-resnet.int8.onnx"),
                        "--seed",
                        3000,
                        "--seeds",
                        1,
                        "--images",
                        32,
                        "--json")
                .ok()
                .json()
                .getAsJsonArray("outputs")
                .get(0)
                .getAsJsonObject();
        assertEquals(found.get("signalToNoiseDb").getAsDouble(), told, 1e-9);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void oneThatFailsStopsNoOther(int jobs) throws IOException {
        CommandRun run = CommandRun.of(
                "compress", absent, mobilenet, layerless, "-o", small, "--images", 4, "--quiet", "--jobs", jobs);
        assertEquals(3, run.code(), "the worst of 2, 0 and 3");
        assertEquals("", run.out());
        List<String> lines = run.err().lines().toList();
        assertEquals(3, lines.size(), run::err);
        assertTrue(lines.get(0).startsWith("lathe: " + absent + ": no such file"), run::err);
        assertTrue(lines.get(1).startsWith("lathe: " + layerless + ": no Conv"), run::err);
        assertEquals("lathe: 2 of 3 models failed", lines.get(2));
        assertEquals(List.of("fashion-mobilenet.int8.onnx"), files(small));
    }

    @Test
    void theAnswerIsOneObject() {
        CommandRun run =
                CommandRun.of("compress", mobilenet, absent, "-o", small, "--images", 4, "--json", "--jobs", 2);
        assertEquals(2, run.code());
        JsonArray models = run.json().getAsJsonArray("models");
        JsonObject good = models.get(0).getAsJsonObject();
        assertTrue(good.get("error").isJsonNull());
        assertTrue(good.getAsJsonObject("result").get("bytesAfter").getAsLong() > 0);
        assertTrue(good.get("signalToNoiseDb").getAsDouble() > 10);
        JsonObject bad = models.get(1).getAsJsonObject();
        assertEquals(absent.toString(), bad.get("model").getAsString());
        assertTrue(bad.get("result").isJsonNull());
        assertEquals(2, bad.getAsJsonObject("error").get("exitCode").getAsInt());
        assertEquals(1, run.json().get("failed").getAsInt());
    }

    @Test
    void plansWriteNothing() throws IOException {
        CommandRun run = CommandRun.of("compress", resnet, layerless, mobilenet, "-o", small, "--dry-run");
        assertEquals(3, run.code());
        assertTrue(run.out().contains("failed: impossible"), run::out);
        assertEquals(List.of(), files(small));
    }

    @Test
    void aModelsWarningsNameIt() {
        CommandRun run = CommandRun.of("compress", resnet, mobilenet, "--dry-run", "--exclude", "*shortcut*")
                .ok();
        assertEquals("lathe: %s: no layer's name matches the excluded '*shortcut*'\n".formatted(mobilenet), run.err());
    }

    @Test
    void progressNamesTheModelsPlaceAndIsWiped() {
        CommandRun run = CommandRun.onTerminal("compress", resnet, mobilenet, "-o", small, "--images", 4)
                .ok();
        assertTrue(run.err().contains("\r1/2 solving layers"), run::err);
        assertTrue(run.err().contains("\r2/2 solving layers"), run::err);
        assertTrue(run.err().endsWith(" \r"), run::err);
        CommandRun atOnce = CommandRun.onTerminal(
                        "compress", resnet, mobilenet, "-o", small, "--images", 4, "--force", "--jobs", 2)
                .ok();
        assertTrue(atOnce.err().contains("compressing 2 models"), atOnce::err);
        assertFalse(atOnce.err().contains("solving"), atOnce::err);
        assertTrue(atOnce.err().endsWith(" \r"), atOnce::err);
    }

    private static List<String> files(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }
}
