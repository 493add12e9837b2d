package lathe.engine.onnx;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import lathe.engine.graph.UnsupportedModelException;
import lathe.engine.tensor.ElementType;

/**
 * Where the elements of a constant tensor lie in a model's files: those in {@code raw_data} or in packed {@code float_data},
 * and external data.
 *
 * @param name of the tensor, or of the node it is an attribute of; may be empty
 * @param dims its extents as the file says, which need not fit {@code bytes}
 * @param location the file beside the model as the model names it; empty for the model's own
 * @param offset of the first byte in that file
 * @param bytes that they take
 */
public record TensorSpan(
        String name, ElementType type, List<Long> dims, Optional<String> location, long offset, long bytes) {

    public TensorSpan {
        dims = List.copyOf(dims);
    }

    /**
     * The spans of all tensors of a model, those in nodes, sub-graphs and functions included, in the order in which the file
     * names them. Reads the stream to its end, and holds no elements. Any model that is well formed as a message will do,
     * whatever its operator set.
     *
     * @throws UnsupportedModelException if it is no ONNX model, or a damaged one
     */
    public static List<TensorSpan> of(InputStream model) throws IOException {
        return new SpanReader(model).read();
    }

    /**
     * The path of a file beside a model, relative to the model's folder.
     *
     * @throws UnsupportedModelException if it leads out of that folder
     */
    public static Path path(String location) {
        return ExternalFiles.path("a tensor", location);
    }

    /**
     * The file of a tensor of a model in this folder.
     *
     * @throws UnsupportedModelException if there is none, or it lies outside the folder
     */
    public Path fileIn(Path folder) throws IOException {
        return ExternalFiles.find("tensor '%s'".formatted(name), folder, location.orElseThrow());
    }
}
