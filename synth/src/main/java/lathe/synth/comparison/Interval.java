package lathe.synth.comparison;

import java.util.Arrays;
import org.apache.commons.math3.distribution.NormalDistribution;
import org.apache.commons.math3.distribution.TDistribution;

/**
 * A number found from a sample, and where it lies with a confidence of {@value #CONFIDENCE}.
 *
 * @param value the best guess
 * @param low lower end, at most {@code value}
 * @param high upper end
 */
public record Interval(double value, double low, double high) {

    /** Two-sided: the number is below {@code low} with a probability of half of what is left to 1. */
    public static final double CONFIDENCE = 0.95;

    private static final double UPPER_TAIL = 1 - (1 - CONFIDENCE) / 2;

    /**
     * The mean of a population, from a few independent draws, by Student's t. Infinite ones count as the largest finite
     * one; where there is none of these, or just one draw, the interval has no width.
     *
     * @param draws at least one; a NaN makes everything NaN
     */
    public static Interval ofMean(double[] draws) {
        double most = Arrays.stream(draws).filter(Double::isFinite).max().orElse(draws[0]);
        double[] held = Arrays.stream(draws)
                .map(draw -> draw == Double.POSITIVE_INFINITY ? most : draw)
                .toArray();
        double mean = Arrays.stream(held).sum() / held.length;
        if (held.length < 2 || Double.isInfinite(mean)) {
            return new Interval(mean, mean, mean);
        }
        double squares =
                Arrays.stream(held).map(draw -> (draw - mean) * (draw - mean)).sum();
        double error = Math.sqrt(squares / (held.length - 1) / held.length);
        double reach = error * new TDistribution(held.length - 1).inverseCumulativeProbability(UPPER_TAIL);
        return new Interval(mean, mean - reach, mean + reach);
    }

    /**
     * A probability, from the share of a number of independent trials, by Wilson's score (1927).
     *
     * @param share from 0 to 1
     * @param trials at least one
     */
    public static Interval ofShare(double share, long trials) {
        double z = deviations();
        double shrink = 1 + z * z / trials;
        double middle = (share + z * z / (2 * trials)) / shrink;
        double reach = z / shrink * Math.sqrt(share * (1 - share) / trials + z * z / (4.0 * trials * trials));
        return new Interval(
                share, Math.max(0, Math.min(share, middle - reach)), Math.min(1, Math.max(share, middle + reach)));
    }

    /** The same, with ends twice as far from the value. */
    Interval widened() {
        return low == high ? this : new Interval(value, value - 2 * (value - low), value + 2 * (high - value));
    }

    /** The fewest trials whose lower end reaches a probability below 1, if all of them succeed. */
    public static long trialsFor(double probability) {
        double z = deviations();
        return (long) Math.ceil(z * z * probability / (1 - probability));
    }

    private static double deviations() {
        return new NormalDistribution().inverseCumulativeProbability(UPPER_TAIL);
    }
}
