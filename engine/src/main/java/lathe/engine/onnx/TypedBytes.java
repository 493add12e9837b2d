package lathe.engine.onnx;

import ai.onnx.proto.OnnxMl.TensorProto;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import lathe.engine.tensor.ElementType;
import lathe.engine.tensor.TensorBytes;

/**
 * The fields {@code float_data}, {@code int32_data} and so on, turned into bytes whenever these are asked for; nothing
 * but the message is kept. One call of {@link #buffer()} costs one pass over the elements. Immutable and thread-safe.
 */
final class TypedBytes implements TensorBytes {

    private final TensorProto tensor;
    private final long size;

    TypedBytes(TensorProto tensor) {
        this.tensor = tensor;
        this.size = size(tensor);
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
        switch (ElementType.ofCode(tensor.getDataType())) {
            case FLOAT, COMPLEX64 -> tensor.getFloatDataList().forEach(out::putFloat);
            case DOUBLE, COMPLEX128 -> tensor.getDoubleDataList().forEach(out::putDouble);
            case INT64 -> tensor.getInt64DataList().forEach(out::putLong);
            case UINT64 -> tensor.getUint64DataList().forEach(out::putLong);
            case UINT32 -> tensor.getUint64DataList().forEach(value -> out.putInt(value.intValue()));
            case INT32 -> tensor.getInt32DataList().forEach(out::putInt);
            case INT16, UINT16, FLOAT16, BFLOAT16 ->
                tensor.getInt32DataList().forEach(value -> out.putShort(value.shortValue()));
            case STRING, UNKNOWN -> {} // no field of theirs holds numbers, whatever stands in those of others
            // types of 8 bits, one an entry, and of 4 and 2 bits, one packed byte an entry
            default -> tensor.getInt32DataList().forEach(value -> out.put(value.byteValue()));
        }
        return out.flip().asReadOnlyBuffer().order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Bytes of the elements that stand in the field of this tensor's type; 0 for a type that has no such field. */
    private static long size(TensorProto tensor) {
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
}
