package lathe.engine.onnx;

import ai.onnx.proto.OnnxMl.ModelProto;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import lathe.engine.graph.Graph;
import lathe.engine.graph.UnsupportedModelException;

/**
 * Writes ONNX files. What was read and not changed is written with the same content, unknown fields included; the bytes
 * are the same too if the file has its fields in the order of their numbers, as other writers of protobuf put them.
 * Stateless and thread-safe.
 *
 * <p>The IR version is raised where a raised operator set or a new initializer asks for it; a model's own functions are
 * raised to a raised operator set with it. External data goes to one
 * file, {@code <file name>.data}, beside the model: tensors that were external stay so, and new ones of 1 KiB or more
 * join them; if the model would not fit 2 GiB, all initializers of that size do. Tensors are laid out there one after
 * the other on page boundaries.
 */
public final class OnnxWriter {

    /** The most bytes of a protobuf message, and of an array. */
    private static final long LARGEST_MODEL = Integer.MAX_VALUE - 64;

    private OnnxWriter() {}

    /**
     * Writes a model to a temporary file in the target's folder, syncs it, and renames it onto the target: the target
     * is the old file or the complete new one, at any moment. With external data, the data file takes its place just
     * before the model does; where it replaces another, the old pair is set aside first, and for that moment the target
     * is absent. On failure temporary files are deleted; those of a killed process, {@code .NAME.lathe-*.tmp}, when the
     * same target is written again. A graph that {@link ContentSeal} asks it of is sealed. The target may be the file that the graph was read
     * from (on Windows not if that has external data, which cannot be replaced while it is mapped). Memory: what
     * changed, a second time; external data is streamed.
     *
     * @throws java.nio.file.NoSuchFileException if the target's folder does not exist
     * @throws IOException if the target is a directory or cannot be written
     * @throws UnsupportedModelException if more than 2 GiB are left that cannot lie in external data
     * @throws IllegalArgumentException if the graph is not in order: a node reads a value that nothing before it
     *     produces
     */
    public static void write(Graph graph, Path file) throws IOException {
        write(graph, file, LARGEST_MODEL);
    }

    /** As above, for models of at most {@code limit} bytes without their external data. */
    static void write(Graph graph, Path file, long limit) throws IOException {
        Path name = file.getFileName();
        if (name == null) {
            throw new IOException("'%s' is no file name".formatted(file));
        }
        String location = name + ".data";
        Layout layout = layout(graph, location, limit);
        try (FileReplacement files = new FileReplacement()) {
            DataFile data = layout.data();
            if (!data.isEmpty()) {
                files.add(file.resolveSibling(location), data::writeTo);
            }
            ModelProto model = sealed(graph, layout.model(), data.parts());
            files.add(file, channel -> {
                OutputStream out = new BufferedOutputStream(Channels.newOutputStream(new ChunkedChannel(channel)));
                model.writeTo(out);
                out.flush();
            });
            files.commit();
        }
    }

    /**
     * Bytes that {@link #write} would put into files, external data included. Memory: what changed, a second time.
     *
     * @throws UnsupportedModelException as {@link #write}
     * @throws IllegalArgumentException as {@link #write}
     */
    public static long size(Graph graph) {
        Layout layout = layout(graph, "model.onnx.data", LARGEST_MODEL);
        return layout.model().getSerializedSize() + layout.data().size();
    }

    /**
     * What is about to be written.
     *
     * @param model the model's file, not yet sealed
     * @param data the file beside it
     */
    private record Layout(ModelProto model, DataFile data) {}

    private static Layout layout(Graph graph, String location, long limit) {
        boolean external = !ModelOrigin.of(graph).files().isEmpty();
        return layout(graph, location, external ? DataFile.Taking.MADE : DataFile.Taking.NONE, limit)
                .or(() -> layout(graph, location, DataFile.Taking.ALL, limit))
                .orElseThrow(() -> new UnsupportedModelException(
                        "the model takes more than %d bytes beside its initializers".formatted(limit)));
    }

    private static Optional<Layout> layout(Graph graph, String location, DataFile.Taking taking, long limit) {
        DataFile data = new DataFile(location, taking);
        return ModelWriter.write(graph, data, limit).map(model -> new Layout(model, data));
    }

    private static ModelProto sealed(Graph graph, ModelProto model, List<DataPart> parts) {
        return ContentSeal.isAskedOf(graph) ? ContentSeal.sealed(model, parts) : model;
    }

    /**
     * The model as one array, without external data.
     *
     * @throws IllegalArgumentException if it does not fit an array (2 GiB), or the graph is not in order
     */
    public static byte[] toBytes(Graph graph) {
        ModelProto model = ModelWriter.write(graph, TensorStore.INLINE, LARGEST_MODEL)
                .orElseThrow(() -> new IllegalArgumentException("the model takes more than 2 GiB"));
        return sealed(graph, model, List.of()).toByteArray();
    }
}
