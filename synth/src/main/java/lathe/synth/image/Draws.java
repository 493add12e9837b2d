package lathe.synth.image;

import java.util.SplittableRandom;

/**
 * Seeded random numbers. Only the raw 64 bits of the generator are used, so the numbers do not depend on the version of
 * the class library. Not thread-safe.
 */
final class Draws {

    private static final double NORMAL_MEAN = 2 * 65535.0;
    private static final double NORMAL_DEVIATION = Math.sqrt((65536.0 * 65536.0 - 1) / 3);

    private final SplittableRandom random;

    private Draws(long state) {
        this.random = new SplittableRandom(state);
    }

    /** The stream of one member of a seeded family; streams of different members are unrelated. */
    static Draws of(long seed, long member) {
        return new Draws(scramble(scramble(seed) + member));
    }

    private static long scramble(long value) {
        return new SplittableRandom(value).nextLong();
    }

    double uniform(double low, double high) {
        return low + (high - low) * ((random.nextLong() >>> 11) * 0x1p-53);
    }

    /** Uniform in the logarithm; both bounds above 0. */
    double logUniform(double low, double high) {
        return low * Math.exp(uniform(0, Math.log(high / low)));
    }

    boolean chance(double probability) {
        return uniform(0, 1) < probability;
    }

    /** One of 0 to {@code bound - 1}. */
    int below(int bound) {
        return (int) (bound * uniform(0, 1));
    }

    /**
     * Mean 0, deviation 1, nearly normal: the sum of the four 16-bit quarters of one draw, within +-3.47. Cheap, and
     * what is made of it here sums many of them again.
     */
    double normal() {
        long bits = random.nextLong();
        long sum = (bits & 0xffff) + ((bits >>> 16) & 0xffff) + ((bits >>> 32) & 0xffff) + (bits >>> 48);
        return (sum - NORMAL_MEAN) / NORMAL_DEVIATION;
    }

    /** A size between two bounds with density proportional to size^-3. */
    double inverseCubeSize(double smallest, double largest) {
        double ratio = smallest / largest;
        return smallest / Math.sqrt(1 - uniform(0, 1) * (1 - ratio * ratio));
    }
}
