package lathe.engine.onnx;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import lathe.testdata.TestData;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What is read and not changed is written byte for byte. */
class RoundTripTest {

    static List<Path> testModels() throws Exception {
        Path folder = Path.of(TestData.class.getResource("odd").toURI()).getParent();
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(file -> file.toString().endsWith(".onnx"))
                    .filter(file -> !file.getParent().endsWith("external"))
                    .sorted()
                    .toList();
        }
    }

    @Test
    void thereAreTestModels() throws Exception {
        assertFalse(testModels().isEmpty());
    }

    @ParameterizedTest
    @MethodSource("testModels")
    void unchangedModelIsWrittenByteForByte(Path file) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        assertArrayEquals(bytes, OnnxWriter.toBytes(OnnxReader.read(bytes)));
    }
}
