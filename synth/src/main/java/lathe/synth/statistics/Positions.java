package lathe.synth.statistics;

import java.util.SplittableRandom;

/** Which output positions of a layer are looked at: one at random out of each of as many equal stretches. */
final class Positions {

    /** Numbers gathered for a layer, about: narrow layers, whose samples cost little, get many. */
    private static final long NUMBERS = 1 << 24;

    private static final long LEAST = 8192;

    private Positions() {}

    /**
     * Samples of a layer. One draw is a noisy estimate of H where few positions hold most of the energy, as in the sparse
     * activations of a text detector, and more samples are the remedy: the error falls with their square root.
     *
     * @param columns inputs of a group
     */
    static long wanted(int groups, int columns) {
        return Math.max(Math.max(LEAST, 2L * columns), NUMBERS / ((long) groups * columns));
    }

    /**
     * Positions in rising order, all different; all there are, if no more are there than wanted.
     *
     * @param available positions there are
     * @param wanted positions wanted
     * @param seed decides which
     */
    static long[] draw(long available, long wanted, long seed) {
        int count = (int) Math.min(available, wanted);
        long[] positions = new long[count];
        SplittableRandom random = new SplittableRandom(seed);
        for (int i = 0; i < count; i++) {
            long low = product(available, i) / count;
            long high = product(available, i + 1) / count;
            positions[i] = random.nextLong(low, high);
        }
        return positions;
    }

    private static long product(long a, long b) {
        return Math.multiplyExact(a, b);
    }

    /** A seed for one layer and one chunk of samples. */
    static long seed(long seed, String layer, int firstSample) {
        long hash = 0xcbf29ce484222325L; // FNV-1a over the UTF-16 units
        for (int i = 0; i < layer.length(); i++) {
            hash = (hash ^ layer.charAt(i)) * 0x100000001b3L;
        }
        long layerSeed = new SplittableRandom(seed ^ hash).nextLong();
        return new SplittableRandom(layerSeed ^ (firstSample * 0xd1342543de82ef95L)).nextLong();
    }
}
