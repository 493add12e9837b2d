package lathe.engine.solve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import lathe.engine.grid.Blocks;
import lathe.engine.grid.FloatFormat;
import lathe.engine.grid.Levels;
import lathe.engine.grid.QuantGrid;
import lathe.engine.grid.TableFormat;
import lathe.engine.grid.WeightFormat;
import lathe.engine.layer.LayerProblem;
import lathe.engine.layer.QuantizedWeights;
import lathe.engine.tensor.WeightMatrix;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NearestRoundingTest extends LayerSolverContract {

    @Override
    LayerSolver solver(WeightFormat format) {
        return Solver.NEAREST.of(format, SolverOptions.DEFAULT);
    }

    /** The bounds leave out candidates; the best one must not be among them. */
    @ParameterizedTest
    @CsvSource({"3, 1, 5, 4", "3, 9, 40, 2", "3, 9, 2, 4", "5, 40, 200, 4", "9, 150, 400, 8", "3, 150, 20, 3"})
    void findsTheBestOfAllCandidates(int rows, int cols, int samples, int bits) {
        LayerProblem problem = Problems.random(rows, cols, samples, 11);
        for (WeightFormat format : List.of(
                WeightFormat.perChannel(QuantGrid.symmetric(bits)),
                TableFormat.NF4,
                FloatFormat.E4M3,
                FloatFormat.E5M2)) {
            QuantizedWeights solved = solver(format).solve(problem);
            for (int row = 0; row < rows; row++) {
                double best = bestOfAll(problem, format, row);
                assertEquals(best, Problems.error(problem, solved, row), 1e-9 * best);
            }
        }
    }

    private static double bestOfAll(LayerProblem problem, WeightFormat format, int row) {
        double best = Double.POSITIVE_INFINITY;
        Levels levels = format.levels();
        double largest = 0;
        for (double weight : problem.weights().row(row)) {
            largest = Math.max(largest, Math.abs(weight));
        }
        for (int candidate = 0; candidate <= 50; candidate++) {
            double fraction = candidate == 50 ? 1 : 0.35 + 0.75 * candidate / 49;
            float scale = (float) (fraction * largest / levels.largest());
            short[] codes = new short[problem.weights().cols()];
            for (int col = 0; col < codes.length; col++) {
                codes[col] = nearest(levels, problem.weights().at(row, col) / scale);
            }
            LayerProblem alone = Problems.rowOf(problem, row);
            QuantizedWeights rounded =
                    new QuantizedWeights(format, Blocks.one(codes.length), 1, codes, new float[] {scale}, new byte[1]);
            best = Math.min(best, Problems.error(alone, rounded, 0));
        }
        return best;
    }

    private static short nearest(Levels levels, float value) {
        double held = Math.max(levels.least(), Math.min(levels.largest(), value));
        return levels.code((float) levels.nearest(held));
    }

    @Property(tries = 50, seed = "1")
    void neverWorseThanTheScaleThatHoldsTheLargestWeight(
            @ForAll @IntRange(min = 1, max = 20) int cols,
            @ForAll @IntRange(min = 2, max = 8) int bits,
            @ForAll @IntRange(max = 1000) int seed) {
        LayerProblem problem = Problems.random(4, cols, 1 + seed % 40, seed);
        QuantGrid grid = QuantGrid.symmetric(bits);
        QuantizedWeights solved = solver(grid).solve(problem);
        QuantizedWeights minMax = Solver.NEAREST_MINMAX
                .of(WeightFormat.perChannel(grid), SolverOptions.DEFAULT)
                .solve(problem);
        for (int row = 0; row < 4; row++) {
            assertTrue(Problems.error(problem, solved, row)
                    <= Problems.error(problem, minMax, row) * (1 + 1e-9) + 1e-15 * Problems.energy(problem, row));
        }
    }

    @Property(tries = 50, seed = "2")
    void everyCodeIsTheNearestForTheScaleChosen(@ForAll @IntRange(max = 1000) int seed) {
        LayerProblem problem = Problems.random(3, 12, 30, seed);
        QuantGrid grid = QuantGrid.symmetric(4);
        QuantizedWeights solved = solver(grid).solve(problem);
        WeightMatrix compressed = solved.weights();
        for (int row = 0; row < 3; row++) {
            for (int col = 0; col < 12; col++) {
                float weight = problem.weights().at(row, col);
                float scale = solved.scales()[row];
                double distance = Math.abs((double) weight - compressed.at(row, col));
                double clipped = Math.max(0, Math.abs((double) weight) - 7 * (double) scale);
                assertTrue(distance <= Math.max(scale / 2, clipped) * (1 + 1e-6));
            }
        }
    }

    /** 3 is the largest code; an input that hardly matters holds the weight that the scale has to clip. */
    @ParameterizedTest
    @CsvSource({"1, 0.5, 0.5", "2, 0.5, 0.9", "5, 0.5, 0.9"})
    void triesTheSmallestCandidateToo(int candidates, double smallest, double largest) {
        LayerProblem problem = Problems.row(Problems.diagonal(1e-6, 1, 1), 6, 3, 2);
        LayerSolver solver = Solver.NEAREST.of(
                WeightFormat.perChannel(QuantGrid.symmetric(3)),
                new SolverOptions(candidates, smallest, largest, 1, 0.2, 0));
        assertEquals(1, solver.solve(problem).scales()[0]);
    }
}
