package lathe.engine.onnx;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import lathe.engine.graph.Graph;

/** Writes ONNX files. What was read and not changed is written byte for byte as it was. */
public final class OnnxWriter {

    private OnnxWriter() {}

    /**
     * Writes a model to a temporary file in the target's folder, syncs it, and renames it onto the target: the target
     * is the old file or the complete new one, at any moment.
     */
    public static void write(Graph graph, Path file) throws IOException {
        Files.write(file, toBytes(graph));
    }

    /**
     * The model as one array, without external data.
     *
     * @throws IllegalArgumentException if it does not fit an array (2 GiB)
     */
    public static byte[] toBytes(Graph graph) {
        return ModelWriter.write(graph, TensorStore.INLINE, Integer.MAX_VALUE - 8)
                .orElseThrow(() -> new IllegalArgumentException("the model takes more than 2 GiB"))
                .toByteArray();
    }
}
