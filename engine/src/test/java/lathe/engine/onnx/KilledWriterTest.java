package lathe.engine.onnx;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A real process that writes models is killed at random moments. {@code -Dlathe.kills=300} sets how often, over both
 * cases together.
 */
@Tag("slow")
class KilledWriterTest {

    private static final int KILLS = Integer.getInteger("lathe.kills", 20);
    private static final int LONGEST_DELAY_MICROS = 30_000;

    @TempDir
    Path folder;

    @ParameterizedTest
    @EnumSource
    void theTargetIsOneOfTheTwoModelsOrAbsent(WriteLoop.Place place, TestReporter reporter) throws Exception {
        List<byte[]> models = new ArrayList<>();
        List<byte[]> data = new ArrayList<>();
        for (int which = 0; which < 2; which++) {
            Path example =
                    Files.createDirectories(folder.resolve("example" + which)).resolve("m.onnx");
            place.write(WriteLoop.model(which), example);
            models.add(Files.readAllBytes(example));
            data.add(dataOf(example));
        }
        Random random = new Random(7);
        int whileWriting = 0;
        int absent = 0;
        for (int kill = 0; kill < KILLS / 2; kill++) {
            Path target = Files.createDirectories(folder.resolve("kill" + kill)).resolve("m.onnx");
            killWhileWriting(target, place, random.nextInt(LONGEST_DELAY_MICROS));
            whileWriting += leftovers(target).isEmpty() ? 0 : 1;
            absent += Files.exists(target) ? 0 : 1;
            if (Files.exists(target)) {
                int which = Files.size(target) == models.get(0).length ? 0 : 1;
                assertArrayEquals(models.get(which), Files.readAllBytes(target));
                assertArrayEquals(data.get(which), dataOf(target));
                assertEquals(ContentSeal.State.INTACT, ContentSeal.of(OnnxReader.read(target)));
            } else {
                assertEquals(WriteLoop.Place.OUTSIDE, place, "a single file is never absent");
            }
            place.write(WriteLoop.model(0), target);
            assertEquals(Set.of(), leftovers(target));
        }
        assertTrue(whileWriting > 0, "no kill fell into the writing");
        reporter.publishEntry(
                place.name(),
                "%d kills, %d while files were being written, target absent after %d"
                        .formatted(KILLS / 2, whileWriting, absent));
    }

    private static void killWhileWriting(Path target, WriteLoop.Place place, int delayMicros) throws Exception {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "-cp",
                        System.getProperty("java.class.path"),
                        WriteLoop.class.getName(),
                        target.toString(),
                        place.name())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (BufferedReader out = process.inputReader()) {
            assertEquals("ready", out.readLine());
            Thread.sleep(delayMicros / 1000, delayMicros % 1000 * 1000);
        } finally {
            process.destroyForcibly().waitFor();
        }
    }

    /** Everything else in the folder bears the name of a temporary file of one of the two targets. */
    private static Set<String> leftovers(Path target) throws IOException {
        Path data = target.resolveSibling(target.getFileName() + ".data");
        try (Stream<Path> files = Files.list(target.getParent())) {
            List<Path> others = files.filter(file -> !file.equals(target) && !file.equals(data))
                    .toList();
            others.forEach(file -> assertTrue(
                    TemporaryFile.isNamedFor(target, file) || TemporaryFile.isNamedFor(data, file), file::toString));
            return Set.copyOf(others.stream().map(Path::toString).toList());
        }
    }

    private static byte[] dataOf(Path model) throws IOException {
        Path data = model.resolveSibling(model.getFileName() + ".data");
        return Files.exists(data) ? Files.readAllBytes(data) : new byte[0];
    }
}
