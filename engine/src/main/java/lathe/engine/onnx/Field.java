package lathe.engine.onnx;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.WireFormat;
import java.io.IOException;
import java.io.UncheckedIOException;

/**
 * One field of a protobuf message as its bytes stand in the file, tag included. Kept as it is, it is written as it
 * was read, even where another writer would have encoded the same content differently.
 *
 * @param number the field's number
 * @param bytes tag, length if any, and content
 * @param payload the content of a length-delimited field; empty for every other wire type
 * @param delimited true for a length-delimited field, which holds a string, a message or packed numbers
 */
record Field(int number, ByteString bytes, ByteString payload, boolean delimited) {

    /** A new field that holds a message or a string. */
    static Field of(int number, ByteString payload) {
        byte[] head = new byte
                [CodedOutputStream.computeTagSize(number) + CodedOutputStream.computeUInt32SizeNoTag(payload.size())];
        CodedOutputStream out = CodedOutputStream.newInstance(head);
        try {
            out.writeTag(number, WireFormat.WIRETYPE_LENGTH_DELIMITED);
            out.writeUInt32NoTag(payload.size());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new Field(number, ByteString.copyFrom(head).concat(payload), payload, true);
    }

    /** A new field that holds a string. */
    static Field of(int number, String text) {
        return of(number, ByteString.copyFromUtf8(text));
    }

    /** A new field that holds an integer. */
    static Field of(int number, long value) {
        byte[] bytes = new byte[CodedOutputStream.computeInt64Size(number, value)];
        try {
            CodedOutputStream.newInstance(bytes).writeInt64(number, value);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new Field(number, ByteString.copyFrom(bytes), ByteString.EMPTY, false);
    }

    /** The content as text. */
    String text() {
        return payload.toStringUtf8();
    }
}
