package lathe.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import lathe.cli.models.ModelFiles;
import lathe.cli.shell.CommandException;
import lathe.engine.graph.Graph;
import lathe.engine.onnx.OnnxReader;
import lathe.testdata.TestData;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The world goes wrong under a running command: one clear line, nothing lost, nothing left. */
class FaultsTest {

    @TempDir
    Path folder;

    private List<String> files() throws IOException {
        try (Stream<Path> found = Files.list(folder)) {
            return found.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void tooLittleMemoryNamesTheOptionsThatHelp() throws Exception {
        Path model = CommandRun.testFile("fashion-resnet.onnx", folder);
        ChildRun run = ChildRun.of(List.of(), List.of("-Xmx20m"), "compress", model);
        assertEquals(3, run.code(), run::err);
        for (String option : List.of("out of memory", "--images", "--threads", "--max-memory")) {
            assertTrue(run.err().contains(option), run::err);
        }
        assertEquals(List.of("fashion-resnet.onnx"), files());
    }

    /** Somebody saves the model again while it is compressed: the moment it shows that it solves layers. */
    @Test
    void aModelThatChangesMeanwhileGivesNoOutput() throws IOException {
        Path model = CommandRun.testFile("fashion-mobilenet.onnx", folder);
        byte[] changed = TestData.bytes("fashion-mobilenet.onnx");
        changed[changed.length / 2] ^= 1;
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        OutputStream watching = new OutputStream() {
            @Override
            public void write(int b) throws IOException {
                err.write(b);
                if (err.toString(StandardCharsets.UTF_8).endsWith("solving layers")) {
                    Files.write(model, changed);
                }
            }
        };
        int code = Main.run(
                new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8),
                new PrintStream(watching, true, StandardCharsets.UTF_8),
                true,
                "compress",
                model.toString(),
                "--images",
                "2");
        String said = err.toString(StandardCharsets.UTF_8);
        assertEquals(3, code, said);
        assertTrue(said.contains("fashion-mobilenet.onnx: changed while it was being compressed"), said);
        assertEquals(List.of("fashion-mobilenet.onnx"), files());
    }

    @Test
    void everyChangeOfTheFilesIsSeen() throws IOException {
        Path model = CommandRun.testFile("odd/external/external-data.onnx", folder);
        Path data = CommandRun.testFile("odd/external/external-data.data", folder);
        Graph read = OnnxReader.read(model);
        ModelFiles.checkUnchanged(model, read);
        Path same = Files.move(data, folder.resolve("same"));
        assertThrows(CommandException.class, () -> ModelFiles.checkUnchanged(model, read));
        byte[] bytes = Files.readAllBytes(same);
        Files.write(data, Arrays.copyOf(bytes, bytes.length / 2));
        assertThrows(CommandException.class, () -> ModelFiles.checkUnchanged(model, read));
        bytes[bytes.length / 2] ^= 1;
        Files.write(data, bytes);
        assertThrows(CommandException.class, () -> ModelFiles.checkUnchanged(model, read));
        bytes[bytes.length / 2] ^= 1;
        Files.write(data, bytes);
        ModelFiles.checkUnchanged(model, read);
        Files.delete(model);
        assertThrows(CommandException.class, () -> ModelFiles.checkUnchanged(model, read));
    }

    /** A folder that nobody, not even root, can write to. */
    @Test
    void aFolderThatMayNotBeWrittenTo() throws IOException {
        Path model = CommandRun.testFile("odd/conv1d.onnx", folder);
        Path closed = Path.of("/proc/self");
        Path output = Files.isDirectory(closed)
                ? closed.resolve("out.onnx")
                : closedFolder().resolve("out.onnx");
        CommandRun run = CommandRun.of("compress", model, "-o", output);
        assertTrue(run.code() == 2 || run.code() == 3, run::err);
        assertEquals(1, run.err().lines().count(), run::err);
        assertTrue(run.err().contains("out.onnx"), run::err);
    }

    private Path closedFolder() throws IOException {
        Path closed = Files.createDirectory(folder.resolve("closed"));
        assertTrue(closed.toFile().setWritable(false));
        return closed;
    }
}
