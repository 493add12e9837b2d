package lathe.engine.solve;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import lathe.engine.grid.QuantGrid;
import lathe.engine.grid.WeightFormat;
import lathe.engine.layer.LayerProblem;
import lathe.engine.layer.QuantizedWeights;
import lathe.engine.linalg.GramMatrix;
import lathe.engine.tensor.WeightMatrix;
import org.junit.jupiter.api.Test;

class SharedScaleSolverTest {

    private static final SolverOptions OPTIONS = new SolverOptions(12, 0.3, 1.4, 1, 0.2, 0);
    private static final QuantGrid GRID = QuantGrid.signed(3);
    private static final WeightFormat FORMAT = WeightFormat.perChannel(GRID).perTensor();

    private static List<QuantizedWeights> solve(WeightFormat format, LayerProblem... groups) {
        return Solver.NEAREST.of(format, OPTIONS).solve(List.of(groups));
    }

    /** The candidate of least error under nearest rounding, summed over every so many outputs of each group. */
    private static double bestScale(int every, LayerProblem... groups) {
        double full = 0;
        for (LayerProblem group : groups) {
            for (int row = 0; row < group.weights().rows(); row++) {
                for (double weight : group.weights().row(row)) {
                    full = Math.max(full, Math.max(weight / 3, weight / -4));
                }
            }
        }
        double best = 0;
        double least = Double.POSITIVE_INFINITY;
        for (int candidate = 0; candidate < 12; candidate++) {
            double scale = (1.4 - 0.1 * candidate) * full;
            double error = 0;
            for (LayerProblem group : groups) {
                for (int row = 0; row < group.weights().rows(); row += every) {
                    error += nearestError(group, row, scale);
                }
            }
            if (error < least) {
                least = error;
                best = scale;
            }
        }
        return best;
    }

    private static double nearestError(LayerProblem problem, int row, double scale) {
        double[] difference = problem.weights().row(row);
        for (int col = 0; col < difference.length; col++) {
            difference[col] -= scale * GRID.nearest(difference[col] / scale);
        }
        return problem.gram().energy(difference);
    }

    @Test
    void theScaleIsTheCandidateOfLeastErrorOverAllGroups() {
        for (int seed = 0; seed < 20; seed++) {
            LayerProblem first = Problems.random(4, 6, 40, seed);
            LayerProblem second = Problems.random(64, 6, 40, seed + 100);
            double scale = bestScale(1, first, second);
            for (QuantizedWeights group : solve(FORMAT, first, second)) {
                for (float found : group.scales()) {
                    assertEquals(scale, found, 1e-6 * scale);
                }
            }
        }
    }

    /** Of 65 outputs every second one is looked at, of 129 every third. */
    @Test
    void ofManyOutputsSomeAreLookedAt() {
        for (int seed = 0; seed < 20; seed++) {
            LayerProblem some = Problems.random(65, 6, 40, seed);
            assertEquals(bestScale(2, some), solve(FORMAT, some).get(0).scales()[0], 1e-6);
            LayerProblem more = Problems.random(129, 6, 40, seed);
            assertEquals(bestScale(3, more), solve(FORMAT, more).get(0).scales()[0], 1e-6);
        }
    }

    /** The largest of all floors, though candidates fall below it. */
    @Test
    void theScaleIsAtLeastTheLargestFloor() {
        WeightMatrix weights = new WeightMatrix(2, 1, new float[] {3, -2});
        double floor = Math.nextUp((double) 1.75f);
        LayerProblem problem =
                new LayerProblem("layer", weights, Problems.diagonal(1), new double[1], new double[] {0.1, floor});
        assertEquals(Math.nextUp(1.75f), solve(FORMAT, problem).get(0).scales()[0]);
    }

    /** All weights are codes of the one scale and zero point that hold -1 and 14 of another group. */
    @Test
    void theZeroPointServesAllGroups() {
        SolverOptions one = OPTIONS.withOneScale();
        WeightFormat format = WeightFormat.perChannel(4).perTensor().asymmetric();
        LayerProblem low = Problems.row(Problems.diagonal(1, 1), -1, 3);
        LayerProblem high = Problems.row(Problems.diagonal(1, 1), 14, 5);
        List<QuantizedWeights> solved = Solver.NEAREST.of(format, one).solve(List.of(low, high));
        assertArrayEquals(new short[] {-8, -4}, solved.get(0).codes());
        assertArrayEquals(new short[] {7, -2}, solved.get(1).codes());
        assertArrayEquals(new byte[] {-7}, solved.get(0).zeroPoints());
        assertArrayEquals(new byte[] {-7}, solved.get(1).zeroPoints());
        assertEquals(1, solved.get(0).scales()[0]);
    }

    @Test
    void nothingButZerosGetsAScaleOfOne() {
        QuantizedWeights solved =
                solve(FORMAT, Problems.row(Problems.diagonal(1, 1), 0, 0)).get(0);
        assertEquals(1, solved.scales()[0]);
        assertArrayEquals(new short[2], solved.codes());
    }

    @Test
    void goesByTheNameOfWhatItDoes() {
        LayerSolver solver = Solver.GPTQ.of(FORMAT, OPTIONS);
        assertEquals("gptq", solver.name());
        assertEquals("gptq", solver.nameFor(9));
        assertEquals("nearest", solver.nameFor(GramMatrix.LARGEST_WHOLE + 1));
        assertEquals("gptq on int3, one scale", solver.toString());
        assertEquals(
                "gptq on int3", Solver.GPTQ.of(FORMAT.perChannel(), OPTIONS).toString());
        assertEquals(
                "nearest-minmax",
                Solver.NEAREST_MINMAX.of(FORMAT, SolverOptions.DEFAULT).name());
        assertEquals("nearest", Solver.NEAREST.of(FORMAT, OPTIONS).name());
        assertEquals("best", Solver.BEST.of(FORMAT, OPTIONS).name());
    }
}
