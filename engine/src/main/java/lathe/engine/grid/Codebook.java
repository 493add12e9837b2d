package lathe.engine.grid;

import java.nio.ShortBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalInt;

/**
 * What kernels are chosen from: {@value #ENTRIES} vectors of 8-bit integers in a table, and a kernel is a scale times one
 * entry, or times the sum of one entry of each of two tables (additive quantization: Babenko and Lempitsky, CVPR 2014).
 * Immutable by agreement: arrays are not copied. Thread-safe.
 */
public final class Codebook {

    /** Entries of a table. */
    public static final int ENTRIES = 1 << Byte.SIZE;

    /** Longer vectors would hold less than a bit a weight, and least squares over all entries take too much memory. */
    private static final int LONGEST = 9;

    private static final int SHORTEST = 3;

    /** Input channels that make a vector where there is no kernel. */
    private static final int CHANNELS = 4;

    /** Fewer vectors in an output would make its scale weigh as much as they do. */
    private static final int FEWEST = 8;

    private final int length;
    private final byte[][] tables;
    private final double unit;
    private Map<ShortBuffer, Integer> indices; // of each sum of entries

    /**
     * Joins tables.
     *
     * @param length integers of an entry
     * @param tables one or two, each {@code ENTRIES * length} integers, entry after entry
     * @param unit the number that stands for the root mean square of an output's weights, positive
     */
    public Codebook(int length, byte[][] tables, double unit) {
        boolean whole = Arrays.stream(tables).allMatch(table -> table.length == ENTRIES * length);
        if (!whole || tables.length < 1 || tables.length > 2 || !(unit > 0)) {
            throw new IllegalArgumentException("%d tables, not all of %d entries of %d integers, of unit %s"
                    .formatted(tables.length, ENTRIES, length, unit));
        }
        this.length = length;
        this.tables = tables;
        this.unit = unit;
    }

    /**
     * Weights of an output that make a vector, neighbours in the order in which a Conv stores them: a kernel; or, where that
     * has more than {@value #LONGEST} taps, a part of it, a row of a square one; or {@value #CHANNELS} input channels where
     * there is no kernel.
     *
     * @param cols weights of an output
     * @param taps of the kernel
     * @return empty if the weights are not made of such vectors, or of fewer than {@value #FEWEST}
     */
    public static OptionalInt length(int cols, int taps) {
        int length = taps < SHORTEST ? CHANNELS : LONGEST;
        int whole = taps < SHORTEST ? cols : taps;
        while (length >= SHORTEST && whole % length != 0) {
            length--;
        }
        return length >= SHORTEST && cols / length >= FEWEST ? OptionalInt.of(length) : OptionalInt.empty();
    }

    /** A codebook of other numbers that takes the same room in a file: no two tables are equal. Its first vector is ones. */
    static Codebook standIn(int length, int tables) {
        byte[][] numbers = new byte[tables][ENTRIES * length];
        for (int i = 0; i < ENTRIES * length; i++) {
            numbers[0][i] = (byte) (1 + tables * (i / length));
            numbers[tables - 1][i] += (byte) (tables == 1 ? 0 : i / length);
        }
        return new Codebook(length, numbers, 1);
    }

    /** Integers of an entry. */
    public int length() {
        return length;
    }

    /** Number of tables. */
    public int tables() {
        return tables.length;
    }

    /** The entries of a table, one after the other. */
    public byte[] table(int index) {
        return tables[index];
    }

    /** The number that stands for the root mean square of an output's weights. */
    public double unit() {
        return unit;
    }

    /**
     * Writes the integers of a vector.
     *
     * @param index entry of the first table, plus {@link #ENTRIES} times that of the second
     */
    public void copyInto(int index, short[] codes, int at) {
        for (int i = 0; i < length; i++) {
            int sum = tables[0][index % ENTRIES * length + i];
            codes[at + i] = (short) (tables.length == 1 ? sum : sum + tables[1][index / ENTRIES * length + i]);
        }
    }

    /**
     * What {@link #copyInto} has these integers for, the least if it is several. The first call takes time and memory for
     * all vectors that there are.
     *
     * @throws IllegalArgumentException if there is no such vector
     */
    public int index(short[] codes, int at) {
        Integer index = indices().get(ShortBuffer.wrap(codes, at, length));
        if (index == null) {
            throw new IllegalArgumentException(
                    "no entry %s".formatted(Arrays.toString(Arrays.copyOfRange(codes, at, at + length))));
        }
        return index;
    }

    private synchronized Map<ShortBuffer, Integer> indices() {
        if (indices == null) {
            Map<ShortBuffer, Integer> found = new HashMap<>();
            int count = tables.length == 1 ? ENTRIES : ENTRIES * ENTRIES;
            for (int index = 0; index < count; index++) {
                short[] vector = new short[length];
                copyInto(index, vector, 0);
                found.putIfAbsent(ShortBuffer.wrap(vector), index);
            }
            indices = found;
        }
        return indices;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Codebook book
                && length == book.length
                && unit == book.unit
                && Arrays.deepEquals(tables, book.tables);
    }

    @Override
    public int hashCode() {
        return Arrays.deepHashCode(tables);
    }
}
