package lathe.engine.solve;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import lathe.engine.grid.QuantGrid;
import lathe.engine.grid.WeightFormat;
import lathe.engine.layer.LayerError;
import lathe.engine.layer.LayerProblem;
import lathe.engine.layer.QuantizedWeights;
import lathe.engine.linalg.CholeskyFactor;
import lathe.engine.linalg.GramMatrix;
import lathe.engine.tensor.WeightMatrix;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class GptqTest extends LayerSolverContract {

    private static final QuantGrid GRID = QuantGrid.symmetric(4);

    @Override
    LayerSolver solver(WeightFormat format) {
        return Solver.GPTQ.of(format, SolverOptions.DEFAULT);
    }

    /** One scale, known beforehand; no fitting, nothing to fall back on. */
    private static LayerSolver plain(QuantGrid grid, double fraction) {
        return Problems.solver(
                "plain", WeightFormat.perChannel(grid), new Gptq(new SolverOptions(1, fraction, fraction, 1, 0.2, 0)));
    }

    @Property(tries = 100, seed = "1")
    void neverWorseThanNearestRounding(
            @ForAll @IntRange(min = 1, max = 30) int cols,
            @ForAll @IntRange(min = 1, max = 60) int samples,
            @ForAll @IntRange(min = 2, max = 8) int bits,
            @ForAll @IntRange(max = 1000) int seed) {
        LayerProblem problem = Problems.random(5, cols, samples, seed);
        QuantGrid grid = QuantGrid.symmetric(bits);
        QuantizedWeights solved = solver(grid).solve(problem);
        QuantizedWeights nearest = Solver.NEAREST
                .of(WeightFormat.perChannel(grid), SolverOptions.DEFAULT)
                .solve(problem);
        for (int row = 0; row < 5; row++) {
            assertTrue(Problems.error(problem, solved, row)
                    <= Problems.error(problem, nearest, row) * (1 + 1e-9) + 1e-15 * Problems.energy(problem, row));
        }
    }

    @Tag("broad")
    @Test
    void neverWorseThanNearestRoundingWhereNativeCodeHelps() {
        LayerProblem problem = Problems.random(90, 300, 900, 6);
        QuantizedWeights solved = solver(GRID).solve(problem);
        QuantizedWeights nearest = Solver.NEAREST
                .of(WeightFormat.perChannel(GRID), SolverOptions.DEFAULT)
                .solve(problem);
        for (int row = 0; row < 90; row++) {
            assertTrue(Problems.error(problem, solved, row) <= Problems.error(problem, nearest, row) * (1 + 1e-9));
        }
    }

    @Test
    void isBetterThanNearestRoundingOnTheWhole() {
        LayerProblem problem = Problems.random(40, 60, 300, 1);
        double solved =
                LayerError.of(problem, solver(GRID).solve(problem).weights()).decibels();
        double nearest = LayerError.of(
                        problem,
                        Solver.NEAREST
                                .of(WeightFormat.perChannel(GRID), SolverOptions.DEFAULT)
                                .solve(problem)
                                .weights())
                .decibels();
        assertTrue(solved > nearest + 2, solved + " dB, nearest " + nearest + " dB");
    }

    /** Without correlation there is nothing to spread. */
    @Property(tries = 50, seed = "2")
    void roundsToNearestWhereInputsAreNotCorrelated(@ForAll @IntRange(max = 1000) int seed) {
        Random random = new Random(seed);
        GramMatrix gram = Problems.diagonal(random.doubles(8, 0, 2).toArray());
        LayerProblem problem = Problems.of(Problems.random(3, 8, 9, seed).weights(), gram);
        QuantizedWeights solved = plain(GRID, 1).solve(problem);
        QuantizedWeights nearest = Solver.NEAREST_MINMAX
                .of(WeightFormat.perChannel(GRID), SolverOptions.DEFAULT)
                .solve(problem);
        assertArrayEquals(nearest.codes(), solved.codes());
        assertArrayEquals(nearest.scales(), solved.scales());
    }

    @Property(tries = 50, seed = "3")
    void permutingInputsPermutesTheAnswer(@ForAll @IntRange(max = 1000) int seed) {
        LayerProblem problem = Problems.random(4, 10, 50, seed);
        int[] order = {3, 1, 9, 0, 2, 8, 7, 4, 6, 5};
        float[] weights = new float[40];
        double[] values = new double[100];
        for (int i = 0; i < 10; i++) {
            for (int row = 0; row < 4; row++) {
                weights[row * 10 + i] = problem.weights().at(row, order[i]);
            }
            for (int j = 0; j < 10; j++) {
                values[i * 10 + j] = problem.gram().at(order[i], order[j]);
            }
        }
        QuantizedWeights solved = solver(GRID).solve(problem);
        QuantizedWeights permuted =
                solver(GRID).solve(Problems.of(new WeightMatrix(4, 10, weights), GramMatrix.of(10, values)));
        for (int row = 0; row < 4; row++) {
            assertEquals(solved.scales()[row], permuted.scales()[row], 1e-6 * solved.scales()[row]);
            for (int i = 0; i < 10; i++) {
                assertEquals(solved.codes()[row * 10 + order[i]], permuted.codes()[row * 10 + i]);
            }
        }
    }

    @Property(tries = 50, seed = "4")
    void outputsDoNotMatterToEachOther(@ForAll @IntRange(max = 1000) int seed) {
        LayerProblem problem = Problems.random(5, 12, 50, seed);
        QuantizedWeights together = solver(GRID).solve(problem);
        for (int row = 0; row < 5; row++) {
            QuantizedWeights alone = solver(GRID).solve(Problems.rowOf(problem, row));
            assertEquals(alone.scales()[0], together.scales()[row]);
            for (int col = 0; col < 12; col++) {
                assertEquals(alone.codes()[col], together.codes()[row * 12 + col]);
            }
        }
    }

    @Property(tries = 50, seed = "5")
    void doublingWeightsOrInputsChangesNoCode(@ForAll @IntRange(max = 1000) int seed) {
        LayerProblem problem = Problems.random(3, 12, 50, seed);
        float[] doubled = new float[36];
        double[] louder = new double[144];
        for (int i = 0; i < 36; i++) {
            doubled[i] = 2 * problem.weights().at(i / 12, i % 12);
        }
        for (int i = 0; i < 144; i++) {
            louder[i] = 4 * problem.gram().at(i / 12, i % 12);
        }
        QuantizedWeights solved = solver(GRID).solve(problem);
        QuantizedWeights larger =
                solver(GRID).solve(Problems.of(new WeightMatrix(3, 12, doubled), GramMatrix.of(12, louder)));
        assertArrayEquals(solved.codes(), larger.codes());
        for (int row = 0; row < 3; row++) {
            assertEquals(2 * solved.scales()[row], larger.scales()[row]);
        }
    }

    /** Babai's bound: every input adds at most (s R_jj / 2)² where no code is clipped. */
    @Property(tries = 100, seed = "6")
    void errorStaysUnderTheBoundOfTheNearestPlane(
            @ForAll @IntRange(min = 1, max = 20) int cols, @ForAll @IntRange(max = 1000) int seed) {
        LayerProblem problem = Problems.damped(Problems.random(3, cols, 60, seed), 1e-6);
        QuantizedWeights solved = plain(QuantGrid.symmetric(8), 8).solve(problem);
        double bound = 0;
        GramMatrix gram = problem.gram();
        CholeskyFactor factor = gram.cholesky(byFallingDiagonal(gram)).orElseThrow();
        for (int col = 0; col < cols; col++) {
            bound += factor.pivot(col) * factor.pivot(col) / 4;
        }
        for (int row = 0; row < 3; row++) {
            double scale = solved.scales()[row];
            assertTrue(Problems.error(problem, solved, row) <= bound * scale * scale * (1 + 1e-4));
        }
    }

    private static int[] byFallingDiagonal(GramMatrix gram) {
        Integer[] inputs = new Integer[gram.order()];
        for (int i = 0; i < inputs.length; i++) {
            inputs[i] = i;
        }
        Arrays.sort(inputs, (i, j) -> Double.compare(gram.at(j, j), gram.at(i, i)));
        return Arrays.stream(inputs).mapToInt(i -> i).toArray();
    }

    /** With 3 weights of 3 codes all 27 answers can be tried, each with the scale that suits it best. */
    @Property(tries = 100, seed = "7")
    void isSeldomFarFromTheBestOfAllCodes(@ForAll @IntRange(max = 100_000) int seed) {
        LayerProblem problem = Problems.random(1, 3, 30, seed);
        QuantizedWeights solved = solver(QuantGrid.symmetric(2)).solve(problem);
        double best = bestOfAllCodes(problem);
        double found = Problems.error(problem, solved, 0);
        assertTrue(found >= best * (1 - 1e-6));
        assertTrue(found <= Problems.energy(problem, 0), "better than no weights at all");
    }

    @Test
    void findsTheBestOfAllCodesMostOfTheTime() {
        int found = 0;
        for (int seed = 0; seed < 200; seed++) {
            LayerProblem problem = Problems.random(1, 3, 30, seed);
            QuantizedWeights solved = solver(QuantGrid.symmetric(2)).solve(problem);
            if (Problems.error(problem, solved, 0) <= bestOfAllCodes(problem) * (1 + 1e-6)) {
                found++;
            }
        }
        assertTrue(found >= 120, found + " of 200");
    }

    /** min over q of min over s of (w - s q) H (w - s q)ᵀ = w H wᵀ - (w H qᵀ)² / (q H qᵀ). */
    private static double bestOfAllCodes(LayerProblem problem) {
        GramMatrix gram = problem.gram();
        double[] weights = problem.weights().row(0);
        double energy = gram.energy(weights);
        double best = energy;
        for (int i = 0; i < 27; i++) {
            double[] codes = {i % 3 - 1, i / 3 % 3 - 1, i / 9 - 1};
            double[] target = gram.times(weights, 1);
            double cross = target[0] * codes[0] + target[1] * codes[1] + target[2] * codes[2];
            double own = gram.energy(codes);
            if (cross > 0 && own > 0) {
                best = Math.min(best, energy - cross * cross / own);
            }
        }
        return best;
    }

    @Property(tries = 50, seed = "8")
    void fittingTheScaleNeverHurts(@ForAll @IntRange(max = 1000) int seed) {
        LayerProblem problem = Problems.random(4, 15, 50, seed);
        QuantizedWeights unfitted = Problems.solver(
                        "unfitted",
                        WeightFormat.perChannel(GRID),
                        new Gptq(new SolverOptions(50, 0.35, 1.1, 3, 0.2, 0)))
                .solve(problem);
        QuantizedWeights fitted = Problems.solver(
                        "fitted", WeightFormat.perChannel(GRID), new Gptq(new SolverOptions(50, 0.35, 1.1, 3, 0.2, 1)))
                .solve(problem);
        for (int row = 0; row < 4; row++) {
            double before = Problems.error(problem, unfitted, row);
            assertTrue(Problems.error(problem, fitted, row) <= before * (1 + 1e-6));
        }
    }

    @Test
    void saysThatWideLayersAreRoundedToNearest() {
        assertEquals("gptq", solver(GRID).nameFor(GramMatrix.LARGEST_WHOLE));
        assertEquals("nearest", solver(GRID).nameFor(GramMatrix.LARGEST_WHOLE + 1));
        assertEquals(
                "nearest",
                Solver.NEAREST
                        .of(WeightFormat.perChannel(GRID), SolverOptions.DEFAULT)
                        .nameFor(9));
    }
}
