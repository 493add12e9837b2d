package lathe.engine.onnx;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The system refuses to write on, as it does on a full disk: a real process replaces a model, and none of its files may
 * pass so many blocks of 512 bytes.
 */
@Tag("slow")
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "has no limit of the size of a file")
class FullDiskTest {

    @TempDir
    Path folder;

    /** A program that writes the second model, and prints what went wrong. */
    static final class WriteOnce {
        private WriteOnce() {}

        /**
         * Writes once.
         *
         * @param args the target, and a {@link WriteLoop.Place} for its tensors
         */
        public static void main(String[] args) throws IOException {
            try {
                WriteLoop.Place.valueOf(args[1]).write(WriteLoop.model(1), Path.of(args[0]));
                System.out.print("written");
            } catch (FileSystemException e) {
                System.out.print(e.getMessage());
            }
        }
    }

    /** The second model has 1.6 MB of numbers. */
    @ParameterizedTest
    @CsvSource({"1, INSIDE", "100, INSIDE", "3000, INSIDE", "1, OUTSIDE", "100, OUTSIDE", "3000, OUTSIDE"})
    void theOldFilesStayAndNothingElse(int blocks, WriteLoop.Place place) throws Exception {
        Path target = folder.resolve("m.onnx");
        place.write(WriteLoop.model(0), target);
        List<String> names = names();
        byte[] model = Files.readAllBytes(target);
        String said = written(blocks, target, place);
        assertTrue(said.startsWith(folder.resolve("m.onnx").toString()), said);
        assertTrue(said.contains(": could not be written: "), said);
        assertEquals(names, names());
        assertArrayEquals(model, Files.readAllBytes(target));
        assertEquals(ContentSeal.State.INTACT, ContentSeal.of(OnnxReader.read(target)));
        assertEquals("written", written(1_000_000, target, place));
        assertEquals(names, names());
    }

    private static String written(int blocks, Path target, WriteLoop.Place place) throws Exception {
        List<String> words = new ArrayList<>(List.of("/bin/sh", "-c", "ulimit -f " + blocks + "; exec \"$@\"", "sh"));
        words.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        words.addAll(List.of("-XX:-UsePerfData", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"));
        words.addAll(List.of("-cp", System.getProperty("java.class.path"), WriteOnce.class.getName()));
        words.addAll(List.of(target.toString(), place.name()));
        Process process = new ProcessBuilder(words).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor(), said);
        return said;
    }

    private List<String> names() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }
}
