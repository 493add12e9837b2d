package lathe.engine.archive;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.Set;
import lathe.engine.graph.UnsupportedModelException;

/**
 * Integers of a matrix, row by row. A magnitude is a flag for 0, the number of its binary digits in unary and the three
 * digits behind the first, all in adaptive bits, and its other digits as they are; an adaptive sign follows. The flag and the
 * number of digits depend on the magnitudes nearby: those before it in the same row, and above it in the same column; a sign
 * on the three before it. Rounded weights of three networks took 0.5 to 9 % less than the entropy of their frequencies
 * in each layer.
 *
 * @param bits of an integer in the file: 2 and 4 begin with the lowest of a byte, 16 and 32 are little-endian
 * @param unsigned true if they are from 0 on
 * @param columns of the matrix; the last row may be incomplete
 * @param offset the integer that is coded as 0
 */
record IntegerCoding(int bits, boolean unsigned, int columns, int offset) implements Coding {

    static final int KIND = 2;

    /** More columns than that take too much memory for what they tell. */
    static final int MOST_COLUMNS = 1 << 16;

    private static final Set<Integer> SIZES = Set.of(2, 4, 8, 16, 32);

    /** Adaptive bits of a context: the flag, and whether there are more than 1, 2, ... digits. */
    private static final int OF_CONTEXT = 32;

    private static final int CONTEXTS = 48;
    private static final int ADAPTIVE_DIGITS = 3;
    private static final int FIRST_DIGIT = CONTEXTS * OF_CONTEXT;

    private static final int FIRST_SIGN = FIRST_DIGIT + (Integer.SIZE << ADAPTIVE_DIGITS);

    /** Signs of the three integers before it: 0, negative or positive. */
    private static final int SIGNS = 27;

    /** Adaptive bits of this coding; digits are a binary tree for each number of digits. */
    static final int BITS = FIRST_SIGN + SIGNS;

    /** Activities are means of magnitudes in 1/64. */
    private static final int FRACTION = 6;

    private static final int LARGEST = 1 << 20;
    private static final int COLUMN_RATE = 4;
    private static final int ROW_RATE = 2;

    static IntegerCoding read(DataInput in) throws IOException {
        int bits = in.readUnsignedByte();
        boolean unsigned = in.readUnsignedByte() != 0;
        long columns = Varints.read(in);
        if (!SIZES.contains(bits) || columns < 1 || columns > MOST_COLUMNS) {
            throw new UnsupportedModelException("integers of %d bits in %d columns".formatted(bits, columns));
        }
        return new IntegerCoding(bits, unsigned, (int) columns, Varints.signed((int) Varints.read(in)));
    }

    @Override
    public int kind() {
        return KIND;
    }

    @Override
    public void write(DataOutput out) throws IOException {
        out.writeByte(bits);
        out.writeByte(unsigned ? 1 : 0);
        Varints.write(out, columns);
        Varints.write(out, Varints.unsigned(offset));
    }

    @Override
    public String word() {
        return "integers";
    }

    @Override
    public boolean fits(long bytes, long above) {
        return bytes * Byte.SIZE % bits == 0;
    }

    @Override
    public void code(RangeCoder coder, byte[] bytes, byte[] above) {
        int[] columnActivity = new int[columns];
        int rowActivity = 0;
        int column = 0;
        int signs = 0;
        int count = (int) ((long) bytes.length * Byte.SIZE / bits);
        for (int i = 0; i < count; i++) {
            int value = load(bytes, i) - offset;
            int context = context(columnActivity[column] + rowActivity);
            int magnitude = magnitude(coder, context * OF_CONTEXT, Math.abs(value));
            boolean negative = magnitude != 0 && coder.bit(FIRST_SIGN + signs, value >>> 31) != 0;
            signs = (3 * signs + (magnitude == 0 ? 0 : negative ? 1 : 2)) % SIGNS;
            store(bytes, i, (negative ? -magnitude : magnitude) + offset);
            int seen = (Integer.compareUnsigned(magnitude, LARGEST) < 0 ? magnitude : LARGEST) << FRACTION;
            columnActivity[column] += (seen - columnActivity[column]) >> COLUMN_RATE;
            rowActivity += (seen - rowActivity) >> ROW_RATE;
            column = column + 1 == columns ? 0 : column + 1;
        }
    }

    /** Two contexts per octave. */
    private static int context(int activity) {
        int a = activity >> 4;
        if (a < 2) {
            return a;
        }
        int octave = 31 - Integer.numberOfLeadingZeros(a);
        return 2 * octave + ((a >> (octave - 1)) & 1);
    }

    private static int magnitude(RangeCoder coder, int at, int value) {
        if (coder.bit(at, value == 0 ? 0 : 1) == 0) {
            return 0;
        }
        int most = 31 - Integer.numberOfLeadingZeros(value);
        int digits = 0;
        while (digits < 31 && coder.bit(at + 1 + digits, most > digits ? 1 : 0) != 0) {
            digits++;
        }
        int adaptive = Math.min(digits, ADAPTIVE_DIGITS);
        int rest = digits - adaptive;
        int coded = coder.tree(FIRST_DIGIT + (digits << ADAPTIVE_DIGITS), adaptive, value >>> rest);
        return rest == 0 ? coded : (coded << rest) | coder.direct(rest, value);
    }

    private int load(byte[] bytes, int i) {
        return switch (bits) {
            case 8 -> unsigned ? bytes[i] & 0xff : bytes[i];
            case 16 -> {
                int low = bytes[2 * i] & 0xff;
                yield unsigned ? ((bytes[2 * i + 1] & 0xff) << 8) | low : (bytes[2 * i + 1] << 8) | low;
            }
            case 32 ->
                (bytes[4 * i] & 0xff)
                        | ((bytes[4 * i + 1] & 0xff) << 8)
                        | ((bytes[4 * i + 2] & 0xff) << 16)
                        | (bytes[4 * i + 3] << 24);
            default -> {
                int inByte = Byte.SIZE / bits;
                int piece = (bytes[i / inByte] >> (i % inByte * bits)) & ((1 << bits) - 1);
                yield unsigned ? piece : (piece << (32 - bits)) >> (32 - bits);
            }
        };
    }

    private void store(byte[] bytes, int i, int value) {
        switch (bits) {
            case 8 -> bytes[i] = (byte) value;
            case 16 -> {
                bytes[2 * i] = (byte) value;
                bytes[2 * i + 1] = (byte) (value >> 8);
            }
            case 32 -> {
                for (int b = 0; b < 4; b++) {
                    bytes[4 * i + b] = (byte) (value >> (8 * b));
                }
            }
            default -> {
                int inByte = Byte.SIZE / bits;
                int shift = i % inByte * bits;
                int mask = ((1 << bits) - 1) << shift;
                bytes[i / inByte] = (byte) ((bytes[i / inByte] & ~mask) | ((value << shift) & mask));
            }
        }
    }
}
