package lathe.engine.onnx;

import ai.onnx.proto.OnnxMl.TensorProto;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.function.Supplier;
import lathe.engine.tensor.ElementType;
import lathe.engine.tensor.TensorBytes;

/**
 * The fields {@code float_data}, {@code int32_data} and so on, turned into bytes whenever these are asked for: nothing
 * is kept, so that a model in this form takes no more memory than its file. One call of {@link #buffer()} costs one
 * pass over the elements. Immutable and thread-safe if the supplier is.
 */
final class TypedBytes implements TensorBytes {

    private final Supplier<TensorProto> message;
    private final long size;

    private TypedBytes(Supplier<TensorProto> message, long size) {
        this.message = message;
        this.size = size;
    }

    /**
     * @param message gives the tensor, each time anew or always the same
     * @param tensor the same, for counting
     */
    static TypedBytes of(Supplier<TensorProto> message, TensorProto tensor) {
        return new TypedBytes(message, size(tensor));
    }

    @Override
    public long size() {
        return size;
    }

    @Override
    public ByteBuffer buffer() {
        if (size > Integer.MAX_VALUE) {
            throw new IllegalStateException("%d bytes do not fit one buffer".formatted(size));
        }
        ByteBuffer out = ByteBuffer.allocate((int) size).order(ByteOrder.LITTLE_ENDIAN);
        TensorProto tensor = message.get();
        switch (ElementType.ofCode(tensor.getDataType())) {
            case FLOAT, COMPLEX64 -> putFloats(tensor, out);
            case DOUBLE, COMPLEX128 -> putDoubles(tensor, out);
            case INT64 -> putLongs(tensor, out);
            case UINT64 -> putUnsigned(tensor, out);
            case UINT32 -> putUnsignedInts(tensor, out);
            case INT32 -> putInts(tensor, out);
            case INT16, UINT16, FLOAT16, BFLOAT16 -> putShorts(tensor, out);
            case STRING, UNKNOWN -> {} // no field of theirs holds numbers, whatever stands in those of others
            default -> putBytes(tensor, out);
        }
        return out.flip().asReadOnlyBuffer().order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Bytes of the elements that stand in the field of this tensor's type; 0 for a type that has no such field. */
    static long size(TensorProto tensor) {
        return switch (ElementType.ofCode(tensor.getDataType())) {
            case FLOAT, COMPLEX64 -> (long) Float.BYTES * tensor.getFloatDataCount();
            case DOUBLE, COMPLEX128 -> (long) Double.BYTES * tensor.getDoubleDataCount();
            case INT64 -> (long) Long.BYTES * tensor.getInt64DataCount();
            case UINT64 -> (long) Long.BYTES * tensor.getUint64DataCount();
            case UINT32 -> (long) Integer.BYTES * tensor.getUint64DataCount();
            case INT32 -> (long) Integer.BYTES * tensor.getInt32DataCount();
            case INT16, UINT16, FLOAT16, BFLOAT16 -> (long) Short.BYTES * tensor.getInt32DataCount();
            case STRING, UNKNOWN -> 0;
            default -> tensor.getInt32DataCount();
        };
    }

    private static void putFloats(TensorProto tensor, ByteBuffer out) {
        for (int i = 0; i < tensor.getFloatDataCount(); i++) {
            out.putFloat(tensor.getFloatData(i));
        }
    }

    private static void putDoubles(TensorProto tensor, ByteBuffer out) {
        for (int i = 0; i < tensor.getDoubleDataCount(); i++) {
            out.putDouble(tensor.getDoubleData(i));
        }
    }

    private static void putLongs(TensorProto tensor, ByteBuffer out) {
        for (int i = 0; i < tensor.getInt64DataCount(); i++) {
            out.putLong(tensor.getInt64Data(i));
        }
    }

    private static void putUnsigned(TensorProto tensor, ByteBuffer out) {
        for (int i = 0; i < tensor.getUint64DataCount(); i++) {
            out.putLong(tensor.getUint64Data(i));
        }
    }

    private static void putUnsignedInts(TensorProto tensor, ByteBuffer out) {
        for (int i = 0; i < tensor.getUint64DataCount(); i++) {
            out.putInt((int) tensor.getUint64Data(i));
        }
    }

    private static void putInts(TensorProto tensor, ByteBuffer out) {
        for (int i = 0; i < tensor.getInt32DataCount(); i++) {
            out.putInt(tensor.getInt32Data(i));
        }
    }

    private static void putShorts(TensorProto tensor, ByteBuffer out) {
        for (int i = 0; i < tensor.getInt32DataCount(); i++) {
            out.putShort((short) tensor.getInt32Data(i));
        }
    }

    /** Types of 8 bits, one an entry, and of 4 and 2 bits, one packed byte an entry. */
    private static void putBytes(TensorProto tensor, ByteBuffer out) {
        for (int i = 0; i < tensor.getInt32DataCount(); i++) {
            out.put((byte) tensor.getInt32Data(i));
        }
    }
}
