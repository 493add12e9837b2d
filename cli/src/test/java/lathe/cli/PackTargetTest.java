package lathe.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import lathe.engine.graph.Graph;
import lathe.engine.onnx.OnnxReader;
import lathe.engine.tensor.ElementType;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code lathe pack} with a target: weights on the coded grid, in an archive. */
class PackTargetTest {

    @TempDir
    Path folder;

    private Path model;
    private Path archive;

    @BeforeEach
    void files() throws IOException {
        model = CommandRun.testFile("fashion-small.onnx", folder);
        archive = folder.resolve("small.lathe");
    }

    private CommandRun pack(Object... options) {
        List<Object> words = new ArrayList<>(List.of("pack", model, "-o", archive, "--force"));
        words.addAll(List.of("--images", 8, "--solver", "gptq", "--mean", "0.286", "--std", "0.353"));
        words.addAll(List.of(options));
        return CommandRun.of(words.toArray());
    }

    @Test
    void anArchiveIsAsLargeAsAskedForAndHoldsIntegers() throws IOException {
        JsonObject answer = pack("--target-size", "15kB", "--json").json();
        long bytes = Files.size(archive);
        assertTrue(bytes <= 15_000 && bytes >= 14_700, bytes + " bytes");
        assertEquals(bytes, answer.get("bytesAfter").getAsLong());
        assertEquals(Files.size(model), answer.get("bytesBefore").getAsLong());
        Path unpacked = folder.resolve("small.onnx");
        CommandRun.of("unpack", archive, "-o", unpacked).ok();
        Graph graph = OnnxReader.read(unpacked);
        assertTrue(graph.initializers().values().stream()
                .filter(tensor -> tensor.elements() > 1000)
                .allMatch(tensor -> tensor.type() == ElementType.INT8 || tensor.type() == ElementType.INT16));
        String recipe = graph.metadata().get("lathe.recipe");
        assertTrue(recipe.contains("weight-form: archive") && recipe.contains("subject to: {size: 15kB}"), recipe);
    }

    /** Packed integers of a width lose more in the same bytes, though the file is packed as well as it can be. */
    @Tag("slow")
    @Test
    void losesLessThanIntegersOfOneWidthInTheSameBytes() throws IOException {
        model = CommandRun.testFile("fashion-resnet.onnx", folder);
        Path plain = folder.resolve("plain.onnx");
        JsonObject equal = CommandRun.of(
                        "compress",
                        model,
                        "-o",
                        plain,
                        "--weights",
                        4,
                        "--fallback",
                        "none",
                        "--no-timing",
                        "--images",
                        8,
                        "--solver",
                        "gptq",
                        "--mean",
                        "0.286",
                        "--std",
                        "0.353",
                        "--weight-form",
                        "archive",
                        "--json")
                .json();
        long bytes = CommandRun.of("pack", plain, "-o", archive, "--json")
                .json()
                .get("bytesAfter")
                .getAsLong();
        JsonObject coded = pack("--target-size", bytes, "--json").json();
        assertTrue(
                CommandRun.decibels(coded) > CommandRun.decibels(equal) + 2,
                CommandRun.decibels(coded) + " dB, " + CommandRun.decibels(equal));
    }

    @Tag("slow")
    @Test
    void theSmallestArchiveThatKeepsAnSnr() throws IOException {
        JsonObject coarse = pack("--target-snr", 20, "--json").json();
        long small = Files.size(archive);
        JsonObject fine = pack("--target-snr", 30, "--json").json();
        assertTrue(
                CommandRun.decibels(coarse) >= 20 && CommandRun.decibels(coarse) < 23,
                CommandRun.decibels(coarse) + " dB");
        assertTrue(
                CommandRun.decibels(fine) >= 30 && CommandRun.decibels(fine) < 33, CommandRun.decibels(fine) + " dB");
        assertTrue(small < 0.8 * Files.size(archive), small + " bytes, " + Files.size(archive));
    }

    @Test
    void sameBytesForAnyNumberOfThreads() throws IOException {
        pack("--target-size", "18kB", "--threads", 1).ok();
        byte[] one = Files.readAllBytes(archive);
        pack("--target-size", "18kB", "--threads", 3).ok();
        assertArrayEquals(one, Files.readAllBytes(archive));
    }

    @Test
    void aDryRunTellsTheSizeAndWritesNothing() {
        JsonObject answer = pack("--target-size", "10%", "--dry-run", "--json").json();
        assertFalse(Files.exists(archive));
        assertTrue(
                answer.get("ratio").getAsDouble() >= 10 && answer.get("ratio").getAsDouble() < 10.2, answer::toString);
    }

    @Test
    void aSizeThatCannotBeReachedSaysTheLeast() {
        CommandRun run = pack("--target-size", "1kB");
        assertEquals(3, run.code());
        assertTrue(
                run.err().contains("--target-size 1kB (1.00 kB) cannot be reached: the smallest file has"), run::err);
        assertFalse(Files.exists(archive));
    }

    @Test
    void aQualityIsAnSnr() throws IOException {
        JsonObject quality = pack("--quality", "small", "--json").ok().json();
        byte[] one = Files.readAllBytes(archive);
        pack("--target-snr", 12).ok();
        assertArrayEquals(one, Files.readAllBytes(archive));
        assertTrue(CommandRun.decibels(quality) >= 12, quality::toString);
        CommandRun both = pack("--quality", "small", "--target-snr", 12);
        assertEquals(2, both.code());
        assertTrue(both.err().contains("--quality and --target-snr exclude each other"), both::err);
        CommandRun unknown = pack("--quality", "best");
        assertEquals(2, unknown.code());
        assertTrue(unknown.err().contains("--quality best: must be one of high, balanced, small"), unknown::err);
    }

    @Test
    void optionsOfTargetsNeedOne() {
        CommandRun run = pack();
        assertEquals(2, run.code());
        assertTrue(run.err().contains("--target-size, --target-snr or --quality"), run::err);
    }
}
