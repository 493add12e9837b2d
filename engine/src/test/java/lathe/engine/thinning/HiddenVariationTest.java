package lathe.engine.thinning;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.LongRange;

class HiddenVariationTest {

    /** The bound holds, and is not far off. */
    @Property(tries = 20)
    void boundsTheVarianceBeyondAThreshold(
            @ForAll @DoubleRange(min = -2, max = 2) double z, @ForAll @LongRange(min = 0, max = 9) long seed) {
        Random random = new Random(seed);
        int count = 200_000;
        double sum = 0;
        double squares = 0;
        for (int i = 0; i < count; i++) {
            double beyond = Math.max(0, 3 * (random.nextGaussian() - z));
            sum += beyond;
            squares += beyond * beyond;
        }
        double variance = squares / count - sum * sum / count / count;
        double bound = HiddenVariation.excess(3 * z, 3);
        assertTrue(variance <= bound * 1.05, () -> variance + " above " + bound);
        assertTrue(bound <= 8 * variance, () -> bound + " far above " + variance);
    }
}
