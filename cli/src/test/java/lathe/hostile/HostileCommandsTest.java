package lathe.hostile;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * Whatever a file holds, {@code inspect} and {@code compress} end well: in a process of their own, since a file that makes
 * ONNX Runtime crash takes the process with it. Of {@value #CASES} files, or as many as
 * {@code -Dlathe.hostile.commands=N} says; {@code -Dlathe.hostile.first=N} begins with another seed.
 */
@Tag("hostile")
class HostileCommandsTest {

    private static final int CASES = 40;
    private static final int SECONDS = 120;

    /** What a model makes ONNX Runtime ask for beyond 3 GB is refused, as the launcher sees to. */
    private static final List<String> BOUNDED = List.of("sh", "-c", "ulimit -d 3145728; exec \"$0\" \"$@\"");

    private final List<String> failures = new ArrayList<>();

    @TempDir
    Path root;

    @Test
    void everyCommandEndsWell() throws Exception {
        long seed = Long.getLong("lathe.hostile.first", 0);
        long end = seed + Integer.getInteger("lathe.hostile.commands", CASES);
        while (seed < end) {
            seed = run(seed, end);
        }
        assertEquals("", String.join("\n", failures));
    }

    /** Runs cases until the process ends; gives the case to go on with. */
    private long run(long first, long end) throws IOException, InterruptedException {
        Process process = start(first, (int) (end - first));
        BlockingQueue<String> lines = linesOf(process);
        long seed = first;
        while (true) {
            String line = lines.poll(SECONDS, TimeUnit.SECONDS);
            if (line == null) {
                process.destroyForcibly().waitFor();
                failures.add("seed %d: still running after %d s".formatted(seed, SECONDS));
                return seed + 1;
            } else if (line.isEmpty()) {
                failures.add("seed %d: the process ended with %d".formatted(seed, process.waitFor()));
                return seed + 1;
            } else if (line.startsWith(CommandBatch.DONE)) {
                System.out.println("hostile commands: " + line);
                process.waitFor();
                return end;
            } else if (line.startsWith(CommandBatch.BEGIN)) {
                seed = Long.parseLong(line.substring(CommandBatch.BEGIN.length()));
            } else if (line.startsWith(CommandBatch.FAILED)) {
                failures.add("seed %d: %s".formatted(seed, line.replace('\t', '\n')));
            }
        }
    }

    private Process start(long first, int cases) throws IOException {
        Path folder = Files.createDirectory(root.resolve("from" + first));
        List<String> command = new ArrayList<>(OS.current() == OS.LINUX ? BOUNDED : List.of());
        command.addAll(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx1g",
                "-XX:-OmitStackTraceInFastThrow",
                "-XX:-CreateCoredumpOnCrash",
                "-XX:ErrorFile=" + folder.resolve("crash.log"),
                "-cp",
                System.getProperty("java.class.path"),
                CommandBatch.class.getName()));
        command.addAll(List.of(folder.toString(), Long.toString(first), Integer.toString(cases)));
        return new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    /** What a process says, line by line, and an empty line once it has ended. */
    private static BlockingQueue<String> linesOf(Process process) {
        BlockingQueue<String> lines = new LinkedBlockingQueue<>();
        Thread reader = new Thread(() -> {
            try (BufferedReader in =
                    new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
                in.lines().filter(line -> !line.isEmpty()).forEach(lines::add);
            } catch (IOException e) {
                lines.add(CommandBatch.FAILED + e);
            }
            lines.add("");
        });
        reader.setDaemon(true);
        reader.start();
        return lines;
    }
}
