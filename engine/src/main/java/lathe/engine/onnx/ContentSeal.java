package lathe.engine.onnx;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.util.List;
import lathe.engine.graph.Graph;

/**
 * A hash over a model's content that stands in the model itself, under {@value #KEY} of its {@code metadata_props}:
 * SHA-256 over the bytes of all fields of the file but this entry, in file order, and over the external data they refer
 * to. It tells a file that was damaged or edited, if only by being saved anew, from one that is as it was written. It
 * is no signature: who edits a model on purpose can seal it anew.
 */
public final class ContentSeal {

    /** The entry's name. */
    public static final String KEY = "lathe.content.sha256";

    /** Takes the hash's place until the model is written. */
    private static final String BLANK = "0".repeat(64);

    private ContentSeal() {}

    /** What the seal of a model that was read says. */
    public enum State {
        /** There is none. */
        ABSENT,
        /** The model is as it was written. */
        INTACT,
        /** Something was changed since. */
        BROKEN
    }

    /** The same graph, to be sealed whenever it is written. An older seal goes. */
    public static Graph asked(Graph graph) {
        return graph.edit().metadata(KEY, BLANK).build();
    }

    /**
     * Checks the seal of a model. Reads all external data.
     *
     * @param graph as it was read
     */
    public static State of(Graph graph) {
        String found = graph.metadata().get(KEY);
        if (found == null || !(graph.origin().orElse(null) instanceof ModelOrigin origin)) {
            return State.ABSENT;
        }
        ByteBuffer file = origin.file().asReadOnlyByteBuffer();
        ByteBuffer entry = ModelProto.newBuilder()
                .addMetadataProps(entry(found))
                .build()
                .toByteString()
                .asReadOnlyByteBuffer();
        for (int at = file.limit() - entry.limit(); at >= 0; at--) {
            if (entry.equals(file.slice(at, entry.limit()))) {
                Sha256 sha = new Sha256();
                sha.write(file.slice(0, at));
                int end = at + entry.limit();
                sha.write(file.slice(end, file.limit() - end));
                return found.equals(hex(sha, origin.files().parts())) ? State.INTACT : State.BROKEN;
            }
        }
        return State.BROKEN;
    }

    /** True if the graph waits for its seal. */
    static boolean isAskedOf(Graph graph) {
        return BLANK.equals(graph.metadata().get(KEY));
    }

    /**
     * The model with the hash in place of the blank, which has the same length.
     *
     * @param parts of the data file beside it, in its order
     */
    static ModelProto sealed(ModelProto model, List<DataPart> parts) {
        int index = 0;
        while (!model.getMetadataProps(index).getKey().equals(KEY)) {
            index++;
        }
        Sha256 sha = new Sha256();
        try {
            model.toBuilder().removeMetadataProps(index).build().writeTo(Channels.newOutputStream(sha));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return model.toBuilder().setMetadataProps(index, entry(hex(sha, parts))).build();
    }

    private static StringStringEntryProto entry(String hash) {
        return StringStringEntryProto.newBuilder().setKey(KEY).setValue(hash).build();
    }

    private static String hex(Sha256 model, List<DataPart> parts) {
        parts.forEach(part -> part.addTo(model));
        return model.hex();
    }
}
