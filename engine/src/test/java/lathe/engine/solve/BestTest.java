package lathe.engine.solve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import lathe.engine.grid.QuantGrid;
import lathe.engine.grid.TableFormat;
import lathe.engine.grid.WeightFormat;
import lathe.engine.layer.LayerError;
import lathe.engine.layer.LayerProblem;
import lathe.engine.layer.QuantizedWeights;
import lathe.engine.linalg.GramMatrix;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class BestTest extends LayerSolverContract {

    @Override
    LayerSolver solver(WeightFormat format) {
        return Solver.BEST.of(format, SolverOptions.DEFAULT);
    }

    @Tag("broad")
    @Property(tries = 100, seed = "1")
    void noOutputIsWorseThanByAnyOtherSolver(
            @ForAll @IntRange(min = 1, max = 40) int cols,
            @ForAll @IntRange(min = 1, max = 60) int samples,
            @ForAll @IntRange(min = 2, max = 8) int bits,
            @ForAll @IntRange(max = 1000) int seed) {
        LayerProblem problem = Problems.random(5, cols, samples, seed);
        WeightFormat format = WeightFormat.perChannel(bits);
        QuantizedWeights best = solver(format).solve(problem);
        List<LayerSolver> others = List.of(
                Solver.NEAREST_MINMAX.of(format, SolverOptions.DEFAULT),
                Solver.NEAREST.of(format, SolverOptions.DEFAULT),
                Solver.GPTQ.of(format, SolverOptions.DEFAULT));
        for (LayerSolver other : others) {
            QuantizedWeights solved = other.solve(problem);
            for (int row = 0; row < 5; row++) {
                double allowed = Problems.error(problem, solved, row) * (1 + 1e-9);
                assertTrue(Problems.error(problem, best, row) <= allowed + 1e-15 * Problems.energy(problem, row));
            }
        }
    }

    /** At more bits GPTQ's codes are often such that no single one can be improved. */
    @Test
    void isBetterThanGptqOnTheWholeAtTwoBits() {
        for (int seed = 1; seed <= 5; seed++) {
            LayerProblem problem = Problems.random(40, 60, 300, seed);
            WeightFormat format = WeightFormat.perChannel(2);
            double best = decibels(problem, solver(format));
            double gptq = decibels(problem, Solver.GPTQ.of(format, SolverOptions.DEFAULT));
            assertTrue(best > gptq, "%s dB, gptq %s dB".formatted(best, gptq));
        }
    }

    private static double decibels(LayerProblem problem, LayerSolver solver) {
        return LayerError.of(problem, solver.solve(problem).weights()).decibels();
    }

    /** With 3 weights of 4 codes all 64 answers can be tried, each with the scale that suits it best. */
    @Property(tries = 100, seed = "2")
    void findsTheBestOfAllCodesAndScalesOfSmallProblems(@ForAll @IntRange(max = 100_000) int seed) {
        LayerProblem problem = Problems.random(1, 3, 30, seed);
        double found =
                Problems.error(problem, solver(WeightFormat.perChannel(2)).solve(problem), 0);
        double best = bestOfAllCodes(problem);
        assertTrue(found >= best * (1 - 1e-5) - 1e-12);
        assertTrue(found <= 1.35 * best + 1e-9 * Problems.energy(problem, 0), found + ", best " + best);
    }

    @Test
    void findsTheBestOfAllCodesAndScalesAlmostAlways() {
        int found = 0;
        for (int seed = 0; seed < 200; seed++) {
            LayerProblem problem = Problems.random(1, 3, 30, seed);
            LayerSolver solver =
                    Solver.BEST.of(WeightFormat.perChannel(2), new SolverOptions(50, 0.35, 1.1, 7, 0.2, 1));
            double error = Problems.error(problem, solver.solve(problem), 0);
            found += error <= bestOfAllCodes(problem) * (1 + 1e-5) ? 1 : 0;
        }
        assertTrue(found >= 185, found + " of 200");
    }

    /** min over q of min over s of (w - s q) H (w - s q)ᵀ = w H wᵀ - (w H qᵀ)² / (q H qᵀ). */
    private static double bestOfAllCodes(LayerProblem problem) {
        GramMatrix gram = problem.gram();
        double[] target = gram.times(problem.weights().row(0), 1);
        double energy = Problems.energy(problem, 0);
        double best = energy;
        for (int i = 0; i < 64; i++) {
            double[] codes = {i % 4 - 2, i / 4 % 4 - 2, i / 16 - 2};
            double cross = target[0] * codes[0] + target[1] * codes[1] + target[2] * codes[2];
            double own = gram.energy(codes);
            if (cross > 0 && own > 0) {
                best = Math.min(best, energy - cross * cross / own);
            }
        }
        return best;
    }

    /** What coordinate descent stops at: no single other code is any better. */
    @Tag("broad")
    @Property(tries = 50, seed = "3")
    void noSingleCodeCanBeImproved(@ForAll @IntRange(max = 1000) int seed) {
        LayerProblem problem = Problems.random(3, 40, 100, seed);
        WeightFormat format = WeightFormat.perChannel(QuantGrid.signed(3));
        QuantizedWeights solved = solver(format).solve(problem);
        for (int i = 0; i < solved.codes().length; i++) {
            int row = i / 40;
            double error = Problems.error(problem, solved, row);
            for (int change : new int[] {-1, 1}) {
                byte code = (byte) (solved.codes()[i] + change);
                if (code >= -4 && code <= 3) {
                    solved.codes()[i] = code;
                    assertTrue(Problems.error(problem, solved, row) >= error * (1 - 1e-6));
                    solved.codes()[i] = (byte) (code - change);
                }
            }
        }
    }

    @Test
    void saysThatWideLayersAreNotFactored() {
        LayerSolver solver = solver(WeightFormat.perChannel(4));
        assertEquals("best", solver.nameFor(GramMatrix.LARGEST_WHOLE));
        assertEquals("nearest+descent", solver.nameFor(GramMatrix.LARGEST_WHOLE + 1));
    }

    /** Of uncorrelated inputs, signs times the mean magnitude are the best: Rastegari et al., arXiv 1603.05279, section 3.1. */
    @Test
    void oneBitIsTheSignTimesTheMeanMagnitude() {
        float[] weights = {-1.5f, 0.9f, 0.7f, -0.3f, 1.2f, 2, -1.4f, 0.5f, -0.9f, 0.6f};
        double[] ones = new double[weights.length];
        Arrays.fill(ones, 1);
        LayerProblem problem = Problems.row(Problems.diagonal(ones), weights);
        QuantizedWeights solved = solver(TableFormat.midrise(1)).solve(problem);
        for (int col = 0; col < weights.length; col++) {
            assertEquals(Math.signum(weights[col]), solved.weights().at(0, col), 0.01, "a mean magnitude of 1");
        }
    }
}
