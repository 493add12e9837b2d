package lathe.synth.comparison;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class IntervalTest {

    /** The examples of Newcombe, Statistics in Medicine 17 (1998), Table I, method 3. */
    @ParameterizedTest
    @CsvSource({"81,263,0.2553,0.3662", "15,148,0.0624,0.1605", "0,20,0.0000,0.1611", "1,29,0.0061,0.1718"})
    void sharesAreThoseOfTheLiterature(long successes, long trials, double low, double high) {
        Interval interval = Interval.ofShare((double) successes / trials, trials);
        assertEquals(low, interval.low(), 5e-5);
        assertEquals(high, interval.high(), 5e-5);
    }

    /** Five numbers, four degrees of freedom: the quantile is 2.776445. */
    @Test
    void meansAreThoseOfStudent() {
        Interval interval = Interval.ofMean(new double[] {1, 2, 3, 4, 5});
        assertEquals(3, interval.value(), 1e-12);
        assertEquals(3 - 2.776445 * Math.sqrt(0.5), interval.low(), 1e-6);
        assertEquals(3 + 2.776445 * Math.sqrt(0.5), interval.high(), 1e-6);
    }

    @Test
    void drawsThatAreNotFinite() {
        double infinite = Double.POSITIVE_INFINITY;
        assertEquals(new Interval(7, 7, 7), Interval.ofMean(new double[] {7}));
        assertEquals(new Interval(7, 7, 7), Interval.ofMean(new double[] {7, infinite, 7}));
        assertEquals(new Interval(infinite, infinite, infinite), Interval.ofMean(new double[] {infinite, infinite}));
        assertEquals(new Interval(-infinite, -infinite, -infinite), Interval.ofMean(new double[] {3, -infinite}));
        assertTrue(Double.isNaN(Interval.ofMean(new double[] {3, Double.NaN}).low()));
    }

    @Property(tries = 200, seed = "3")
    void aShareLiesInItsInterval(
            @ForAll @IntRange(max = 1000) int successes, @ForAll @IntRange(min = 1, max = 1000) int more) {
        long trials = (long) successes + more;
        double share = (double) successes / trials;
        Interval interval = Interval.ofShare(share, trials);
        assertTrue(0 <= interval.low() && interval.low() <= share);
        assertTrue(share <= interval.high() && interval.high() <= 1);
        assertTrue(Interval.ofShare(share, 4 * trials).low() >= interval.low());
    }

    @Property(tries = 100, seed = "4")
    void trialsAreTheFewestThatSuffice(@ForAll @IntRange(min = 10, max = 999) int perMille) {
        double probability = perMille / 1000.0;
        long trials = Interval.trialsFor(probability);
        assertTrue(Interval.ofShare(1, trials).low() >= probability - 1e-12);
        assertTrue(trials == 1 || Interval.ofShare(1, trials - 1).low() < probability);
    }
}
