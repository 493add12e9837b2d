package lathe.engine.solve;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import lathe.engine.grid.QuantGrid;
import lathe.engine.grid.WeightFormat;
import lathe.engine.layer.LayerProblem;
import lathe.engine.layer.QuantizedWeights;
import lathe.engine.linalg.GramMatrix;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Against {@link SlowGptq}. */
class GptqRoundingTest {

    private static final QuantGrid GRID = QuantGrid.symmetric(3);
    private static final double DAMPING = 0.01;
    private static final SolverOptions ONE_SCALE = new SolverOptions(1, 1, 1, 1, 0.2, 0);

    private static QuantizedWeights solve(LayerProblem problem, SolverOptions options) {
        return solve(problem, WeightFormat.perChannel(GRID), options);
    }

    private static QuantizedWeights solve(LayerProblem problem, WeightFormat format, SolverOptions options) {
        return Problems.solver("gptq", format, new Gptq(options)).solve(problem);
    }

    private static SlowGptq slow(LayerProblem problem, int row) {
        return new SlowGptq(problem, row, GRID, problem.weights().cols());
    }

    private static void assertFinds(SlowGptq slow, double fraction, double[] codes, QuantizedWeights solved, int row) {
        for (int col = 0; col < codes.length; col++) {
            int block = solved.blocks().of(col);
            double scale = slow.scale(fraction, col);
            assertEquals(scale, solved.scales()[row * solved.blocks().count() + block], 2e-5 * scale);
            assertEquals((byte) codes[col], solved.codes()[row * codes.length + col]);
        }
    }

    @Property(tries = 60, seed = "1")
    void startsFromTheScaleOfLeastExpectedError(
            @ForAll @IntRange(min = 1, max = 9) int cols, @ForAll @IntRange(max = 1000) int seed) {
        LayerProblem problem = Problems.damped(Problems.random(3, cols, 40, seed), DAMPING);
        SolverOptions options = new SolverOptions(20, 0.35, 1.1, 1, 0.2, 0);
        QuantizedWeights solved = solve(problem, options);
        for (int row = 0; row < 3; row++) {
            SlowGptq slow = slow(problem, row);
            double fraction = slow.expectedFraction(options);
            assertFinds(slow, fraction, slow.round(fraction), solved, row);
        }
    }

    /** The last block is shorter, or the only one. */
    @Property(tries = 60, seed = "3")
    void everyBlockHasAStepOfItsOwn(
            @ForAll @IntRange(min = 4, max = 9) int cols, @ForAll @IntRange(max = 1000) int seed) {
        LayerProblem problem = Problems.damped(Problems.random(3, cols, 40, seed), DAMPING);
        WeightFormat format = WeightFormat.perChannel(GRID).perBlock(4);
        SolverOptions options = new SolverOptions(20, 0.35, 1.1, 2, 0.2, 0);
        QuantizedWeights solved = solve(problem, format, options);
        for (int row = 0; row < 3; row++) {
            SlowGptq slow = new SlowGptq(problem, row, GRID, 4);
            double fraction = slow.bestFraction(slow.expectedFraction(options), 1, 0.8);
            assertFinds(slow, fraction, slow.round(fraction), solved, row);
        }
    }

    /** Errors are spread over blocks of 128 inputs, and from block to block. */
    @ParameterizedTest
    @ValueSource(ints = {127, 128, 129, 140})
    void errorsReachAllInputsLeft(int cols) {
        LayerProblem problem = Problems.damped(Problems.random(1, cols, 400, 5), DAMPING);
        SlowGptq slow = slow(problem, 0);
        assertFinds(slow, 1, slow.round(1), solve(problem, ONE_SCALE), 0);
    }

    /** Up to a fifth, in as many scales as there are pairs of trials. */
    @ParameterizedTest
    @CsvSource({"1, '1'", "2, '1 0.8'", "3, '1 0.8 1.2'", "4, '1 0.9 1.1 0.8'", "5, '1 0.9 1.1 0.8 1.2'"})
    void triesScalesToBothSides(int trials, String shares) {
        double[] tried = Arrays.stream(shares.split(" "))
                .mapToDouble(Double::parseDouble)
                .toArray();
        SolverOptions options = new SolverOptions(1, 0.8, 0.8, trials, 0.2, 0);
        for (int seed = 0; seed < 10; seed++) {
            LayerProblem problem = Problems.damped(Problems.random(3, 7, 40, seed), DAMPING);
            QuantizedWeights solved = solve(problem, options);
            for (int row = 0; row < 3; row++) {
                SlowGptq slow = slow(problem, row);
                double fraction = slow.bestFraction(slow.expectedFraction(options), tried);
                assertFinds(slow, fraction, slow.round(fraction), solved, row);
            }
        }
    }

    /** The last codes found get the scale that fits them; codes are found again only with a scale that has won. */
    @Property(tries = 60, seed = "2")
    void fitsTheScaleToTheCodesAndTheCodesToTheScale(
            @ForAll @IntRange(min = 1, max = 9) int cols,
            @ForAll @IntRange(min = 1, max = 3) int refits,
            @ForAll @IntRange(max = 1000) int seed) {
        LayerProblem problem = Problems.damped(Problems.random(3, cols, 40, seed), DAMPING);
        SolverOptions options = new SolverOptions(1, 0.9, 0.9, 1, 0.2, refits);
        QuantizedWeights solved = solve(problem, options);
        for (int row = 0; row < 3; row++) {
            SlowGptq slow = slow(problem, row);
            double[] codes = slow.round(slow.expectedFraction(options));
            double fraction = slow.fitted(codes);
            double least = slow.error(fraction, codes);
            boolean better = true;
            for (int refit = 1; refit < refits && better; refit++) {
                double[] again = slow.round(fraction);
                double fitted = slow.fitted(again);
                better = slow.error(fitted, again) < least * (1 - 1e-9);
                if (better) {
                    codes = again;
                    fraction = fitted;
                    least = slow.error(fraction, codes);
                }
            }
            assertFinds(slow, fraction, codes, solved, row);
        }
    }

    private static QuantizedWeights nearest(LayerProblem problem) {
        return Solver.NEAREST_MINMAX
                .of(WeightFormat.perChannel(GRID), SolverOptions.DEFAULT)
                .solve(problem);
    }

    /** Eigenvalues 1 - c and 1 + c. */
    @ParameterizedTest
    @ValueSource(doubles = {1, 1.05, 200})
    void whereHIsNotPositiveDefiniteCodesAreLeftAlone(double c) {
        GramMatrix gram = GramMatrix.of(3, new double[] {1, c, 0, c, 1, 0, 0, 0, 1});
        LayerProblem problem = Problems.row(gram, 0.45f, 0.48333f, 1);
        assertArrayEquals(nearest(problem).codes(), solve(problem, ONE_SCALE).codes());
    }

    @Test
    void inputsThatDoNotCorrelateAreLeftAlone() {
        LayerProblem problem = Problems.row(GramMatrix.diagonal(new double[] {1, 2, 3}), 1, 0.5f, 0.3f);
        SolverOptions options = new SolverOptions(50, 0.35, 1.1, 7, 0.2, 1);
        QuantizedWeights solved = solve(problem, options);
        assertArrayEquals(nearest(problem).codes(), solved.codes());
        assertArrayEquals(nearest(problem).scales(), solved.scales());
    }

    /** H + I is what an H of 0 is regularized to: all inputs count alike. */
    @Test
    void deadInputsCountAlike() {
        LayerProblem dead = Problems.row(GramMatrix.of(3, new double[9]).regularized(), 1, 0.6f, 0.1f);
        LayerProblem alike = Problems.row(GramMatrix.of(3, new double[] {1, 0, 0, 0, 1, 0, 0, 0, 1}), 1, 0.6f, 0.1f);
        SolverOptions options = new SolverOptions(50, 0.35, 1.1, 1, 0.2, 0);
        assertArrayEquals(solve(alike, options).scales(), solve(dead, options).scales());
        assertArrayEquals(solve(alike, options).codes(), solve(dead, options).codes());
    }
}
