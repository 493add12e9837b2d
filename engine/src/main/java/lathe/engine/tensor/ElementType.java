package lathe.engine.tensor;

/**
 * The element types of ONNX tensors, in the order of their codes in {@code TensorProto.DataType}.
 *
 * <p>A code newer than this list reads as {@link #UNKNOWN}; such a tensor is carried, never decoded.
 */
public enum ElementType {
    UNKNOWN(0),
    FLOAT(32),
    UINT8(8),
    INT8(8),
    UINT16(16),
    INT16(16),
    INT32(32),
    INT64(64),
    STRING(0),
    BOOL(8),
    FLOAT16(16),
    DOUBLE(64),
    UINT32(32),
    UINT64(64),
    COMPLEX64(64),
    COMPLEX128(128),
    BFLOAT16(16),
    FLOAT8E4M3FN(8),
    FLOAT8E4M3FNUZ(8),
    FLOAT8E5M2(8),
    FLOAT8E5M2FNUZ(8),
    UINT4(4),
    INT4(4),
    FLOAT4E2M1(4),
    FLOAT8E8M0(8),
    UINT2(2),
    INT2(2);

    private static final ElementType[] BY_CODE = values();

    private final int bits;

    ElementType(int bits) {
        this.bits = bits;
    }

    /** Bits of one element; 0 where elements have no fixed size ({@link #STRING}, {@link #UNKNOWN}). */
    public int bits() {
        return bits;
    }

    /** The number in {@code TensorProto.DataType}. */
    public int code() {
        return ordinal();
    }

    /** The type with this {@code TensorProto.DataType} code; {@link #UNKNOWN} for a code not listed here. */
    public static ElementType ofCode(int code) {
        return code >= 0 && code < BY_CODE.length ? BY_CODE[code] : UNKNOWN;
    }

    /** Bytes that {@code elements} packed elements take, the last byte padded. */
    public long bytes(long elements) {
        return (Math.multiplyExact(elements, bits) + 7) / 8;
    }
}
