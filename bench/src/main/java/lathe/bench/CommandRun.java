package lathe.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * What one run of a command took and said.
 *
 * @param seconds wall-clock time, start of the process included
 * @param peakKilobytes peak memory as the kernel says, read until the process is gone; 0 where there is no /proc
 * @param output both output streams together
 */
record CommandRun(int exitCode, double seconds, long peakKilobytes, String output) {

    private static final int LOOK_EVERY_MILLISECONDS = 20;

    /** Runs a command and waits for its end. */
    static CommandRun of(List<String> command) throws IOException, InterruptedException {
        Path output = Files.createTempFile("lathe-bench", ".out");
        try {
            long start = System.nanoTime();
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile())
                    .start();
            long peak = 0;
            while (!process.waitFor(LOOK_EVERY_MILLISECONDS, TimeUnit.MILLISECONDS)) {
                peak = Math.max(peak, peakKilobytes(process.pid()));
            }
            double seconds = (System.nanoTime() - start) / 1e9;
            return new CommandRun(process.exitValue(), seconds, peak, Files.readString(output, StandardCharsets.UTF_8));
        } finally {
            Files.delete(output);
        }
    }

    private static long peakKilobytes(long pid) {
        try (Stream<String> lines = Files.lines(Path.of("/proc/" + pid + "/status"))) {
            return lines.filter(line -> line.startsWith("VmHWM:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                    .findFirst()
                    .orElse(0);
        } catch (IOException | UncheckedIOException gone) { // it may end while it is being read
            return 0;
        }
    }
}
