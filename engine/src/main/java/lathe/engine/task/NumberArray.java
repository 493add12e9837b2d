package lathe.engine.task;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.lang.reflect.Array;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** Arrays of numbers as bytes: the letter of their type, their length, and the numbers, big-endian. */
enum NumberArray {
    BYTES('b', byte.class, Byte.BYTES) {
        @Override
        void put(Object array, int from, int count, ByteBuffer bytes) {
            bytes.put((byte[]) array, from, count);
        }

        @Override
        void get(ByteBuffer bytes, Object array, int from, int count) {
            bytes.get((byte[]) array, from, count);
        }
    },
    SHORTS('s', short.class, Short.BYTES) {
        @Override
        void put(Object array, int from, int count, ByteBuffer bytes) {
            bytes.asShortBuffer().put((short[]) array, from, count);
        }

        @Override
        void get(ByteBuffer bytes, Object array, int from, int count) {
            bytes.asShortBuffer().get((short[]) array, from, count);
        }
    },
    FLOATS('f', float.class, Float.BYTES) {
        @Override
        void put(Object array, int from, int count, ByteBuffer bytes) {
            bytes.asFloatBuffer().put((float[]) array, from, count);
        }

        @Override
        void get(ByteBuffer bytes, Object array, int from, int count) {
            bytes.asFloatBuffer().get((float[]) array, from, count);
        }
    },
    DOUBLES('d', double.class, Double.BYTES) {
        @Override
        void put(Object array, int from, int count, ByteBuffer bytes) {
            bytes.asDoubleBuffer().put((double[]) array, from, count);
        }

        @Override
        void get(ByteBuffer bytes, Object array, int from, int count) {
            bytes.asDoubleBuffer().get((double[]) array, from, count);
        }
    };

    /** Numbers that pass through a buffer at a time. */
    private static final int PIECE = 1 << 13;

    private final char letter;
    private final Class<?> type;
    private final int size;

    NumberArray(char letter, Class<?> type, int size) {
        this.letter = letter;
        this.type = type;
        this.size = size;
    }

    abstract void put(Object array, int from, int count, ByteBuffer bytes);

    abstract void get(ByteBuffer bytes, Object array, int from, int count);

    /** @throws IllegalArgumentException if the value is no array of numbers */
    static NumberArray of(Object value) {
        return Arrays.stream(values())
                .filter(kind -> value.getClass().getComponentType() == kind.type)
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(value.getClass() + " is no plain data"));
    }

    /** @throws IOException if the letter stands for no array of numbers */
    static NumberArray of(byte letter) throws IOException {
        return Arrays.stream(values())
                .filter(kind -> kind.letter == letter)
                .findFirst()
                .orElseThrow(() -> new IOException("%d begins no plain data".formatted(letter)));
    }

    void write(Object array, DataOutput out) throws IOException {
        int length = Array.getLength(array);
        out.writeByte(letter);
        out.writeInt(length);
        ByteBuffer bytes = ByteBuffer.allocate(Math.min(length, PIECE) * size);
        for (int from = 0; from < length; from += PIECE) {
            int count = Math.min(PIECE, length - from);
            put(array, from, count, bytes.clear());
            out.write(bytes.array(), 0, count * size);
        }
    }

    Object read(DataInput in) throws IOException {
        int length = in.readInt();
        Object array = Array.newInstance(type, length);
        ByteBuffer bytes = ByteBuffer.allocate(Math.min(length, PIECE) * size);
        for (int from = 0; from < length; from += PIECE) {
            int count = Math.min(PIECE, length - from);
            in.readFully(bytes.array(), 0, count * size);
            get(bytes.clear(), array, from, count);
        }
        return array;
    }
}
