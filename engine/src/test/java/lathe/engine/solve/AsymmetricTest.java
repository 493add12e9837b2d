package lathe.engine.solve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import java.util.function.DoubleUnaryOperator;
import lathe.engine.grid.WeightFormat;
import lathe.engine.layer.LayerProblem;
import lathe.engine.layer.QuantizedWeights;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** Outputs whose zero points lie between two codes. */
class AsymmetricTest {

    private static final WeightFormat FORMAT = WeightFormat.perChannel(2).asymmetric();

    private static RowBlock solved(LayerProblem problem, DoubleUnaryOperator zeroPoints) {
        int rows = problem.weights().rows();
        RowBlock block = new RowBlock(FORMAT, problem, Optional.empty(), zeroPoints, 0, rows);
        new NearestRounding(SolverOptions.DEFAULT).prepare(problem).accept(block);
        return block;
    }

    @Property(tries = 60, seed = "1")
    void noOutputIsWorseThanWithEitherNeighbour(@ForAll @IntRange(max = 1000) int seed) {
        LayerProblem problem = Problems.random(4, 6, 40, seed);
        QuantizedWeights best = Solver.NEAREST.of(FORMAT, SolverOptions.DEFAULT).solve(problem);
        RowBlock floor = solved(problem, Math::floor);
        RowBlock ceiling = solved(problem, Math::ceil);
        for (int row = 0; row < 4; row++) {
            double least = Math.min(floor.error(row), ceiling.error(row));
            assertEquals(least, Problems.error(problem, best, row), 1e-6 * least + 1e-12);
        }
    }

    /** 1, 0.4 and -0.5 in scales of 0.5: the zero point lies at -1, next to which 0 is no better. */
    @Test
    void aWholeZeroPointHasNoOtherNeighbour() {
        LayerProblem problem = Problems.row(Problems.diagonal(1, 1, 1), 1, 0.5f, -0.5f);
        QuantizedWeights solved =
                Solver.NEAREST.of(FORMAT, SolverOptions.DEFAULT).solve(problem);
        assertEquals(-1, solved.zeroPoints()[0]);
        assertEquals(0, Problems.error(problem, solved, 0), 1e-12);
    }

    @Test
    void theOtherNeighbourIsTakenWhereItIsBetter() {
        int taken = 0;
        for (int seed = 0; seed < 40; seed++) {
            LayerProblem problem = Problems.random(4, 6, 40, seed);
            RowBlock rounded = solved(problem, Math::rint);
            QuantizedWeights best =
                    Solver.NEAREST.of(FORMAT, SolverOptions.DEFAULT).solve(problem);
            for (int row = 0; row < 4; row++) {
                taken += Problems.error(problem, best, row) < 0.999 * rounded.error(row) ? 1 : 0;
            }
        }
        assertTrue(taken > 16, taken + " of 160");
    }
}
