package lathe.engine.onnx;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import com.google.protobuf.ByteString;
import java.io.IOException;
import java.util.ArrayList;
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
        boolean same = found.equals(hash(origin.model(), origin.files().parts()));
        return same ? State.INTACT : State.BROKEN;
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
    static ByteString sealed(ByteString model, List<DataPart> parts) {
        try {
            WireMessage message = WireMessage.of(model);
            Field seal = entry(hash(message, parts));
            List<Field> fields = new ArrayList<>();
            for (Field field : message.fields()) {
                fields.add(isSeal(field) ? seal : field);
            }
            return new WireMessage(fields).toByteString();
        } catch (IOException e) {
            throw Damage.in("the model", e);
        }
    }

    private static Field entry(String hash) {
        return Field.of(
                ModelProto.METADATA_PROPS_FIELD_NUMBER,
                StringStringEntryProto.newBuilder()
                        .setKey(KEY)
                        .setValue(hash)
                        .build()
                        .toByteString());
    }

    private static String hash(WireMessage model, List<DataPart> parts) {
        Sha256 sha = new Sha256();
        for (Field field : model.fields()) {
            if (!isSeal(field)) {
                sha.add(field.bytes());
            }
        }
        parts.forEach(part -> part.addTo(sha));
        return sha.hex();
    }

    private static boolean isSeal(Field field) {
        if (field.number() != ModelProto.METADATA_PROPS_FIELD_NUMBER || !field.delimited()) {
            return false;
        }
        try {
            return WireMessage.parse(StringStringEntryProto.parser(), field.payload())
                    .getKey()
                    .equals(KEY);
        } catch (IOException e) {
            throw Damage.in("the metadata", e);
        }
    }
}
