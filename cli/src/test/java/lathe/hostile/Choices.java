package lathe.hostile;

import java.util.List;
import java.util.SplittableRandom;

/** What a mutation decides by, from a seed. Not thread-safe. */
final class Choices {

    private final SplittableRandom random;

    private Choices(long seed) {
        random = new SplittableRandom(seed);
    }

    /** The same choices for the same seed. */
    static Choices seeded(long seed) {
        return new Choices(seed);
    }

    /** A number from 0 to {@code bound - 1}. */
    int below(int bound) {
        return random.nextInt(bound);
    }

    /** True once in so many times. */
    boolean oneIn(int times) {
        return below(times) == 0;
    }

    /** One of these. */
    <T> T of(List<T> values) {
        return values.get(below(values.size()));
    }

    /** 64 bits. */
    long bits() {
        return (long) below(1 << 30) << 34 ^ (long) below(1 << 30) << 17 ^ below(1 << 30);
    }
}
