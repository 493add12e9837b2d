package lathe.engine.grid;

import static lathe.engine.grid.Samples.ANY;
import static lathe.engine.grid.Samples.histogram;
import static lathe.engine.grid.Samples.meanSquaredError;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.stream.Stream;
import lathe.engine.grid.Samples.Shape;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class RangeSearchTest {

    private static RangeSearch search(float[] values, int bits) {
        return new RangeSearch(histogram(values), QuantGrid.unsigned(bits), -ANY, ANY);
    }

    static Stream<Arguments> shapesAndBits() {
        return Stream.of(Shape.values()).flatMap(shape -> Stream.of(4, 5, 6, 8).map(bits -> Arguments.of(shape, bits)));
    }

    @ParameterizedTest(name = "{0}, {1} bits")
    @MethodSource("shapesAndBits")
    void isWithinAPercentOfADenseGridOverBothEnds(Shape shape, int bits) {
        float[] values = Samples.of(shape, 20_000, 1);
        double found = meanSquaredError(values, search(values, bits).leastError(1));
        double twin = leastOfAGrid(values, QuantGrid.unsigned(bits));
        assertTrue(found <= 1.01 * twin, found + " > " + twin);
    }

    /** The twin: every element, under every zero point that can be best, and steps 2 % apart. */
    private static double leastOfAGrid(float[] values, QuantGrid grid) {
        Histogram seen = histogram(values);
        int steps = grid.levels() - 1;
        double least = Math.min(0, seen.min());
        double range = Math.max(0, seen.max()) - least;
        int expected = (int) Math.rint(-least / range * steps);
        int away = grid.bits() == 8 ? 15 : steps; // with 8 bits, little is clipped
        double best = Double.POSITIVE_INFINITY;
        for (double width = 1.1 * range; width > range / (grid.bits() == 8 ? 2 : 50); width *= 0.98) {
            float step = (float) (width / steps);
            int last = least < 0 ? Math.min(steps, expected + away) : 0;
            for (int zero = least < 0 ? Math.max(0, expected - away) : 0; zero <= last; zero++) {
                best = Math.min(best, meanSquaredError(values, new AffineScale(grid, step, grid.min() + zero)));
            }
        }
        return best;
    }

    /**
     * Max, "Quantizing for minimum distortion", 1960, table II: equally spaced levels for a unit Gaussian, 0.01289 with
     * 15 levels, of which one is 0, and 0.01154 with 16, of which none is; 0.003495 with 32. Ours are 16 and one is 0.
     */
    @ParameterizedTest
    @CsvSource({"4, 0.01154, 0.01289", "5, 0.003495, 0.003693"})
    void liesBetweenTheKnownOptimaForAGaussian(int bits, double evenLevels, double oddLevels) {
        float[] values = Samples.of(Shape.GAUSSIAN, 1_000_000, 2);
        double error = meanSquaredError(values, search(values, bits).leastError(1));
        assertTrue(error > 0.995 * evenLevels && error < oddLevels, error + "");
    }

    /** 2^b levels from 0 up for half a Gaussian are half of 2^(b+1) - 1 levels for all of it; by the same table. */
    @ParameterizedTest
    @CsvSource({"3, 0.01289", "4, 0.003693"})
    void reachesTheKnownOptimumForHalfAGaussian(int bits, double twice) {
        float[] values = Samples.of(Shape.HALF_GAUSSIAN, 1_000_000, 3);
        assertEquals(twice / 2, meanSquaredError(values, search(values, bits).leastError(1)), 0.015 * twice / 2);
    }

    @Property(tries = 200, seed = "1")
    void neverCostsMoreThanCoveringEverything(
            @ForAll Shape shape, @ForAll long seed, @ForAll @IntRange(min = 2, max = 8) int bits) {
        RangeSearch search = search(Samples.of(shape, 500, seed), bits);
        double covering = search.error(search.covering(), 1);
        assertTrue(search.error(search.leastError(1), 1) <= covering * (1 + 1e-9), shape + " " + covering);
    }

    @Property(tries = 100, seed = "2")
    void moreBitsDoNotHurt(@ForAll Shape shape, @ForAll long seed) {
        float[] values = Samples.of(shape, 500, seed);
        double before = Double.POSITIVE_INFINITY;
        for (int bits = 2; bits <= 8; bits++) {
            RangeSearch search = search(values, bits);
            double error = search.error(search.leastError(1), 1);
            assertTrue(
                    error <= before * (1 + 1e-6),
                    "%s: %s with %d bits, %s with one less".formatted(shape, error, bits, before));
            before = error;
        }
    }

    /** A power of two changes no mantissa, so nothing may change but the scale. */
    @Property(tries = 100, seed = "3")
    void theScaleFollowsTheValues(
            @ForAll Shape shape,
            @ForAll long seed,
            @ForAll @IntRange(min = 3, max = 8) int bits,
            @ForAll @IntRange(min = -40, max = 40) int exponent) {
        float[] values = Samples.of(shape, 300, seed);
        float[] scaled = values.clone();
        for (int i = 0; i < scaled.length; i++) {
            scaled[i] = Math.scalb(scaled[i], exponent);
        }
        AffineScale found = search(values, bits).leastError(1);
        AffineScale other = search(scaled, bits).leastError(1);
        assertEquals(Math.scalb(found.scale(), exponent), other.scale());
        assertEquals(found.zeroPoint(), other.zeroPoint());
    }

    @Property(tries = 200, seed = "4")
    void noRangeReachesPastABound(
            @ForAll Shape shape,
            @ForAll long seed,
            @ForAll @IntRange(min = 2, max = 8) int bits,
            @ForAll @DoubleRange(min = -3, max = 0) double low,
            @ForAll @DoubleRange(min = 0.01, max = 7) double high) {
        float[] values = Samples.of(shape, 300, seed);
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) Math.max(low, Math.min(high, values[i]));
        }
        RangeSearch search = new RangeSearch(histogram(values), QuantGrid.unsigned(bits), low, high);
        for (AffineScale range : new AffineScale[] {search.covering(), search.leastError(1)}) {
            assertTrue(range.low() >= low && range.high() <= high, range + " in " + low + " to " + high);
        }
    }

    @Test
    void aClipToBothSidesIsNotPassedByHalfAStep() {
        float[] values = {-1, -0.5f, 0, 0.5f, 1};
        for (int bits = 4; bits <= 8; bits++) {
            RangeSearch search = new RangeSearch(histogram(values), QuantGrid.unsigned(bits), -1, 1);
            assertTrue(search.covering().low() >= -1 && search.covering().high() <= 1);
            assertTrue(search.covering().high() - search.covering().low() > 1.8);
        }
    }

    /** The error by moments is that of numbers spread evenly over their bins, one by one. */
    @Property(tries = 20, seed = "5")
    void theErrorIsThatOfNumbersSpreadOverTheirBins(
            @ForAll Shape shape, @ForAll long seed, @ForAll @IntRange(min = 2, max = 8) int bits) {
        Histogram seen = histogram(Samples.of(shape, 300, seed));
        RangeSearch search = new RangeSearch(seen, QuantGrid.unsigned(bits), -ANY, ANY);
        AffineScale range = search.leastError(1);
        int parts = 200;
        double expected = 0;
        for (int bin = 0; bin < Histogram.BINS; bin++) {
            boolean atZero = seen.centreOf(bin) > 0 && seen.centreOf(bin) < seen.binWidth();
            double from = Math.max(seen.min(), seen.centreOf(bin) - seen.binWidth() / 2);
            double to = Math.min(seen.max(), seen.centreOf(bin) + seen.binWidth() / 2);
            for (int part = 0; part < parts && seen.countOf(bin) > 0 && !atZero; part++) {
                double number = from + (part + 0.5) / parts * (to - from);
                double nearest = range.scale() * Math.rint(number / range.scale());
                double difference = number - Math.max(range.low(), Math.min(range.high(), nearest));
                expected += difference * difference * seen.countOf(bin) / parts;
            }
        }
        assertEquals(expected, search.error(range, 1), 1e-3 * expected);
    }
}
