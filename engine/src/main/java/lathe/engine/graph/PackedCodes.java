package lathe.engine.graph;

import java.nio.ByteBuffer;
import lathe.engine.tensor.ElementType;

/**
 * Integers of 8, 4 or 2 bits as ONNX packs them: one after the other from the lowest bits of a byte on, what is left of
 * the last byte zero. A code is one byte: of a signed type the number itself, of an unsigned one its low 8 bits, of a float
 * of 8 bits its bits.
 *
 * <p>Source: the comments on {@code TensorProto.raw_data} and {@code int32_data} in {@code onnx.proto}.
 */
final class PackedCodes {

    private PackedCodes() {}

    /** True for the types that have codes: signed and unsigned integers of 8, 4 and 2 bits, and floats of 8 bits. */
    static boolean has(ElementType type) {
        return switch (type) {
            case INT8, UINT8, INT4, UINT4, INT2, UINT2, FLOAT8E4M3FN, FLOAT8E5M2 -> true;
            default -> false;
        };
    }

    private static boolean isSigned(ElementType type) {
        return type == ElementType.INT8 || type == ElementType.INT4 || type == ElementType.INT2;
    }

    /**
     * Packs codes.
     *
     * @throws IllegalArgumentException if a code does not fit the type
     */
    static byte[] pack(ElementType type, byte[] codes) {
        int bits = type.bits();
        byte[] packed = new byte[(int) type.bytes(codes.length)];
        for (int i = 0; i < codes.length; i++) {
            if (unpacked(type, codes[i]) != codes[i]) {
                throw new IllegalArgumentException("code %d at %d does not fit %s".formatted(codes[i], i, type));
            }
            int bit = bits * i % Byte.SIZE;
            packed[bits * i / Byte.SIZE] |= (byte) ((codes[i] & mask(bits)) << bit);
        }
        return packed;
    }

    /** The codes again, {@code count} of them. */
    static byte[] unpack(ElementType type, ByteBuffer packed, int count) {
        int bits = type.bits();
        byte[] codes = new byte[count];
        for (int i = 0; i < count; i++) {
            int bit = bits * i % Byte.SIZE;
            codes[i] = unpacked(type, packed.get(bits * i / Byte.SIZE) >> bit);
        }
        return codes;
    }

    /** The code in the lowest bits. */
    private static byte unpacked(ElementType type, int low) {
        int unused = Integer.SIZE - type.bits();
        int shifted = low << unused;
        return (byte) (isSigned(type) ? shifted >> unused : shifted >>> unused);
    }

    private static int mask(int bits) {
        return (1 << bits) - 1;
    }
}
