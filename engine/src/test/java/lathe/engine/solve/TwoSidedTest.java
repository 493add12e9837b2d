package lathe.engine.solve;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import lathe.engine.grid.FloatFormat;
import lathe.engine.grid.LevelTable;
import lathe.engine.grid.QuantGrid;
import lathe.engine.grid.TableFormat;
import lathe.engine.grid.WeightFormat;
import lathe.engine.grid.WeightFormat.Sharing;
import lathe.engine.layer.LayerProblem;
import lathe.engine.layer.QuantizedWeights;
import lathe.engine.linalg.CholeskyFactor;
import lathe.engine.linalg.GramMatrix;
import lathe.engine.tensor.WeightMatrix;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TwoSidedTest {

    private static final WeightFormat THREE_BITS = WeightFormat.perChannel(3);

    /** A metric under which errors of neighbouring outputs interfere. */
    private static GramMatrix metric(int outputs, long seed) {
        GramMatrix gram = Problems.random(1, outputs, 2 * outputs, seed + 77).gram();
        return gram.damped(0.1 * gram.meanDiagonal());
    }

    private static LayerProblem random(int rows, int cols, long seed) {
        return Problems.random(rows, cols, 3 * cols, seed).withOutputMetric(metric(rows, seed));
    }

    private static QuantizedWeights oneSided(WeightFormat format, LayerProblem problem) {
        return Solver.BEST.of(format, SolverOptions.DEFAULT).solve(problem);
    }

    private static QuantizedWeights refined(WeightFormat format, LayerProblem problem, QuantizedWeights solved) {
        return Solver.BEST
                .of(format, SolverOptions.DEFAULT)
                .twoSided(List.of(problem), List.of(solved))
                .get(0);
    }

    /** tr(G E H Eᵀ), summed without any cleverness. */
    private static double error(LayerProblem problem, WeightMatrix compressed) {
        WeightMatrix weights = problem.weights();
        double error = 0;
        for (int o = 0; o < weights.rows(); o++) {
            for (int p = 0; p < weights.rows(); p++) {
                for (int i = 0; i < weights.cols(); i++) {
                    for (int j = 0; j < weights.cols(); j++) {
                        error += problem.outputMetric().at(o, p)
                                * ((double) weights.at(o, i) - compressed.at(o, i))
                                * problem.gram().at(i, j)
                                * ((double) weights.at(p, j) - compressed.at(p, j));
                    }
                }
            }
        }
        return error;
    }

    @Property(tries = 60, seed = "1")
    void isNeverWorseThanOutputsOneByOne(
            @ForAll @IntRange(min = 2, max = 40) int rows,
            @ForAll @IntRange(min = 2, max = 12) int cols,
            @ForAll @IntRange(min = 2, max = 5) int bits,
            @ForAll @IntRange(max = 1000) int seed) {
        LayerProblem problem = random(rows, cols, seed);
        WeightFormat format = WeightFormat.perChannel(bits);
        QuantizedWeights before = oneSided(format, problem);
        QuantizedWeights after = refined(format, problem, before);
        assertTrue(error(problem, after.weights()) <= error(problem, before.weights()) * (1 + 1e-9));
    }

    /** With one scale for all, which stays, the best of all 4⁶ or 4⁸ codes is known. */
    @ParameterizedTest
    @CsvSource({"2, 3", "3, 2", "2, 4"})
    void isNearTheBestOfAllCodes(int rows, int cols) {
        WeightFormat format = WeightFormat.perChannel(new QuantGrid(2, -2, 1)).perTensor();
        double found = 0;
        double outputsAlone = 0;
        double best = 0;
        for (int seed = 1; seed <= 40; seed++) {
            LayerProblem problem = random(rows, cols, seed);
            QuantizedWeights before = oneSided(format, problem);
            QuantizedWeights after = refined(format, problem, before);
            double least = leastError(problem, before);
            double energy = error(problem, new WeightMatrix(rows, cols, new float[rows * cols]));
            double error = error(problem, after.weights());
            assertTrue(error >= least * (1 - 1e-6), "%s, least of all %s".formatted(error, least));
            found += error / energy;
            outputsAlone += error(problem, before.weights()) / energy;
            best += least / energy;
        }
        assertTrue(found < 1.1 * best, "%s, best of all %s".formatted(found, best));
        assertTrue(found - best < 0.4 * (outputsAlone - best), "%s, %s alone".formatted(found, outputsAlone));
    }

    /** Uneven levels leave more local optima than integers, but no single weight has a better level. */
    @ParameterizedTest
    @CsvSource({"2, 3", "3, 2", "2, 4"})
    void noOtherLevelOfAWeightIsBetter(int rows, int cols) {
        LevelTable levels = new LevelTable(0.7f, 0, -1, -0.3f);
        for (WeightFormat format : List.of(
                new TableFormat("four", levels, false, Sharing.TENSOR, 0),
                TableFormat.NF4.perTensor(),
                FloatFormat.E5M2.perTensor())) {
            for (int seed = 1; seed <= 10; seed++) {
                LayerProblem problem = random(rows, cols, seed);
                QuantizedWeights found = refined(format, problem, oneSided(format, problem));
                double error = error(problem, found.weights());
                for (int i = 0; i < found.codes().length; i++) {
                    short code = found.codes()[i];
                    for (short other : codes(format)) {
                        found.codes()[i] = other;
                        assertTrue(error(problem, found.weights()) >= error * (1 - 1e-4), format + " " + i);
                    }
                    found.codes()[i] = code;
                }
            }
        }
    }

    private static short[] codes(WeightFormat format) {
        float[] byCode = ((LevelTable) format.levels()).byCode();
        short[] codes = new short[byCode.length];
        int count = 0;
        for (int code = 0; code < byCode.length; code++) {
            if (!Float.isNaN(byCode[code])) {
                codes[count++] = (byte) code;
            }
        }
        return Arrays.copyOf(codes, count);
    }

    private static double leastError(LayerProblem problem, QuantizedWeights solved) {
        short[] codes = solved.codes().clone();
        short first = (short) solved.format().levels().least();
        short last = (short) solved.format().levels().largest();
        Arrays.fill(codes, first);
        double least = Double.POSITIVE_INFINITY;
        int digit = 0;
        while (digit < codes.length) {
            QuantizedWeights tried = new QuantizedWeights(
                    solved.format(), solved.blocks(), solved.rows(), codes, solved.scales(), solved.zeroPoints());
            least = Math.min(least, error(problem, tried.weights()));
            digit = 0;
            while (digit < codes.length && codes[digit] == last) {
                codes[digit++] = first;
            }
            if (digit < codes.length) {
                codes[digit]++;
            }
        }
        return least;
    }

    /** Babai's nearest plane on the Kronecker product G ⊗ H, all weights in one vector. */
    @Property(tries = 40, seed = "1")
    void roundsAsOneLatticeOfAllWeights(
            @ForAll @IntRange(min = 2, max = 8) int rows,
            @ForAll @IntRange(min = 2, max = 8) int cols,
            @ForAll @IntRange(max = 1000) int seed) {
        LayerProblem problem = random(rows, cols, seed);
        TwoSidedWeights start = TwoSidedWeights.of(problem, oneSided(THREE_BITS, problem));
        float[][] codes = TwoSidedRounding.of(start).codes();
        int[] outputs = problem.outputMetric().byFallingDiagonal();
        int[] inputs = problem.gram().byFallingDiagonal();
        int size = rows * cols;
        double[] product = new double[size * size];
        for (int a = 0; a < size; a++) {
            for (int b = 0; b < size; b++) {
                product[a * size + b] = problem.outputMetric().at(outputs[a / cols], outputs[b / cols])
                        * problem.gram().at(inputs[a % cols], inputs[b % cols]);
            }
        }
        int[] all = new int[size];
        Arrays.setAll(all, i -> i);
        CholeskyFactor factor = GramMatrix.of(size, product).cholesky(all).orElseThrow();
        double[] errors = new double[size];
        for (int a = 0; a < size; a++) {
            double scale = start.scales()[outputs[a / cols]][0];
            double weight = problem.weights().at(outputs[a / cols], inputs[a % cols]);
            double wanted = weight;
            for (int b = 0; b < a; b++) {
                wanted += errors[b] * factor.at(b, a) / factor.pivot(a);
            }
            double code = codes[outputs[a / cols]][inputs[a % cols]];
            double nearest = Math.max(-4, Math.min(3, wanted / scale));
            assertEquals(nearest, code, 0.5 + 1e-4);
            errors[a] = weight - scale * code;
        }
    }

    @Test
    void leavesOutputsAloneThatDoNotInterfere() {
        LayerProblem problem = Problems.random(6, 9, 40, 3);
        QuantizedWeights solved = oneSided(THREE_BITS, problem);
        assertSame(solved, refined(THREE_BITS, problem, solved));
        GramMatrix weights = GramMatrix.diagonal(new double[] {1, 2, 3, 4, 5, 6});
        assertSame(solved, refined(THREE_BITS, problem.withOutputMetric(weights), solved));
    }

    @Test
    void sizeOfTheMetricDoesNotMatter() {
        LayerProblem problem = random(12, 20, 5);
        QuantizedWeights solved = oneSided(THREE_BITS, problem);
        GramMatrix louder = GramMatrix.weightedSum(List.of(problem.outputMetric()), new double[] {1024});
        QuantizedWeights found = refined(THREE_BITS, problem, solved);
        QuantizedWeights same = refined(THREE_BITS, problem.withOutputMetric(louder), solved);
        assertArrayEquals(found.codes(), same.codes());
        assertArrayEquals(found.scales(), same.scales());
    }

    @Test
    void keepsZerosScaleFloorsZeroPointsAndBlocks() {
        LayerProblem dense = random(10, 32, 7);
        double[] floor = new double[10];
        Arrays.fill(floor, 0.3);
        LayerProblem floored = new LayerProblem("layer", dense.weights(), dense.gram(), dense.mean(), floor)
                .withOutputMetric(dense.outputMetric());
        LayerProblem sparse = Problems.sparse(floored, 3);
        for (WeightFormat format : List.of(THREE_BITS, THREE_BITS.asymmetric(), THREE_BITS.perBlock(16))) {
            QuantizedWeights before = oneSided(format, sparse);
            QuantizedWeights after = refined(format, sparse, before);
            assertTrue(error(sparse, after.weights()) < error(sparse, before.weights()), format.toString());
            assertArrayEquals(before.zeroPoints(), after.zeroPoints());
            for (int i = 0; i < after.codes().length; i++) {
                if (sparse.weights().at(i / 32, i % 32) == 0) {
                    assertEquals(0, after.weights().at(i / 32, i % 32));
                }
                assertTrue(after.codes()[i] >= -4 && after.codes()[i] <= 3);
            }
            for (float scale : after.scales()) {
                assertTrue(scale >= 0.3, "scale " + scale);
            }
        }
    }

    @Test
    void takesMoreOutputsThanOneBlockHolds() {
        LayerProblem problem = random(2 * TwoSidedWeights.ROWS + 3, 6, 9);
        QuantizedWeights before = oneSided(THREE_BITS, problem);
        assertTrue(error(problem, refined(THREE_BITS, problem, before).weights())
                < 0.98 * error(problem, before.weights()));
    }

    @Test
    void acceptsSingularMatricesAndDeadInputs() {
        GramMatrix gram = GramMatrix.of(3, new double[] {2, 0, 1, 0, 0, 0, 1, 0, 3});
        GramMatrix ones = GramMatrix.of(2, new double[] {1, 1, 1, 1});
        LayerProblem problem = Problems.of(new WeightMatrix(2, 3, new float[] {1, 0.4f, -0.3f, 0.2f, 0.7f, 0.6f}), gram)
                .withOutputMetric(ones);
        QuantizedWeights before = oneSided(THREE_BITS, problem);
        assertTrue(error(problem, refined(THREE_BITS, problem, before).weights())
                <= error(problem, before.weights()) + 1e-12);
    }
}
