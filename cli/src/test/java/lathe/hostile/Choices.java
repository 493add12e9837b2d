package lathe.hostile;

import java.util.List;
import java.util.SplittableRandom;
import java.util.function.IntUnaryOperator;

/** What a mutation decides by: a seeded generator, or bytes that a coverage-guided fuzzer made. Not thread-safe. */
final class Choices {

    private final IntUnaryOperator below;

    private Choices(IntUnaryOperator below) {
        this.below = below;
    }

    /** The same choices for the same seed. */
    static Choices seeded(long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        return new Choices(random::nextInt);
    }

    /** Reads each choice from the next bytes, as few as its bound takes; zeros when they are used up. */
    static Choices of(byte[] bytes) {
        int[] next = {0};
        return new Choices(bound -> {
            long value = 0;
            for (long span = 1; span < bound; span <<= 8) {
                value = value << 8 | (next[0] < bytes.length ? bytes[next[0]++] & 0xff : 0);
            }
            return (int) (value % bound);
        });
    }

    /** A number from 0 to {@code bound - 1}. */
    int below(int bound) {
        return below.applyAsInt(bound);
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
