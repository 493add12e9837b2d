package lathe.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import lathe.engine.graph.GraphEdit;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Node;
import lathe.engine.graph.Value;
import lathe.engine.onnx.OnnxReader;
import lathe.engine.onnx.OnnxWriter;
import lathe.engine.tensor.ElementType;
import lathe.testdata.TestData;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A process that is told to end by Ctrl-C or SIGTERM ends with the signal's exit code and leaves nothing behind. */
@Tag("slow")
class InterruptTest {

    /** Bytes that take long enough to write that a signal comes in between. */
    private static final int LARGE = 192 << 20;

    @TempDir
    Path folder;

    private Path output;
    private Path temporary;

    @BeforeEach
    void makeFolders() throws IOException {
        output = Files.createDirectory(folder.resolve("output"));
        temporary = Files.createDirectory(folder.resolve("temporary"));
    }

    private Process start(Path model) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx2g",
                "-Djava.io.tmpdir=" + temporary,
                "-Dlathe.terminal=true",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName()));
        command.addAll(List.of("compress", model.toString(), "--images", "4"));
        command.addAll(List.of("-o", output.resolve("small.onnx").toString()));
        return new ProcessBuilder(command)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    private static void signal(String name, Process process) throws IOException, InterruptedException {
        assertEquals(
                0,
                new ProcessBuilder("kill", "-" + name, String.valueOf(process.pid()))
                        .start()
                        .waitFor());
    }

    private static int end(Process process) throws InterruptedException {
        assertTrue(process.waitFor(1, TimeUnit.MINUTES), "still running a minute later");
        return process.exitValue();
    }

    /** Reads what the process draws until it comes to a stage. */
    private static void awaitStage(String stage, Process process) throws IOException {
        StringBuilder seen = new StringBuilder();
        InputStream drawn = process.getErrorStream();
        byte[] piece = new byte[1024];
        while (seen.indexOf(stage) < 0) {
            int read = drawn.read(piece);
            assertTrue(read > 0, () -> "ended before '" + stage + "': " + seen);
            seen.append(new String(piece, 0, read, StandardCharsets.UTF_8));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "making inputs, INT, 130",
        "making inputs, TERM, 143",
        "running the network, INT, 130",
        "solving layers, INT, 130",
        "solving layers, TERM, 143",
    })
    void atAnyStageItEndsAndLeavesNothing(String stage, String signal, int code)
            throws IOException, InterruptedException {
        Process process = start(CommandRun.testFile("fashion-resnet.onnx", folder));
        awaitStage(stage, process);
        signal(signal, process);
        assertEquals(code, end(process));
        assertEquals(List.of(), files(output));
        assertEquals(List.of(), files(temporary));
        String rest = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
        assertFalse(rest.contains("lathe:") || rest.contains("Exception"), rest);
    }

    @Test
    void beforeAnythingBeganToo() throws IOException, InterruptedException {
        Process process = start(CommandRun.testFile("fashion-resnet.onnx", folder));
        process.toHandle().info(); // it is there
        signal("TERM", process);
        assertEquals(143, end(process));
        assertEquals(List.of(), files(output));
    }

    /** The temporary file is there, and large: the signal comes while it is written, synced or renamed. */
    @ParameterizedTest
    @CsvSource({"INT, 130", "TERM, 143"})
    void whileTheModelIsWrittenItEndsWithNothingOrAllOfIt(String signal, int code)
            throws IOException, InterruptedException {
        Process process = start(largeModel());
        while (files(output).isEmpty()) {
            assertTrue(process.isAlive(), () -> "ended without a file: " + process.exitValue());
            Thread.sleep(1); // spinning takes a processor from what is waited for
        }
        signal(signal, process);
        assertEquals(code, end(process));
        assertTrue(files(output).isEmpty() || files(output).equals(List.of("small.onnx")), files(output)::toString);
        if (!files(output).isEmpty()) {
            assertTrue(Files.size(output.resolve("small.onnx")) > LARGE);
            OnnxReader.read(output.resolve("small.onnx"));
        }
    }

    /** A network with a table beside its layers that is carried along. */
    private Path largeModel() throws IOException {
        GraphEdit edit = OnnxReader.read(TestData.bytes("fashion-resnet.onnx")).edit();
        edit.put(Initializer.of("table", ElementType.INT8, List.of((long) LARGE), new byte[LARGE]));
        edit.put(Initializer.ofLongs("place", new long[] {1}, 1));
        edit.prepend(Node.of("", "Gather", List.of("table", "place"), List.of("entry"), Map.of()));
        edit.addOutput(
                new Value("entry", ElementType.INT8, Optional.of(List.of(Value.Dim.fixed(1))), Optional.empty()));
        Path model = folder.resolve("large.onnx");
        OnnxWriter.write(edit.build(), model);
        return model;
    }

    private static List<String> files(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }
}
