package lathe.engine.prune;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/**
 * Finds the k least of many numbers exactly, in memory that does not grow with them: two histograms, over the upper and
 * the lower half of the bits, which order like the numbers since none is negative but {@link Saliency#REMOVED}.
 */
final class LeastWorthy {

    private static final int LOWER_BITS = 16;
    private static final int LOWER_BINS = 1 << LOWER_BITS;
    private static final int UPPER_BINS = 1 << (Integer.SIZE - 1 - LOWER_BITS); // the sign is never set

    private LeastWorthy() {}

    /** Masks with a share of zeros over all layers together, or as many as are gone already if that is more. */
    static List<Mask> masks(List<Saliency> layers, double share) {
        long weights = 0;
        for (Saliency layer : layers) {
            weights += layer.values().length;
        }
        Cut cut = cut(layers, Math.round(share * weights));
        long ties = cut.ties;
        List<Mask> masks = new ArrayList<>(layers.size());
        for (Saliency layer : layers) {
            BitSet kept = new BitSet(layer.values().length);
            for (int i = 0; i < layer.values().length; i++) {
                int key = key(layer.values()[i]);
                if (key == cut.key && ties > 0) {
                    ties--;
                } else if (key >= cut.key && key > 0) {
                    kept.set(i);
                }
            }
            masks.add(new Mask(layer.rows(), layer.cols(), kept));
        }
        return masks;
    }

    /**
     * Where the zeros end.
     *
     * @param key all numbers below it are zeros
     * @param ties how many of those equal to it are, too
     */
    private record Cut(int key, long ties) {}

    private static Cut cut(List<Saliency> layers, long count) {
        long[] bins = new long[UPPER_BINS];
        for (Saliency layer : layers) {
            for (float value : layer.values()) {
                bins[key(value) >>> LOWER_BITS]++;
            }
        }
        long left = count;
        int upper = 0;
        while (upper < UPPER_BINS - 1 && bins[upper] <= left) {
            left -= bins[upper++];
        }
        bins = lowerHistogram(layers, upper);
        int lower = 0;
        while (lower < LOWER_BINS - 1 && bins[lower] <= left) {
            left -= bins[lower++];
        }
        return new Cut(upper << LOWER_BITS | lower, left);
    }

    /** Counts by the lower half of the bits those numbers that have a given upper half. */
    private static long[] lowerHistogram(List<Saliency> layers, int upper) {
        long[] bins = new long[LOWER_BINS];
        for (Saliency layer : layers) {
            for (float value : layer.values()) {
                int key = key(value);
                if (key >>> LOWER_BITS == upper) {
                    bins[key & (LOWER_BINS - 1)]++;
                }
            }
        }
        return bins;
    }

    /** 0 for a removed weight, else a number from 1 that orders like its saliency. */
    private static int key(float value) {
        return value == Saliency.REMOVED ? 0 : Float.floatToIntBits(value + 0f) + 1;
    }
}
