package lathe.engine.onnx;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.Parser;
import com.google.protobuf.WireFormat;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;
import java.util.function.Predicate;

/**
 * A protobuf message as the sequence of its fields, in the order of the file. Changing one field leaves the bytes of
 * all others, and their order, as they were. Immutable; the bytes are shared with the message it was cut from.
 *
 * @param fields in file order
 */
record WireMessage(List<Field> fields) {

    WireMessage {
        fields = List.copyOf(fields);
    }

    /**
     * Cuts a message into its fields; what length-delimited fields hold is not looked into.
     *
     * @throws IOException if the bytes are no protobuf message
     */
    static WireMessage of(ByteString message) throws IOException {
        List<Field> fields = new ArrayList<>();
        CodedInputStream in = aliasing(message);
        while (!in.isAtEnd()) {
            int start = in.getTotalBytesRead();
            int tag = in.readTag();
            boolean delimited = WireFormat.getTagWireType(tag) == WireFormat.WIRETYPE_LENGTH_DELIMITED;
            ByteString payload = ByteString.EMPTY;
            if (delimited) {
                payload = in.readBytes();
            } else if (!in.skipField(tag)) {
                throw new IOException("a group ends that never began");
            }
            ByteString bytes = message.substring(start, in.getTotalBytesRead());
            fields.add(new Field(WireFormat.getTagFieldNumber(tag), bytes, payload, delimited));
        }
        return new WireMessage(fields);
    }

    /** Reads a typed message; its bytes fields share the memory of {@code message}. */
    static <T> T parse(Parser<T> parser, ByteString message) throws IOException {
        CodedInputStream in = aliasing(message);
        T parsed = parser.parseFrom(in);
        in.checkLastTagWas(0);
        return parsed;
    }

    private static CodedInputStream aliasing(ByteString message) {
        CodedInputStream in = message.newCodedInput();
        in.enableAliasing(true);
        return in;
    }

    /** The length-delimited fields of this number, in order. */
    List<Field> all(int number) {
        return fields.stream()
                .filter(field -> field.delimited() && field.number() == number)
                .toList();
    }

    /** The message without the fields whose number passes. */
    WireMessage without(IntPredicate numbers) {
        return new WireMessage(
                fields.stream().filter(field -> !numbers.test(field.number())).toList());
    }

    /**
     * The message with other length-delimited fields of this number: the first takes the place of the first one there,
     * and so on; what is left over follows the last one, or stands where ascending field numbers put it.
     */
    WireMessage with(int number, List<Field> replacement) {
        return replace(number, true, replacement);
    }

    /** The message with this integer in place of any it had under this number. */
    WireMessage with(int number, long value) {
        return replace(number, false, List.of(Field.of(number, value)));
    }

    private WireMessage replace(int number, boolean delimited, List<Field> replacement) {
        Predicate<Field> wanted = field -> field.number() == number && field.delimited() == delimited;
        List<Field> old = fields.stream().filter(wanted).toList();
        if (old.equals(replacement)) {
            return this;
        }
        List<Field> result = new ArrayList<>(fields.size() + replacement.size());
        int used = 0;
        int met = 0;
        for (Field field : fields) {
            if (!wanted.test(field)) {
                result.add(field);
                continue;
            }
            met++;
            int until = met == old.size() ? replacement.size() : Math.min(met, replacement.size());
            result.addAll(replacement.subList(used, until));
            used = until;
        }
        if (old.isEmpty()) {
            result.addAll(insertionPoint(number), replacement);
        }
        return new WireMessage(result);
    }

    private int insertionPoint(int number) {
        for (int i = 0; i < fields.size(); i++) {
            if (fields.get(i).number() > number) {
                return i;
            }
        }
        return fields.size();
    }

    /** Number of bytes, which may pass what one message can hold. */
    long size() {
        return fields.stream().mapToLong(field -> field.bytes().size()).sum();
    }

    /** The bytes, shared with the fields where they are long. */
    ByteString toByteString() {
        return ByteString.copyFrom(fields.stream().map(Field::bytes).toList());
    }
}
