package lathe.testdata;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;

/** Opens the files of this module by their name under {@code lathe/testdata}. */
public final class TestData {

    private TestData() {}

    /**
     * The bytes of a file such as {@code fashion-resnet.onnx} or {@code odd/conv1d.onnx}.
     *
     * @throws IllegalArgumentException if there is no such file
     */
    public static byte[] bytes(String name) {
        try (InputStream in = TestData.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalArgumentException("no test file '%s'".formatted(name));
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The hand-made graphs that ONNX Runtime can run, by name, such as {@code odd/conv1d.onnx}. */
    public static List<String> runnableOddGraphs() {
        return oddGraphs("runs");
    }

    /** All hand-made graphs held in one file each, by name. */
    public static List<String> oddGraphs() {
        return oddGraphs("");
    }

    private static List<String> oddGraphs(String property) {
        return new String(bytes("odd/index.txt"), UTF_8)
                .lines()
                .filter(line -> line.endsWith(property) && !line.startsWith("external/"))
                .map(line -> "odd/" + line.split("\t", -1)[0])
                .toList();
    }
}
