package lathe.engine.onnx;

import java.nio.file.Path;
import lathe.engine.graph.Graph;

/** Reads ONNX files. */
public final class OnnxReader {

    private OnnxReader() {}

    /**
     * Reads a model; external data is mapped from its files, not copied.
     *
     * @throws java.nio.file.NoSuchFileException and other IOException if the file cannot be read
     * @throws lathe.engine.graph.UnsupportedModelException if it is no ONNX model, or a damaged one
     */
    public static Graph read(Path file) throws java.io.IOException {
        throw new UnsupportedOperationException("stub");
    }

    /** Reads a model held in memory, which may not refer to external data. */
    public static Graph read(byte[] model) {
        throw new UnsupportedOperationException("stub");
    }
}
