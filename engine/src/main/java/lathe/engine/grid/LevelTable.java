package lathe.engine.grid;

import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * Up to 256 levels at any distances. A value is found by its leading bits, which give the first level it may be, and a
 * comparison or two with the middles between levels.
 */
public final class LevelTable implements Levels {

    /** Sign, exponent and this many bits of the fraction find a level. */
    private static final int SHIFT = 19;

    private static final int STARTS = 1 << (Float.SIZE - SHIFT);

    private final float[] byCode;
    private final float[] levels; // increasing
    private final byte[] codes; // of each level
    private final double[] middles; // between level i and i + 1
    private final short[] starts; // by leading bits

    /**
     * Levels by their codes, read as unsigned numbers.
     *
     * @param byCode numbers or NaN for a code that stands for no level; where two codes have the same level, the lower
     *     one is used
     * @throws IllegalArgumentException if there are more than 256, or none on either side of 0
     */
    public LevelTable(float... byCode) {
        this.byCode = byCode.clone();
        int[] sorted = IntStream.range(0, byCode.length)
                .filter(code -> !Float.isNaN(byCode[code]))
                .filter(code -> IntStream.range(0, code).noneMatch(lower -> byCode[lower] == byCode[code]))
                .boxed()
                .sorted((a, b) -> Float.compare(byCode[a], byCode[b]))
                .mapToInt(Integer::intValue)
                .toArray();
        this.levels = new float[sorted.length];
        this.codes = new byte[sorted.length];
        for (int i = 0; i < sorted.length; i++) {
            levels[i] = byCode[sorted[i]];
            codes[i] = (byte) sorted[i];
        }
        if (byCode.length > 1 << Byte.SIZE
                || levels.length == 0
                || !(least() < 0 && largest() > 0 && least() >= -Float.MAX_VALUE && largest() <= Float.MAX_VALUE)) {
            throw new IllegalArgumentException("levels %s".formatted(Arrays.toString(byCode)));
        }
        this.middles = new double[levels.length - 1];
        for (int i = 0; i < middles.length; i++) {
            middles[i] = ((double) levels[i] + levels[i + 1]) / 2;
        }
        this.starts = new short[STARTS];
        for (int bits = 0; bits < STARTS; bits++) {
            float first = Float.intBitsToFloat(bits << SHIFT);
            starts[bits] = (short) (Float.isNaN(first) ? 0 : Math.min(middles.length, ceiling(middles, first)));
        }
    }

    /** The first of increasing numbers that is not below a value. */
    private static int ceiling(double[] numbers, double value) {
        int found = Arrays.binarySearch(numbers, value);
        return found < 0 ? -found - 1 : found;
    }

    private int index(double value) {
        int index = starts[Float.floatToRawIntBits((float) value) >>> SHIFT];
        while (index > 0 && value <= middles[index - 1]) {
            index--;
        }
        while (index < middles.length && value > middles[index]) {
            index++;
        }
        return index;
    }

    /** All levels by their codes; NaN for a code that stands for none. */
    public float[] byCode() {
        return byCode.clone();
    }

    @Override
    public float least() {
        return levels[0];
    }

    @Override
    public float largest() {
        return levels[levels.length - 1];
    }

    @Override
    public int count() {
        return levels.length;
    }

    @Override
    public double nearest(double value) {
        return Double.isNaN(value) ? value : levels[index(value)];
    }

    @Override
    public double below(double level) {
        int index = index(level);
        return index == 0 ? Double.NEGATIVE_INFINITY : levels[index - 1];
    }

    @Override
    public double above(double level) {
        int index = index(level);
        return index == levels.length - 1 ? Double.POSITIVE_INFINITY : levels[index + 1];
    }

    @Override
    public void nearest(float[] values, float[] least, float[] largest, float[] nearest) {
        for (int i = 0; i < nearest.length; i++) {
            nearest[i] = (float) nearest(Math.max(least[i], Math.min(largest[i], values[i])));
        }
    }

    @Override
    public void nearest(float[] values, float[] scales, float[] least, float[] largest, float[] nearest) {
        for (int i = 0; i < nearest.length; i++) {
            nearest[i] = (float) nearest(Math.max(least[i], Math.min(largest[i], values[i] / scales[i])));
        }
    }

    @Override
    public short code(float level) {
        return codes[index(level)];
    }

    @Override
    public float level(short code) {
        return byCode[code & 0xff];
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof LevelTable table && Arrays.equals(byCode, table.byCode);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(byCode);
    }
}
