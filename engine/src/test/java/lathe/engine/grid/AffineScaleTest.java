package lathe.engine.grid;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Random;
import org.junit.jupiter.api.Test;

class AffineScaleTest {

    private static final QuantGrid GRID = QuantGrid.unsigned(8);

    /** Against the definition, number by number; the histogram is 16 times as fine as the codes. */
    @Test
    void theMeanSquaredErrorIsThatOfRoundingAndClipping() {
        Random random = new Random(3);
        for (double high : new double[] {2, 4, 8}) {
            AffineScale scale = new AffineScale(GRID, (float) (high / 255), 0);
            Histogram seen = new Histogram();
            double sum = 0;
            int count = 100_000;
            for (int i = 0; i < count; i++) {
                float value = (float) Math.abs(2 * random.nextGaussian());
                seen.add(value);
                double code = Math.max(0, Math.min(255, Math.rint(value / scale.scale())));
                sum += Math.pow(value - code * scale.scale(), 2);
            }
            assertEquals(sum / count, scale.meanSquaredError(seen), 0.05 * sum / count);
        }
    }

    /** What lies evenly between codes is off by step² / 12 on average. */
    @Test
    void evenlySpreadNumbersLoseATwelfthOfASquaredStep() {
        AffineScale scale = new AffineScale(GRID, 0.1f, 128);
        Histogram seen = new Histogram();
        for (int i = 0; i < 100_000; i++) {
            seen.add(-12 + 24 * (i + 0.5f) / 100_000);
        }
        assertEquals(0.1 * 0.1 / 12, scale.meanSquaredError(seen), 0.02 * 0.1 * 0.1 / 12);
    }

    @Test
    void nothingSeenLosesNothing() {
        assertEquals(0, new AffineScale(GRID, 1, 0).meanSquaredError(new Histogram()));
    }
}
