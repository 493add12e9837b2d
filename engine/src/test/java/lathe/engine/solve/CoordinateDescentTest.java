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

class CoordinateDescentTest {

    private static final QuantGrid GRID = QuantGrid.symmetric(3);
    private static final WeightFormat FORMAT = WeightFormat.perChannel(GRID);

    private static QuantizedWeights solve(LayerProblem problem, WeightFormat format) {
        return Problems.solver("descent", format, new CoordinateDescent()).solve(problem);
    }

    /** Tries every code for one input after the other, as often as any helps, and at most six times. */
    private static final class Slow {
        private final GramMatrix gram;
        private final double[] weights;
        private final double[] codes;
        private double scale;

        Slow(LayerProblem problem, int row) {
            gram = problem.gram();
            weights = problem.weights().row(row);
            scale = (float) (Arrays.stream(weights).map(Math::abs).max().orElseThrow() / GRID.max());
            codes = Arrays.stream(weights).map(w -> GRID.nearest(w / scale)).toArray();
            boolean changed = true;
            for (int sweep = 0; sweep < 6 && changed; sweep++) {
                changed = sweep();
                if (changed) {
                    fit();
                }
            }
        }

        private boolean sweep() {
            double[] before = codes.clone();
            for (int input = 0; input < codes.length; input++) {
                double best = codes[input];
                for (int code = GRID.min(); code <= GRID.max(); code++) {
                    best = error(input, code) < error(input, best) ? code : best;
                }
                codes[input] = best;
            }
            return !Arrays.equals(before, codes);
        }

        private double error(int input, double code) {
            double[] difference = new double[codes.length];
            Arrays.setAll(difference, i -> weights[i] - scale * (i == input ? code : codes[i]));
            return gram.energy(difference);
        }

        private void fit() {
            double[] product = gram.times(codes, 1);
            double cross = 0;
            double own = 0;
            for (int i = 0; i < codes.length; i++) {
                cross += weights[i] * product[i];
                own += codes[i] * product[i];
            }
            scale = cross / own;
        }
    }

    @Property(tries = 60, seed = "1")
    void doesWhatTryingEveryCodeDoes(
            @ForAll @IntRange(min = 1, max = 30) int cols, @ForAll @IntRange(max = 1000) int seed) {
        LayerProblem problem = Problems.damped(Problems.random(3, cols, 60, seed), seed % 2 == 0 ? 0.01 : 0.3);
        QuantizedWeights solved = solve(problem, FORMAT);
        for (int row = 0; row < 3; row++) {
            Slow slow = new Slow(problem, row);
            assertEquals(slow.scale, solved.scales()[row], 1e-5 * slow.scale);
            for (int col = 0; col < cols; col++) {
                assertEquals((byte) slow.codes[col], solved.codes()[row * cols + col]);
            }
        }
    }

    /** With blocks, too, one factor fits all scales: what the block of the largest weight gets, the others get. */
    @Property(tries = 30, seed = "2")
    void stepsOfBlocksKeepTheirRatio(@ForAll @IntRange(max = 1000) int seed) {
        LayerProblem problem = Problems.random(2, 12, 60, seed);
        WeightFormat blocks = FORMAT.perBlock(4);
        QuantizedWeights before =
                Solver.NEAREST_MINMAX.of(blocks, SolverOptions.DEFAULT).solve(problem);
        QuantizedWeights solved = solve(problem, blocks);
        for (int row = 0; row < 2; row++) {
            double factor = solved.scales()[3 * row] / before.scales()[3 * row];
            for (int block = 0; block < 3; block++) {
                double expected = factor * before.scales()[3 * row + block];
                assertEquals(expected, solved.scales()[3 * row + block], 1e-5 * expected);
            }
        }
    }

    @Test
    void deadInputsKeepTheirNearestCode() {
        GramMatrix gram = GramMatrix.of(3, new double[] {1, 0, 0.9, 0, 0, 0, 0.9, 0, 1});
        QuantizedWeights solved = solve(Problems.row(gram, 3, 1.4f, 1.4f), FORMAT);
        assertEquals(1, solved.codes()[1]);
    }

    @Test
    void inputsThatDoNotCorrelateAreLeftAlone() {
        LayerProblem problem = Problems.row(GramMatrix.diagonal(new double[] {1, 2, 3}), 1, 0.45f, 0.3f);
        QuantizedWeights nearest =
                Solver.NEAREST_MINMAX.of(FORMAT, SolverOptions.DEFAULT).solve(problem);
        QuantizedWeights solved = solve(problem, FORMAT);
        assertArrayEquals(nearest.codes(), solved.codes());
        assertArrayEquals(nearest.scales(), solved.scales());
    }

    @Property(tries = 30, seed = "4")
    void louderInputsChangeNothing(@ForAll @IntRange(max = 1000) int seed) {
        LayerProblem problem = Problems.random(2, 12, 40, seed);
        QuantizedWeights solved = solve(problem, FORMAT);
        QuantizedWeights louder = solve(Problems.louder(problem, 0x1p20), FORMAT);
        assertArrayEquals(solved.codes(), louder.codes());
        assertArrayEquals(solved.scales(), louder.scales());
    }
}
