package lathe.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.io.TempDir;

/**
 * The whole command, killed at random moments, most of them around its end. {@code -Dlathe.command.kills=30} sets how
 * often.
 */
@Tag("slow")
class KilledCommandTest {

    private static final int KILLS = Integer.getInteger("lathe.command.kills", 3);

    @TempDir
    Path folder;

    @Test
    void theOutputIsTheOldFileOrTheNewOne(TestReporter reporter) throws Exception {
        Path model = CommandRun.testFile("fashion-mobilenet.onnx", folder);
        byte[] input = Files.readAllBytes(model);
        Path output = Files.createDirectory(folder.resolve("out")).resolve("small.onnx");
        long start = System.nanoTime();
        assertEquals(0, command(model, output).waitFor());
        long nanos = System.nanoTime() - start;
        byte[] complete = Files.readAllBytes(output);
        byte[] old = "old".getBytes(StandardCharsets.UTF_8);

        Random random = new Random(11);
        int replaced = 0;
        for (int kill = 0; kill < KILLS; kill++) {
            Files.write(output, old);
            Process process = command(model, output);
            double share = kill % 3 == 0 ? random.nextDouble() : 0.8 + 0.3 * random.nextDouble();
            process.waitFor((long) (share * nanos), TimeUnit.NANOSECONDS);
            process.destroyForcibly().waitFor();
            byte[] found = Files.readAllBytes(output);
            boolean isOld = found.length == old.length;
            assertArrayEquals(isOld ? old : complete, found);
            replaced += isOld ? 0 : 1;
            try (Stream<Path> files = Files.list(output.getParent())) {
                List<String> others = files.map(file -> file.getFileName().toString())
                        .filter(name -> !name.equals("small.onnx"))
                        .toList();
                assertTrue(
                        others.stream().allMatch(name -> name.matches("\\.small\\.onnx\\.lathe-[0-9a-f]{16}\\.tmp")),
                        others::toString);
            }
        }
        assertArrayEquals(input, Files.readAllBytes(model));
        CommandRun.of("compress", model, "-o", output, "--force", "--images", 2).ok();
        assertArrayEquals(complete, Files.readAllBytes(output));
        try (Stream<Path> files = Files.list(output.getParent())) {
            assertEquals(1, files.count());
        }
        reporter.publishEntry("command", "%d kills, %d after the output was in place".formatted(KILLS, replaced));
    }

    private static Process command(Path model, Path output) throws Exception {
        return ChildRun.start(
                List.of(), List.of(), "compress", model, "-o", output, "--force", "--images", 2, "--quiet");
    }
}
