package lathe.engine.grid;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class ActivationRangeTest {

    private static final double ANY = Double.POSITIVE_INFINITY;
    private static final QuantGrid GRID = QuantGrid.unsigned(8);

    private static Histogram of(float... values) {
        Histogram histogram = new Histogram();
        for (float value : values) {
            histogram.add(value);
        }
        return histogram;
    }

    /** Numbers with some far out, shifted to one side. */
    private static float[] tailed(long seed, double shift) {
        Random random = new Random(seed);
        float[] values = new float[2000];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (random.nextGaussian() * (i % 100 == 0 ? 20 : 1) + shift);
        }
        return values;
    }

    /** The twin: every element through QuantizeLinear and back. */
    private static double squaredError(float[] values, AffineScale affine) {
        double sum = 0;
        for (float value : values) {
            int code = affine.grid().nearest(Math.rint(value / (double) affine.scale()) + affine.zeroPoint());
            double difference = value - (double) affine.scale() * (code - affine.zeroPoint());
            sum += difference * difference;
        }
        return sum;
    }

    @Property(tries = 100, seed = "1")
    void clippingDoesNotCostMoreThanCovering(
            @ForAll long seed,
            @ForAll @DoubleRange(min = -3, max = 3) double shift,
            @ForAll @IntRange(min = 3, max = 8) int bits) {
        float[] values = tailed(seed, shift);
        QuantGrid grid = QuantGrid.unsigned(bits);
        double covering = squaredError(values, ActivationRange.MIN_MAX.choose(of(values), grid, -ANY, ANY));
        double clipping = squaredError(values, ActivationRange.MSE.choose(of(values), grid, -ANY, ANY));
        // The search sees bins, not elements: a percent of slack for their width.
        assertTrue(clipping <= covering * 1.01, clipping + " > " + covering);
    }

    @Property(tries = 100, seed = "3")
    void cautionNeverClipsMoreThanTheLeastErrorDoes(@ForAll long seed, @ForAll @IntRange(min = 3, max = 8) int bits) {
        float[] values = tailed(seed, 0);
        for (int i = 0; i < values.length; i++) {
            values[i] = Math.abs(values[i]); // one end to find, so that the two searches walk the same way
        }
        QuantGrid grid = QuantGrid.unsigned(bits);
        AffineScale least = ActivationRange.MSE.choose(of(values), grid, -ANY, ANY);
        AffineScale cautious = ActivationRange.CAUTIOUS.choose(of(values), grid, -ANY, ANY);
        AffineScale covering = ActivationRange.MIN_MAX.choose(of(values), grid, -ANY, ANY);
        assertTrue(cautious.high() >= least.high(), cautious + " clips more than " + least);
        assertTrue(cautious.high() <= covering.high(), cautious + " is wider than " + covering);
    }

    @Test
    void cautionClipsWhereItPaysManyTimes() {
        float[] values = new float[1_000_001];
        for (int i = 0; i < values.length; i++) {
            values[i] = i / 1e6f;
        }
        values[0] = 1.5f; // without it, steps could be finer by a third
        assertTrue(ActivationRange.MSE.choose(of(values), GRID, -ANY, ANY).high() < 1.1);
        assertTrue(ActivationRange.CAUTIOUS.choose(of(values), GRID, -ANY, ANY).high() > 1.3);
        QuantGrid coarse = QuantGrid.unsigned(4);
        assertTrue(
                ActivationRange.CAUTIOUS.choose(of(values), coarse, -ANY, ANY).high() < 1.1);
    }

    @Test
    void clippingPaysWithFewBitsAndAFarOutlier() {
        Random random = new Random(1);
        float[] values = new float[2000];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        values[0] = 20;
        QuantGrid grid = QuantGrid.unsigned(4);
        double covering = squaredError(values, ActivationRange.MIN_MAX.choose(of(values), grid, -ANY, ANY));
        double clipping = squaredError(values, ActivationRange.MSE.choose(of(values), grid, -ANY, ANY));
        assertTrue(clipping < 0.7 * covering, clipping + " of " + covering);
    }

    @ParameterizedTest
    @EnumSource(ActivationRange.class)
    void zeroIsTheSmallestCodeWhereNothingIsNegative(ActivationRange range) {
        assertEquals(0, range.choose(of(0, 1, 5.5f), GRID, -ANY, ANY).zeroPoint());
    }

    @ParameterizedTest
    @EnumSource(ActivationRange.class)
    void theRangeStaysInsideTheBounds(ActivationRange range) {
        for (float most : new float[] {0.1f, 1, 5.999f, 6, 7}) {
            AffineScale affine = range.choose(of(0, most / 2, most), GRID, 0, 6);
            assertTrue(affine.high() <= 6, affine.toString());
            assertEquals(0.0, affine.low());
        }
    }

    @ParameterizedTest
    @EnumSource(ActivationRange.class)
    void coversFewNumbersAndIsNoWiderThanAStep(ActivationRange range) {
        AffineScale affine = range.choose(of(-3, 2, 10), GRID, -ANY, ANY);
        assertTrue(affine.high() - affine.low() <= 13 + 1.01 * affine.scale());
        assertTrue(affine.high() >= 9 && affine.low() <= -2.5);
    }

    @ParameterizedTest
    @ValueSource(
            floats = {
                0,
                Float.MIN_VALUE,
                -Float.MIN_VALUE,
                0x1p-100f,
                0x1p100f,
                -0x1p100f,
                Float.MAX_VALUE,
                Float.NaN,
                Float.POSITIVE_INFINITY
            })
    void anyNumberAloneGivesAValidScale(float value) {
        for (ActivationRange range : ActivationRange.values()) {
            AffineScale affine = range.choose(of(value), GRID, -ANY, ANY);
            assertTrue(affine.scale() >= Float.MIN_NORMAL, affine.toString());
        }
    }

    @Test
    void nothingSeenGivesAValidScale() {
        assertEquals(
                Float.MIN_NORMAL,
                ActivationRange.MSE.choose(new Histogram(), GRID, -ANY, ANY).scale());
    }
}
