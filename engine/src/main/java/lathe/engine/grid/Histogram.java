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
    private static final int BLOCK = 4096;
    private static final int SMALLEST_EXPONENT = -60;

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
        addAll(new float[] {value}, 1);
    }

    /** Counts the remaining elements of a buffer, whose position does not move. About 2 ns an element. */
    public void addAll(FloatBuffer values) {
        FloatBuffer rest = values.duplicate();
        float[] block = new float[Math.min(BLOCK, rest.remaining())];
        while (rest.hasRemaining()) {
            int length = Math.min(block.length, rest.remaining());
            rest.get(block, 0, length);
            addAll(block, length);
        }
    }

    /** A block is first looked through for its range, so that the loop that counts has no branch in it. */
    private void addAll(float[] block, int length) {
        int kept = length;
        if (largestMagnitude(block, length) >= Float.floatToRawIntBits(Float.POSITIVE_INFINITY)) {
            kept = keepFinite(block, length);
        }
        float largest = Float.intBitsToFloat(largestMagnitude(block, kept));
        if (largest >= bound) {
            grow(Math.getExponent(largest) + 1);
        }
        double scale = binsPerUnit;
        for (int i = 0; i < kept; i++) {
            counts[(int) Math.floor(block[i] * scale) + HALF]++;
        }
        widen(block, kept);
        count += kept;
        notFinite += length - kept;
    }

    /** Bits of the largest magnitude; magnitudes are ordered as their bits are, and integers compare faster. */
    private static int largestMagnitude(float[] block, int length) {
        int largest = 0;
        for (int i = 0; i < length; i++) {
            largest = Math.max(largest, Float.floatToRawIntBits(block[i]) & Integer.MAX_VALUE);
        }
        return largest;
    }

    private void widen(float[] block, int length) {
        int least = Integer.MAX_VALUE;
        int most = Integer.MIN_VALUE;
        for (int i = 0; i < length; i++) {
            int bits = Float.floatToRawIntBits(block[i]);
            int ordered = bits ^ ((bits >> 31) & Integer.MAX_VALUE);
            least = Math.min(least, ordered);
            most = Math.max(most, ordered);
        }
        if (length > 0) {
            min = Math.min(min, Float.intBitsToFloat(least ^ ((least >> 31) & Integer.MAX_VALUE)));
            max = Math.max(max, Float.intBitsToFloat(most ^ ((most >> 31) & Integer.MAX_VALUE)));
        }
    }

    /** Moves the finite elements to the front; gives how many they are. */
    private static int keepFinite(float[] block, int length) {
        int kept = 0;
        for (int i = 0; i < length; i++) {
            if (Float.isFinite(block[i])) {
                block[kept++] = block[i];
            }
        }
        return kept;
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
