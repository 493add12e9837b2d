package lathe.engine.onnx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import lathe.engine.graph.Graph;
import lathe.engine.graph.TestGraph;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileReplacementTest {

    @TempDir
    Path folder;

    private static FileReplacement.Content text(String text) {
        return channel -> channel.write(StandardCharsets.UTF_8.encode(text));
    }

    private List<String> names() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void nothingChangesBeforeTheCommit() throws IOException {
        Path target = Files.writeString(folder.resolve("a"), "old");
        try (FileReplacement files = new FileReplacement()) {
            files.add(target, text("new"));
            files.add(folder.resolve("b"), text("other"));
            assertEquals("old", Files.readString(target));
            files.commit();
        }
        assertEquals("new", Files.readString(target));
        assertEquals(List.of("a", "b"), names());
    }

    @Test
    void withoutACommitNothingIsLeft() throws IOException {
        Path target = Files.writeString(folder.resolve("a"), "old");
        try (FileReplacement files = new FileReplacement()) {
            files.add(target, text("new"));
        }
        assertEquals("old", Files.readString(target));
        assertEquals(List.of("a"), names());
    }

    @Test
    void aFailureWhileWritingLeavesNothing() throws IOException {
        IOException failure = new IOException("disk full");
        try (FileReplacement files = new FileReplacement()) {
            IOException thrown = assertThrows(
                    IOException.class,
                    () -> files.add(folder.resolve("a"), channel -> {
                        channel.write(ByteBuffer.allocate(10));
                        throw failure;
                    }));
            assertEquals(failure, thrown.getCause());
            assertEquals(folder.resolve("a") + ": could not be written: disk full", thrown.getMessage());
        }
        assertEquals(List.of(), names());
    }

    @Test
    void whatAKilledProcessLeftBehindIsDeletedWithTheNextWrite() throws IOException {
        Files.writeString(folder.resolve(".a.lathe-0123456789abcdef.tmp"), "left behind");
        Files.writeString(folder.resolve(".b.lathe-0123456789abcdef.tmp"), "of another target");
        Files.writeString(folder.resolve(".a.tmp"), "somebody else's");
        try (FileReplacement files = new FileReplacement()) {
            files.add(folder.resolve("a"), text("new"));
            files.commit();
        }
        assertEquals(List.of(".a.tmp", ".b.lathe-0123456789abcdef.tmp", "a"), names());
    }

    @Test
    void aFileThatIsBeingWrittenIsNotTakenForALeftover() throws IOException {
        Path target = folder.resolve("a");
        try (FileReplacement first = new FileReplacement()) {
            first.add(target, text("first"));
            try (FileReplacement second = new FileReplacement()) {
                second.add(target, text("second"));
                second.commit();
            }
            assertEquals("second", Files.readString(target));
            first.commit();
        }
        assertEquals("first", Files.readString(target));
        assertEquals(List.of("a"), names());
    }

    @Test
    void severalFilesReplaceSeveral() throws IOException {
        Path data = Files.writeString(folder.resolve("a.data"), "old data");
        Path model = Files.writeString(folder.resolve("a"), "old");
        try (FileReplacement files = new FileReplacement()) {
            files.add(data, text("new data"));
            files.add(model, text("new"));
            files.commit();
        }
        assertEquals("new data", Files.readString(data));
        assertEquals("new", Files.readString(model));
        assertEquals(List.of("a", "a.data"), names());
    }

    /** The second of three written files vanishes, so that it cannot take its place. */
    @Test
    void aCommitThatFailsHalfWayPutsTheOldFilesBack() throws IOException {
        Path data = Files.writeString(folder.resolve("a.data"), "old data");
        Path model = folder.resolve("a");
        Path middle = Files.writeString(folder.resolve("a.more"), "old more");
        try (FileReplacement files = new FileReplacement()) {
            files.add(data, text("new data"));
            files.add(middle, text("new more"));
            files.add(model, text("new"));
            Files.writeString(model, "old");
            try (Stream<Path> written = Files.list(folder)) {
                Files.delete(
                        written.filter(file -> file.getFileName().toString().startsWith(".a.more.lathe-"))
                                .findFirst()
                                .orElseThrow());
            }
            assertThrows(NoSuchFileException.class, files::commit);
        }
        assertEquals("old data", Files.readString(data));
        assertEquals("old more", Files.readString(middle));
        assertEquals("old", Files.readString(model));
        assertEquals(List.of("a", "a.data", "a.more"), names());
    }

    @Test
    void placesThatCannotBeWrittenAreSaid() throws IOException {
        Graph graph = new TestGraph().node("Relu", "y", "x").build("y");
        Path missing = folder.resolve("none").resolve("m.onnx");
        assertThrows(NoSuchFileException.class, () -> OnnxWriter.write(graph, missing));
        assertThrows(FileSystemException.class, () -> OnnxWriter.write(graph, folder));
        assertThrows(IOException.class, () -> OnnxWriter.write(graph, Path.of("/")));
        assertEquals(List.of(), names());
    }

    @Test
    void aFileInTheCurrentFolder() throws IOException {
        Path relative = Path.of("").toAbsolutePath().relativize(folder.resolve("m.onnx"));
        OnnxWriter.write(new TestGraph().node("Relu", "y", "x").build("y"), relative);
        assertEquals(List.of("m.onnx"), names());
    }
}
