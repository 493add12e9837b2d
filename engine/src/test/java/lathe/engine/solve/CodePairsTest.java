package lathe.engine.solve;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.util.Arrays;
import java.util.Random;
import lathe.engine.grid.AffineFormat;
import lathe.engine.grid.PairBound;
import lathe.engine.grid.WeightFormat;
import lathe.engine.solve.CodePairs.Suspects;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;

class CodePairsTest {

    private static final AffineFormat FORMAT = WeightFormat.perChannel(8);

    @Property(tries = 300, seed = "1")
    void pairsThatAreNotSuspectedKeepTheBound(
            @ForAll @IntRange(min = 2, max = 60) int cols,
            @ForAll @DoubleRange(min = 0.3, max = 1.2) double fraction,
            @ForAll @DoubleRange(min = 0.3, max = 1.2) double checked,
            @ForAll @IntRange(max = 10000) int seed) {
        Random random = new Random(seed);
        float[] weights = new float[cols];
        double[] importance = new double[cols];
        float largest = 0;
        for (int col = 0; col < cols; col++) {
            weights[col] = random.nextFloat() - 0.3f;
            importance[col] = random.nextDouble();
            largest = Math.max(largest, Math.abs(weights[col]));
        }
        float full = largest / FORMAT.grid().max();
        float scale = (float) (fraction * full);
        float[] scales = new float[cols];
        Arrays.fill(scales, scale);
        CodePairs pairs = CodePairs.of(FORMAT, PairBound.of(cols, 1, 255));
        Suspects none = new Suspects(new int[0], Float.POSITIVE_INFINITY); // all pairs are checked
        Suspects suspects = pairs.suspects(weights, (float) (checked * full));
        assertArrayEquals(
                settled(pairs, weights, scales, importance, none),
                settled(pairs, weights, scales, importance, suspects));
    }

    private static float[] settled(
            CodePairs pairs, float[] weights, float[] scales, double[] importance, Suspects suspects) {
        float[] codes = new float[weights.length];
        for (int col = 0; col < codes.length; col++) {
            codes[col] = FORMAT.grid().nearest(weights[col] / scales[col]);
        }
        pairs.settle(codes, weights, scales, importance, suspects, scales[0]);
        return codes;
    }
}
