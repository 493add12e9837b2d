package lathe.engine.graph;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import lathe.engine.tensor.ElementType;
import lathe.engine.tensor.Float16;
import lathe.engine.tensor.Float8;
import lathe.engine.tensor.TensorBytes;

/**
 * A named constant tensor: an initializer of the graph or the value of a Constant node.
 *
 * @param name the value's name in the graph
 * @param type element type
 * @param dims extent of each axis, none for a scalar
 * @param bytes elements, row-major, little-endian
 * @param origin as read from a file; empty when made in memory
 */
public record Initializer(String name, ElementType type, List<Long> dims, TensorBytes bytes, Optional<Origin> origin) {

    /**
     * Checks what can be checked without looking at the elements.
     *
     * @throws IllegalArgumentException if an extent is negative, or the bytes are not as many as type and extents say
     */
    public Initializer {
        dims = List.copyOf(dims);
        if (dims.stream().anyMatch(dim -> dim < 0)) {
            throw new IllegalArgumentException("tensor '%s' has a negative extent in %s".formatted(name, dims));
        }
        if (type.bits() > 0 && bytes.size() != type.bytes(count(dims))) {
            throw new IllegalArgumentException("tensor '%s': %d bytes where extents %s of %s take %d"
                    .formatted(name, bytes.size(), dims, type, type.bytes(count(dims))));
        }
    }

    /** A tensor made in memory. */
    public static Initializer of(String name, ElementType type, List<Long> dims, byte[] bytes) {
        return new Initializer(name, type, dims, TensorBytes.of(bytes), Optional.empty());
    }

    /** A float tensor made in memory; no {@code dims} make a scalar. */
    public static Initializer ofFloats(String name, float[] values, long... dims) {
        byte[] bytes = new byte[values.length * Float.BYTES];
        littleEndian(bytes).asFloatBuffer().put(values);
        return of(name, ElementType.FLOAT, toList(dims), bytes);
    }

    /** The same with a list of extents. */
    public static Initializer ofFloats(String name, float[] values, List<Long> dims) {
        return ofFloats(name, values, dims.stream().mapToLong(Long::longValue).toArray());
    }

    /** A FLOAT16 tensor made in memory: values rounded to the nearest, ties to even, beyond 65504 to infinity. */
    public static Initializer ofHalves(String name, float[] values, List<Long> dims) {
        byte[] bytes = new byte[values.length * Short.BYTES];
        ByteBuffer buffer = littleEndian(bytes);
        for (float value : values) {
            buffer.putShort(Float16.of(value));
        }
        return of(name, ElementType.FLOAT16, dims, bytes);
    }

    /** A BFLOAT16 tensor made in memory: values rounded to the nearest, ties to even. */
    public static Initializer ofBrainFloats(String name, float[] values, List<Long> dims) {
        byte[] bytes = new byte[values.length * Short.BYTES];
        ByteBuffer buffer = littleEndian(bytes);
        for (float value : values) {
            int bits = Float.floatToIntBits(value);
            buffer.putShort((short) (Float.isNaN(value) ? bits >>> 16 : (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16));
        }
        return of(name, ElementType.BFLOAT16, dims, bytes);
    }

    /** An int32 tensor made in memory; no {@code dims} make a scalar. */
    public static Initializer ofInts(String name, int[] values, long... dims) {
        byte[] bytes = new byte[values.length * Integer.BYTES];
        littleEndian(bytes).asIntBuffer().put(values);
        return of(name, ElementType.INT32, toList(dims), bytes);
    }

    /** An int64 tensor made in memory; no {@code dims} make a scalar. */
    public static Initializer ofLongs(String name, long[] values, long... dims) {
        byte[] bytes = new byte[values.length * Long.BYTES];
        littleEndian(bytes).asLongBuffer().put(values);
        return of(name, ElementType.INT64, toList(dims), bytes);
    }

    /**
     * A tensor of small integers made in memory, packed as its type wants it.
     *
     * @param type INT8, UINT8, INT4, UINT4, INT2, UINT2, FLOAT8E4M3FN or FLOAT8E5M2
     * @param codes one element a byte, row-major; those of UINT8 as their low 8 bits, of a float its bits
     * @throws IllegalArgumentException if the type is another one, a code does not fit it, or there are not as many as
     *     the extents say
     */
    public static Initializer ofCodes(String name, ElementType type, List<Long> dims, byte[] codes) {
        if (!PackedCodes.has(type)) {
            throw new IllegalArgumentException("tensor '%s': %s has no codes of 8 bits or less".formatted(name, type));
        }
        if (codes.length != count(dims)) {
            throw new IllegalArgumentException(
                    "tensor '%s': %d codes for extents %s".formatted(name, codes.length, dims));
        }
        return of(name, type, dims, PackedCodes.pack(type, codes));
    }

    /** The same tensor under another name; the elements are shared. */
    public Initializer named(String newName) {
        return newName.equals(name) ? this : new Initializer(newName, type, dims, bytes, origin);
    }

    /** Bytes of the elements in a file, which may hold them in another type, see {@link Origin#storedType}. */
    public long storedBytes() {
        return origin.flatMap(Origin::storedType)
                .map(stored -> stored.bytes(elements()))
                .orElse(bytes.size());
    }

    /** The same tensor, to be stored in the type in which a file has another one, see {@link Origin#storedType}. */
    public Initializer storedAs(Initializer other) {
        Optional<Origin> stored =
                other.origin().filter(given -> given.storedType().isPresent());
        return stored.isEmpty() ? this : new Initializer(name, type, dims, bytes, stored);
    }

    /** Number of axes. */
    public int rank() {
        return dims.size();
    }

    /** Number of elements, 1 for a scalar. */
    public long elements() {
        return count(dims);
    }

    private static long count(List<Long> dims) {
        if (dims.contains(0L)) {
            return 0;
        }
        long product = 1;
        for (long dim : dims) {
            product = Math.multiplyExact(product, dim);
        }
        return product;
    }

    /** As many elements as an array can hold. */
    private int arrayLength() {
        long elements = elements();
        if (elements > Integer.MAX_VALUE - 8 || bytes.size() > Integer.MAX_VALUE) {
            throw new UnsupportedModelException(
                    "tensor '%s' takes %d bytes; to look into it, Lathe needs it to be below 2 GiB"
                            .formatted(name, bytes.size()));
        }
        return (int) elements;
    }

    /**
     * The elements of a FLOAT, DOUBLE, FLOAT16, BFLOAT16, FLOAT8E4M3FN or FLOAT8E5M2 tensor, rounded to float.
     *
     * @throws UnsupportedModelException for another element type, or 2 GiB and more
     */
    public float[] floats() {
        float[] values = new float[arrayLength()];
        ByteBuffer buffer = bytes.buffer();
        switch (type) {
            case FLOAT -> buffer.asFloatBuffer().get(values);
            case DOUBLE -> {
                for (int i = 0; i < values.length; i++) {
                    values[i] = (float) buffer.getDouble();
                }
            }
            case FLOAT16 -> {
                for (int i = 0; i < values.length; i++) {
                    values[i] = Float16.toFloat(buffer.getShort());
                }
            }
            case BFLOAT16 -> {
                for (int i = 0; i < values.length; i++) {
                    values[i] = Float.intBitsToFloat(buffer.getShort() << 16);
                }
            }
            case FLOAT8E4M3FN, FLOAT8E5M2 -> {
                for (int i = 0; i < values.length; i++) {
                    values[i] = Float8.toFloat(type, buffer.get());
                }
            }
            default -> throw new UnsupportedModelException("tensor '%s': %s is no floating type".formatted(name, type));
        }
        return values;
    }

    /**
     * The elements of an INT64 or INT32 tensor.
     *
     * @throws UnsupportedModelException for another element type, or 2 GiB and more
     */
    public long[] longs() {
        long[] values = new long[arrayLength()];
        ByteBuffer buffer = bytes.buffer();
        switch (type) {
            case INT64 -> buffer.asLongBuffer().get(values);
            case INT32 -> {
                for (int i = 0; i < values.length; i++) {
                    values[i] = buffer.getInt();
                }
            }
            default -> throw new UnsupportedModelException("tensor '%s': %s is no index type".formatted(name, type));
        }
        return values;
    }

    /**
     * The elements of a tensor of small integers, one a byte: the inverse of {@link #ofCodes}.
     *
     * @throws UnsupportedModelException for an element type that {@link #ofCodes} does not take
     */
    public byte[] codes() {
        if (!PackedCodes.has(type)) {
            throw new UnsupportedModelException("tensor '%s': %s is no type of codes".formatted(name, type));
        }
        int count = arrayLength();
        return PackedCodes.unpack(type, bytes.buffer(), count);
    }

    private static ByteBuffer littleEndian(byte[] bytes) {
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static List<Long> toList(long[] dims) {
        return Arrays.stream(dims).boxed().toList();
    }
}
