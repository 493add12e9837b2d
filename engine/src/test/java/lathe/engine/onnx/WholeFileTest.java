package lathe.engine.onnx;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WholeFileTest {

    @TempDir
    Path folder;

    private List<Path> files() throws IOException {
        try (Stream<Path> found = Files.list(folder)) {
            return found.toList();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 1 << 20})
    void writesAndReplaces(int size) throws IOException {
        Path file = Files.writeString(folder.resolve("a.html"), "old");
        byte[] content = new byte[size];
        new Random(size).nextBytes(content);
        WholeFile.write(file, content);
        assertArrayEquals(content, Files.readAllBytes(file));
        assertEquals(List.of(file), files());
    }

    @Test
    void saysThatTheFolderIsMissing() {
        Path file = folder.resolve("nowhere").resolve("a.html");
        NoSuchFileException failure = assertThrows(NoSuchFileException.class, () -> WholeFile.write(file, new byte[1]));
        assertEquals(folder.resolve("nowhere").toString(), failure.getFile());
    }

    @Test
    void leavesAFolderThatIsInTheWay() throws IOException {
        Path taken = Files.createDirectory(folder.resolve("a.html"));
        assertThrows(FileSystemException.class, () -> WholeFile.write(taken, new byte[1]));
        assertTrue(Files.isDirectory(taken));
        assertEquals(List.of(taken), files());
    }

    @Test
    void refusesWhatIsNoFileName() {
        assertThrows(IOException.class, () -> WholeFile.write(Path.of("/"), new byte[1]));
    }
}
