package lathe.engine.solve;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

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

/** Codes of 2 bits: all 81 answers of an output of four inputs can be tried. */
class SphereDecodingTest {

    private static final QuantGrid GRID = QuantGrid.symmetric(2);
    private static final WeightFormat FORMAT = WeightFormat.perChannel(GRID);

    private static QuantizedWeights solve(LayerProblem problem, int candidates, double least, double most) {
        return solve(problem, new SolverOptions(candidates, least, most, 1, 0.2, 0));
    }

    private static QuantizedWeights solve(LayerProblem problem, SolverOptions options) {
        return Problems.solver("sphere", FORMAT, new SphereDecoding(options)).solve(problem);
    }

    private static double largest(LayerProblem problem, int row) {
        return Arrays.stream(problem.weights().row(row)).map(Math::abs).max().orElseThrow();
    }

    private static double leastOfAllCodes(LayerProblem problem, int row, double scale) {
        double least = Double.POSITIVE_INFINITY;
        for (int i = 0; i < 81; i++) {
            double[] codes = {i % 3 - 1, i / 3 % 3 - 1, i / 9 % 3 - 1, i / 27 - 1};
            double[] difference = new double[4];
            for (int col = 0; col < 4; col++) {
                difference[col] = problem.weights().at(row, col) - scale * codes[col];
            }
            least = Math.min(least, problem.gram().energy(difference));
        }
        return least;
    }

    private static void assertNoWorse(LayerProblem problem, QuantizedWeights solved, int row, double fraction) {
        double least = leastOfAllCodes(problem, row, fraction * largest(problem, row));
        double found = Problems.error(problem, solved, row);
        assertTrue(
                found <= least * (1 + 1e-5) + 1e-12, () -> "%s, at fraction %s %s".formatted(found, fraction, least));
    }

    private static void assertNoWorseAt(LayerProblem problem, QuantizedWeights solved, double... fractions) {
        for (int row = 0; row < 2; row++) {
            for (double fraction : fractions) {
                assertNoWorse(problem, solved, row, fraction);
            }
        }
    }

    @Property(tries = 60, seed = "1")
    void noCodesAreBetterAtTheStepsAroundTheOneBefore(@ForAll @IntRange(max = 1000) int seed) {
        LayerProblem problem = Problems.random(2, 4, 40, seed);
        assertNoWorseAt(problem, solve(problem, 1, 1, 1), 1, 0.97, 1.03, 0.93, 1.07, 0.88, 1.12);
    }

    /** Every third of ten candidates from 0.3 to 1.2: 1.2, 0.9, 0.6 and 0.3. */
    @Property(tries = 60, seed = "2")
    void noCodesAreBetterAtTheCandidates(@ForAll @IntRange(max = 1000) int seed) {
        LayerProblem problem = Problems.random(2, 4, 40, seed);
        assertNoWorseAt(problem, solve(problem, 10, 0.3, 1.2), 0.3, 0.6, 0.9, 1.2);
    }

    /** Fitting goes on while it helps, so no scale suits the codes better than theirs, nor any codes the scale. */
    @Property(tries = 60, seed = "3")
    void codesAndScaleFitEachOther(@ForAll @IntRange(max = 1000) int seed) {
        LayerProblem problem = Problems.random(2, 4, 40, seed);
        QuantizedWeights solved = solve(problem, 1, 1, 1);
        for (int row = 0; row < 2; row++) {
            double[] codes = new double[4];
            for (int col = 0; col < 4; col++) {
                codes[col] = solved.codes()[4 * row + col];
            }
            double[] product = problem.gram().times(codes, 1);
            double cross = 0;
            double own = 0;
            for (int col = 0; col < 4; col++) {
                cross += problem.weights().at(row, col) * product[col];
                own += codes[col] * product[col];
            }
            double scale = solved.scales()[row];
            assertEquals(cross / own, scale, 1e-5 * scale);
            assertNoWorse(problem, solved, row, scale / largest(problem, row));
        }
    }

    @Test
    void layersOfManyInputsAndOfNoCorrelationAreLeftAlone() {
        assertIsNearest(Problems.random(2, SphereDecoding.MOST_INPUTS + 1, 60, 1));
        assertIsNearest(Problems.row(GramMatrix.diagonal(new double[] {1, 2}), 1, 0.8f));
    }

    private static void assertIsNearest(LayerProblem problem) {
        QuantizedWeights nearest =
                Solver.NEAREST_MINMAX.of(FORMAT, SolverOptions.DEFAULT).solve(problem);
        QuantizedWeights solved = solve(problem, 50, 0.35, 1.1);
        assertArrayEquals(nearest.codes(), solved.codes());
        assertArrayEquals(nearest.scales(), solved.scales());
    }

    @Test
    void layersOfTheMostInputsAreDecoded() {
        LayerProblem problem = Problems.random(1, SphereDecoding.MOST_INPUTS, 60, 1);
        double nearest = Problems.error(
                problem, Solver.NEAREST_MINMAX.of(FORMAT, SolverOptions.DEFAULT).solve(problem), 0);
        assertTrue(Problems.error(problem, solve(problem, 1, 1, 1), 0) < nearest);
    }

    @Property(tries = 30, seed = "4")
    void louderInputsChangeNothing(@ForAll @IntRange(max = 1000) int seed) {
        LayerProblem problem = Problems.random(2, 6, 40, seed);
        QuantizedWeights solved = solve(problem, 1, 1, 1);
        QuantizedWeights louder = solve(Problems.louder(problem, 0x1p20), 1, 1, 1);
        assertArrayEquals(solved.codes(), louder.codes());
        assertArrayEquals(solved.scales(), louder.scales());
    }
}
