package lathe.engine.onnx;

import com.google.protobuf.UnsafeByteOperations;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import lathe.engine.graph.Graph;
import lathe.engine.graph.UnsupportedModelException;

/**
 * Reads ONNX files with operator sets 1 to 25. Stateless and thread-safe. A model takes about the memory of its file:
 * tensors share the bytes that were read, external data is mapped; only elements in typed fields such as
 * {@code float_data} are held a second time.
 */
public final class OnnxReader {

    private OnnxReader() {}

    /**
     * Reads a model; external data is mapped from its files, not copied, and must not be changed in place while the
     * graph is in use. (Writing another model over it with {@link OnnxWriter} is safe.)
     *
     * @throws NoSuchFileException if there is no such file
     * @throws IOException if it is a directory or cannot be read
     * @throws UnsupportedModelException if it is no ONNX model, a damaged one, of an operator set out of range, or if
     *     its external data is missing, too short, or outside its folder
     */
    public static Graph read(Path file) throws IOException {
        if (Files.isDirectory(file)) {
            throw new FileSystemException(file.toString(), null, "is a directory");
        }
        long size = Files.size(file);
        if (size > Integer.MAX_VALUE - 8) {
            throw new UnsupportedModelException(
                    "the file has %d bytes; an ONNX file has less than 2 GiB, the rest is external data"
                            .formatted(size));
        }
        byte[] bytes = Files.readAllBytes(file);
        Path folder = Optional.ofNullable(file.getParent()).orElse(Path.of(""));
        return ModelReader.read(UnsafeByteOperations.unsafeWrap(bytes), ExternalFiles.in(folder));
    }

    /**
     * Reads a model held in memory, which may not refer to external data.
     *
     * @param model the file's bytes; not copied, and must not change afterwards
     * @throws UnsupportedModelException if it is no ONNX model, a damaged one, or of an operator set out of range
     */
    public static Graph read(byte[] model) {
        return ModelReader.read(UnsafeByteOperations.unsafeWrap(model), ExternalFiles.none());
    }
}
