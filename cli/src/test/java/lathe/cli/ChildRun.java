package lathe.cli;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What one command line gave in a process of its own. */
record ChildRun(int code, String out, String err) {

    /**
     * Starts the command in another JVM.
     *
     * @param before what starts the JVM; empty to start it directly
     * @param flags of the JVM
     */
    static Process start(List<String> before, List<String> flags, Object... args) throws IOException {
        List<String> words = new ArrayList<>(before);
        words.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        words.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"));
        words.addAll(flags);
        words.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
        for (Object arg : args) {
            words.add(arg.toString());
        }
        return new ProcessBuilder(words).start();
    }

    /** Runs it to its end. What it prints fits the pipes. */
    static ChildRun of(List<String> before, List<String> flags, Object... args)
            throws IOException, InterruptedException {
        return of(start(before, flags, args));
    }

    /** Runs any other command to its end. */
    static ChildRun of(ProcessBuilder command) throws IOException, InterruptedException {
        return of(command.start());
    }

    private static ChildRun of(Process process) throws IOException, InterruptedException {
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        String err = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
        return new ChildRun(process.waitFor(), out, err);
    }
}
