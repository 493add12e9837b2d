package lathe.synth.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TemporaryFoldersTest {

    @TempDir
    Path temporary;

    @Test
    void goesWithItsFiles() throws IOException {
        Path folder = TemporaryFolders.create();
        Files.writeString(folder.resolve("model.onnx"), "large");
        TemporaryFolders.delete(folder);
        assertFalse(Files.exists(folder));
        TemporaryFolders.delete(folder); // once more does no harm
    }

    @ParameterizedTest
    @CsvSource({"INT, 130", "TERM, 143"})
    void goesWhenTheProcessIsToldToEnd(String signal, int code) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Djava.io.tmpdir=" + temporary,
                        "-cp",
                        System.getProperty("java.class.path"),
                        Waiting.class.getName())
                .redirectErrorStream(true)
                .start();
        try (BufferedReader said = process.inputReader()) {
            Path folder = Path.of(said.readLine());
            assertTrue(Files.exists(folder.resolve("model.onnx")));
            new ProcessBuilder("kill", "-" + signal, String.valueOf(process.pid()))
                    .start()
                    .waitFor();
            assertEquals(code, process.waitFor());
            assertFalse(Files.exists(folder));
        }
    }

    /** Makes a folder with a file, says where, and waits for a signal. */
    static final class Waiting {
        private Waiting() {}

        public static void main(String[] args) throws IOException, InterruptedException {
            Path folder = TemporaryFolders.create();
            Files.writeString(folder.resolve("model.onnx"), "large");
            System.out.println(folder);
            Thread.sleep(Long.MAX_VALUE);
        }
    }
}
