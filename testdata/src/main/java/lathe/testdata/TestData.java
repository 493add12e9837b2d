package lathe.testdata;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

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
}
