package lathe.engine.grid;

import java.nio.FloatBuffer;
import java.util.Arrays;

/**
 * The distribution of a value's elements, gathered in one pass without knowing the range in advance: equal bins over
 * {@code [-2^k, 2^k)}, where k grows, merging bins in pairs, when an element falls outside. Bin edges are multiples of
 * a power of two, so the result does not depend on the order in which elements arrive. Not thread-safe: gather one
 * histogram a thread and merge them.
 */
public final class Histogram {

    /** Number of bins over both signs. */
    public static final int BINS = 4096;

    private static final int HALF = BINS / 2;
    private static final int SMALLEST_EXPONENT = -60;
    private static final int BLOCK = 1 << 14;
    private static final int LANES = 4;

    private final long[] counts = new long[BINS];
    private int exponent = SMALLEST_EXPONENT;
    private double binsPerUnit = HALF / Math.scalb(1.0, SMALLEST_EXPONENT);
    private float bound = Math.scalb(1f, SMALLEST_EXPONENT);
    private float min = Float.POSITIVE_INFINITY;
    private float max = Float.NEGATIVE_INFINITY;
    private long count;
    private long notFinite;

    /** Counts one element. NaN and infinities are counted apart and widen nothing. */
    public void add(float value) {
        if (!(value > -bound && value < bound)) {
            if (!Float.isFinite(value)) {
                notFinite++;
                return;
            }
            grow(Math.getExponent(value) + 1);
        }
        counts[(int) Math.floor(value * binsPerUnit) + HALF]++;
        count++;
        min = Math.min(min, value + 0f); // -0.0 becomes 0.0
        max = Math.max(max, value + 0f);
    }

    /** Counts the remaining elements of a buffer, whose position does not move. About 1.5 ns an element. */
    public void addAll(FloatBuffer values) {
        FloatBuffer rest = values.duplicate();
        float[] block = new float[Math.min(BLOCK, rest.remaining())];
        int[] lanes = new int[LANES * BINS];
        while (rest.hasRemaining()) {
            int length = Math.min(block.length, rest.remaining());
            rest.get(block, 0, length);
            addBlock(block, length, lanes);
        }
        fold(lanes);
    }

    private void addBlock(float[] block, int length, int[] lanes) {
        int from = 0;
        while (from < length) {
            from = countInside(block, from, length, lanes);
            for (int end = Math.min(from + LANES, length); from < end; from++) {
                if (Math.abs(block[from]) >= bound) {
                    fold(lanes); // bins are about to change
                }
                add(block[from]);
            }
        }
    }

    /**
     * Counts elements in fours as long as all of these lie in the range seen so far, and so in the bins; neighbours go
     * to different lanes, as equal numbers in a row would otherwise wait for each other's count.
     *
     * @return where it stopped
     */
    private int countInside(float[] block, int from, int length, int[] lanes) {
        double perUnit = binsPerUnit;
        float low = min;
        float high = max;
        int i = from;
        for (; i + LANES <= length; i += LANES) {
            float a = block[i];
            float b = block[i + 1];
            float c = block[i + 2];
            float d = block[i + 3];
            boolean inside =
                    a >= low && a <= high && b >= low && b <= high && c >= low && c <= high && d >= low && d <= high;
            if (!inside) {
                break;
            }
            lanes[(int) Math.floor(a * perUnit) + HALF]++;
            lanes[(int) Math.floor(b * perUnit) + HALF + BINS]++;
            lanes[(int) Math.floor(c * perUnit) + HALF + 2 * BINS]++;
            lanes[(int) Math.floor(d * perUnit) + HALF + 3 * BINS]++;
        }
        return i;
    }

    private void fold(int[] lanes) {
        for (int bin = 0; bin < BINS; bin++) {
            int sum = lanes[bin] + lanes[bin + BINS] + lanes[bin + 2 * BINS] + lanes[bin + 3 * BINS];
            counts[bin] += sum;
            count += sum;
        }
        Arrays.fill(lanes, 0);
    }

    /** Adds all that another histogram has counted; the other one stays as it is. */
    public void merge(Histogram other) {
        grow(other.exponent);
        int shift = exponent - other.exponent;
        for (int bin = 0; bin < BINS; bin++) {
            if (other.counts[bin] != 0) {
                counts[merged(bin, shift)] += other.counts[bin];
            }
        }
        count += other.count;
        notFinite += other.notFinite;
        min = Math.min(min, other.min);
        max = Math.max(max, other.max);
    }

    private void grow(int newExponent) {
        if (newExponent <= exponent) {
            return;
        }
        int shift = newExponent - exponent;
        long[] old = counts.clone();
        Arrays.fill(counts, 0);
        for (int bin = 0; bin < BINS; bin++) {
            if (old[bin] != 0) {
                counts[merged(bin, shift)] += old[bin];
            }
        }
        exponent = newExponent;
        binsPerUnit = HALF / Math.scalb(1.0, exponent);
        bound = Math.scalb(1f, exponent);
    }

    private static int merged(int bin, int shift) {
        return ((bin - HALF) >> Math.min(shift, Integer.SIZE - 1)) + HALF;
    }

    /** Elements counted, not counting those that were not finite. */
    public long count() {
        return count;
    }

    /** NaNs and infinities seen. */
    public long notFinite() {
        return notFinite;
    }

    /** Smallest element; positive infinity when there is none. */
    public float min() {
        return min;
    }

    /** Largest element; negative infinity when there is none. */
    public float max() {
        return max;
    }

    /** Elements in a bin, {@code 0 <= bin < BINS}. */
    public long countOf(int bin) {
        return counts[bin];
    }

    /** The real number in the middle of a bin. */
    public double centreOf(int bin) {
        return (bin - HALF + 0.5) / binsPerUnit;
    }

    /** Width of a bin. */
    public double binWidth() {
        return 1 / binsPerUnit;
    }
}
