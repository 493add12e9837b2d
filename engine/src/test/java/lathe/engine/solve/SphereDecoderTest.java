package lathe.engine.solve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Optional;
import java.util.Random;
import lathe.engine.grid.LevelTable;
import lathe.engine.grid.Levels;
import lathe.engine.grid.PairBound;
import lathe.engine.grid.WeightFormat;
import lathe.engine.layer.LayerProblem;
import lathe.engine.linalg.GramMatrix;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class SphereDecoderTest {

    private static final CodePairs FREE = CodePairs.of(WeightFormat.perChannel(8), PairBound.NONE);

    private static SphereDecoder decoder(GramMatrix gram) {
        return decoder(WeightFormat.perChannel(8).levels(), gram);
    }

    private static SphereDecoder decoder(Levels levels, GramMatrix gram) {
        int[] order = SphereDecoder.order(gram);
        return new SphereDecoder(
                levels, gram.damped(1e-12 * gram.meanDiagonal()).cholesky(order).orElseThrow(), order);
    }

    private static double error(LayerProblem problem, float[] codes, float[] scales) {
        double[] difference = new double[codes.length];
        for (int col = 0; col < codes.length; col++) {
            difference[col] = problem.weights().at(0, col) - (double) (scales[col] * codes[col]);
        }
        return problem.gram().energy(difference);
    }

    /** Counts through all codes like an odometer; inputs 2i and 2i + 1 of the same sign add up to {@code most}. */
    private static double leastOfAll(LayerProblem problem, float[] scales, float[] lowest, float[] highest, int most) {
        float[] codes = lowest.clone();
        double least = keepsPairs(codes, most) ? error(problem, codes, scales) : Double.POSITIVE_INFINITY;
        int col = 0;
        while (col < codes.length) {
            if (codes[col] < highest[col]) {
                codes[col]++;
                if (keepsPairs(codes, most)) {
                    least = Math.min(least, error(problem, codes, scales));
                }
                col = 0;
            } else {
                codes[col] = lowest[col];
                col++;
            }
        }
        return least;
    }

    private static boolean keepsPairs(float[] codes, int most) {
        for (int i = 0; i + 1 < codes.length; i += 2) {
            if (codes[i] * codes[i + 1] > 0 && Math.abs(codes[i] + codes[i + 1]) > most) {
                return false;
            }
        }
        return true;
    }

    @Property(tries = 300, seed = "1")
    void findsTheLeastErrorOfAllCodes(
            @ForAll @IntRange(min = 1, max = 5) int cols,
            @ForAll @IntRange(min = 1, max = 6) int most,
            @ForAll @IntRange(max = 10_000) int seed) {
        CodePairs pairs = CodePairs.of(WeightFormat.perChannel(8), new PairBound(cols, 1, most));
        LayerProblem problem = Problems.random(1, cols, 40, seed);
        Random random = new Random(seed);
        float[] scales = new float[cols];
        float[] lowest = new float[cols];
        float[] highest = new float[cols];
        for (int col = 0; col < cols; col++) {
            scales[col] = 0.2f + random.nextFloat();
            lowest[col] = -random.nextInt(3);
            highest[col] = random.nextInt(4);
        }
        float[] found = decoder(problem.gram())
                .decode(problem.weights().floatRow(0), scales, lowest, highest, pairs, Double.POSITIVE_INFINITY)
                .orElseThrow();
        assertTrue(keepsPairs(found, most));
        for (int col = 0; col < cols; col++) {
            assertTrue(found[col] >= lowest[col] && found[col] <= highest[col]);
            assertEquals(found[col], Math.rint(found[col]));
        }
        double least = leastOfAll(problem, scales, lowest, highest, most);
        assertEquals(least, error(problem, found, scales), 1e-9 * Problems.energy(problem, 0) + 1e-12);
    }

    @Property(tries = 200, seed = "3")
    void findsTheLeastErrorOfAllLevelsOfATable(
            @ForAll @IntRange(min = 1, max = 5) int cols, @ForAll @IntRange(max = 10_000) int seed) {
        float[] levels = {-1, -0.35f, 0, 0.2f, 0.3f, 1.4f};
        LayerProblem problem = Problems.random(1, cols, 40, seed);
        float[] scales = new float[cols];
        float[] lowest = new float[cols];
        float[] highest = new float[cols];
        Arrays.fill(scales, 0.3f + seed % 7);
        Arrays.fill(lowest, -1);
        Arrays.fill(highest, 1.4f);
        float[] found = decoder(new LevelTable(levels), problem.gram())
                .decode(problem.weights().floatRow(0), scales, lowest, highest, FREE, Double.POSITIVE_INFINITY)
                .orElseThrow();
        double least = Double.POSITIVE_INFINITY;
        for (int all = 0; all < Math.pow(levels.length, cols); all++) {
            float[] tried = new float[cols];
            for (int col = 0, rest = all; col < cols; col++, rest /= levels.length) {
                tried[col] = levels[rest % levels.length];
            }
            least = Math.min(least, error(problem, tried, scales));
        }
        assertEquals(least, error(problem, found, scales), 1e-6 * least);
    }

    @Tag("broad")
    @Property(tries = 50, seed = "2")
    void moreCodesNeverHurt(@ForAll @IntRange(max = 1000) int seed) {
        LayerProblem problem = Problems.random(1, 9, 60, seed);
        float[] scales = new float[9];
        Arrays.fill(scales, 0.4f);
        double before = Double.POSITIVE_INFINITY;
        for (int bits = 2; bits <= 5; bits++) {
            float[] lowest = new float[9];
            float[] highest = new float[9];
            Arrays.fill(lowest, -(1 << (bits - 1)));
            Arrays.fill(highest, (1 << (bits - 1)) - 1);
            float[] found = decoder(problem.gram())
                    .decode(problem.weights().floatRow(0), scales, lowest, highest, FREE, Double.POSITIVE_INFINITY)
                    .orElseThrow();
            double error = error(problem, found, scales);
            assertTrue(error <= before * (1 + 1e-9));
            before = error;
        }
    }

    @Test
    void findsNothingWhereNothingIsBetterThanTheBound() {
        LayerProblem problem = Problems.row(Problems.diagonal(1, 1), 0.4f, 0.4f);
        float[] ones = {1, 1};
        float[] lowest = {-1, -1};
        float[] found = decoder(problem.gram())
                .decode(problem.weights().floatRow(0), ones, lowest, ones, FREE, 0.33)
                .orElseThrow();
        assertEquals(0.32, error(problem, found, ones), 1e-6);
        assertEquals(
                Optional.empty(),
                decoder(problem.gram()).decode(problem.weights().floatRow(0), ones, lowest, ones, FREE, 0.31));
    }

    @Test
    void takesTheInputFirstThatTheOthersTellLeastOf() {
        GramMatrix gram = GramMatrix.of(3, new double[] {4, 3.9, 0, 3.9, 4, 0, 0, 0, 1});
        assertEquals(2, SphereDecoder.order(gram)[0]);
    }

    /** What an input strays from what the others tell of it is 1 / (H⁻¹)_ii, H being that of the inputs left. */
    @Property(tries = 30, seed = "3")
    void noInputComesBeforeOneThatTheOthersTellLessOf(
            @ForAll @IntRange(min = 1, max = 7) int cols, @ForAll @IntRange(max = 1000) int seed) {
        GramMatrix gram = Problems.random(1, cols, 40, seed).gram();
        int[] order = SphereDecoder.order(gram);
        assertEquals(cols, Arrays.stream(order).distinct().filter(i -> i < cols).count());
        for (int place = 0; place < cols; place++) {
            double first = conditionalVariance(gram, order, place, place);
            for (int later = place + 1; later < cols; later++) {
                assertTrue(conditionalVariance(gram, order, place, later) <= first * (1 + 1e-6));
            }
        }
    }

    private static double conditionalVariance(GramMatrix gram, int[] order, int from, int place) {
        int n = order.length - from;
        double[][] left = new double[n][n];
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                left[i][j] = gram.at(order[from + i], order[from + j]);
            }
        }
        double[] unit = new double[n];
        unit[place - from] = 1;
        return 1 / SlowGptq.solve(left, unit)[place - from];
    }
}
