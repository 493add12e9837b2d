package lathe.engine.layer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Random;
import lathe.engine.linalg.GramAccumulator;
import lathe.engine.linalg.GramMatrix;
import lathe.engine.tensor.WeightMatrix;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class OutputMomentsTest {

    private static float[] numbers(int count, double offset, long seed) {
        Random random = new Random(seed);
        float[] numbers = new float[count];
        for (int i = 0; i < count; i++) {
            numbers[i] = (float) (offset + random.nextGaussian());
        }
        return numbers;
    }

    private static LayerProblem problem(WeightMatrix weights, GramMatrix gram, double... mean) {
        return new LayerProblem("layer", weights, gram, mean, new double[weights.rows()]);
    }

    /** The variance of an output over the samples, by its definition. */
    private static double variance(float[] samples, int cols, float[] weights) {
        int count = samples.length / cols;
        double[] outputs = new double[count];
        double mean = 0;
        for (int sample = 0; sample < count; sample++) {
            for (int col = 0; col < cols; col++) {
                outputs[sample] += (double) weights[col] * samples[sample * cols + col];
            }
            mean += outputs[sample] / count;
        }
        double variance = 0;
        for (double output : outputs) {
            variance += (output - mean) * (output - mean) / count;
        }
        return variance;
    }

    @Property(tries = 50, seed = "1")
    void withItsGainAnOutputVariesAsBefore(
            @ForAll @IntRange(min = 1, max = 12) int cols, @ForAll @IntRange(max = 10000) int seed) {
        float[] samples = numbers(50 * cols, 2, seed);
        GramAccumulator accumulator = new GramAccumulator(cols);
        accumulator.add(samples, 50);
        WeightMatrix before = new WeightMatrix(3, cols, numbers(3 * cols, 0, seed + 1));
        WeightMatrix after = new WeightMatrix(3, cols, numbers(3 * cols, 0, seed + 2));
        double[] gains = gains(problem(before, accumulator.gram(), accumulator.mean()), after);
        for (int row = 0; row < 3; row++) {
            double wanted = variance(samples, cols, before.floatRow(row));
            double found = gains[row] * gains[row] * variance(samples, cols, after.floatRow(row));
            assertEquals(wanted, found, 1e-9 * wanted);
        }
    }

    @Test
    void halfTheWeightsTakeTwiceTheGain() {
        GramMatrix gram = GramMatrix.of(2, new double[] {2, 1, 1, 2});
        LayerProblem problem = problem(new WeightMatrix(1, 2, new float[] {2, -6}), gram, 0.5, 0.25);
        assertArrayEquals(new double[] {2}, gains(problem, new WeightMatrix(1, 2, new float[] {1, -3})), 1e-12);
        assertArrayEquals(new double[] {1}, gains(problem, problem.weights()));
    }

    @Test
    void isOneWhereAnOutputDoesNotVary() {
        GramMatrix constant = GramMatrix.of(2, new double[] {9, 3, 3, 1});
        WeightMatrix weights = new WeightMatrix(2, 2, new float[] {1, 2, 0.1f, 0.7f});
        assertArrayEquals(
                new double[] {1, 1},
                gains(problem(weights, constant, 3, 1), new WeightMatrix(2, 2, new float[] {3, 1, 1, 1})));
        GramMatrix gram = GramMatrix.of(2, new double[] {2, 1, 1, 2});
        WeightMatrix zeroRow = new WeightMatrix(2, 2, new float[] {0, 0, 1, 2});
        WeightMatrix otherZeroRow = new WeightMatrix(2, 2, new float[] {1, 2, 0, 0});
        assertArrayEquals(new double[] {1, 1}, gains(problem(zeroRow, gram, 0, 0), otherZeroRow));
    }

    @Test
    void isOneWhereNumbersAreNotFinite() {
        GramMatrix odd = GramMatrix.of(1, new double[] {Double.NaN});
        WeightMatrix weights = new WeightMatrix(1, 1, new float[] {1});
        assertArrayEquals(new double[] {1}, gains(problem(weights, odd, 0), weights));
    }

    @Test
    void moreOutputsThanFitInABlock() {
        GramMatrix gram = GramMatrix.of(1, new double[] {1});
        float[] before = numbers(513, 3, 1);
        float[] after = numbers(513, 3, 2);
        double[] gains = gains(problem(new WeightMatrix(513, 1, before), gram, 0), new WeightMatrix(513, 1, after));
        for (int row = 0; row < 513; row++) {
            assertEquals(Math.abs(before[row] / after[row]), gains[row], 1e-5 * gains[row]);
        }
    }

    private static double[] gains(LayerProblem problem, WeightMatrix compressed) {
        return OutputMoments.of(problem, compressed).restoredVariance();
    }

    /** The error of scaled weights from the moments is that of the scaled weights themselves. */
    @Property(tries = 50, seed = "9")
    void foretellsTheErrorOfScaledWeights(@ForAll @IntRange(max = 1000) int seed, @ForAll boolean centred) {
        Random random = new Random(seed);
        GramAccumulator accumulator = new GramAccumulator(6);
        float[] samples = new float[6 * 40];
        for (int i = 0; i < samples.length; i++) {
            samples[i] = (float) random.nextGaussian() + 1;
        }
        accumulator.add(samples, 40);
        float[] exact = new float[12];
        float[] found = new float[12];
        float[] scaled = new float[12];
        double[] factors = {0.5 + random.nextDouble(), 0.5 + random.nextDouble()};
        for (int i = 0; i < 12; i++) {
            exact[i] = (float) random.nextGaussian();
            found[i] = Math.round(exact[i]);
            scaled[i] = (float) (factors[i / 6] * found[i]);
        }
        LayerProblem problem = new LayerProblem(
                        "layer", new WeightMatrix(2, 6, exact), accumulator.gram(), accumulator.mean(), new double[2])
                .withCentredErrors(centred);
        double foretold = OutputMoments.of(problem, new WeightMatrix(2, 6, found))
                .error(factors)
                .relative();
        double direct = LayerError.of(problem, new WeightMatrix(2, 6, scaled)).relative();
        assertEquals(direct, foretold, 1e-5 * direct + 1e-9);
    }
}
