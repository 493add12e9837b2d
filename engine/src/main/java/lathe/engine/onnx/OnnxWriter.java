package lathe.engine.onnx;

import java.nio.file.Path;
import lathe.engine.graph.Graph;

/** Writes ONNX files. What was read and not changed is written byte for byte as it was. */
public final class OnnxWriter {

    private OnnxWriter() {}

    /**
     * Writes a model to a temporary file in the target's folder, syncs it, and renames it onto the target: the target
     * is the old file or the complete new one, at any moment.
     */
    public static void write(Graph graph, Path file) throws java.io.IOException {
        throw new UnsupportedOperationException("stub");
    }

    /** The model as one array, without external data; at most 2 GiB. */
    public static byte[] toBytes(Graph graph) {
        throw new UnsupportedOperationException("stub");
    }
}
