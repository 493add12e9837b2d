package lathe.engine.solve;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import lathe.engine.grid.QuantGrid;
import lathe.engine.grid.WeightFormat;
import lathe.engine.layer.QuantizedWeights;
import org.junit.jupiter.api.Test;

class NearestMinMaxTest extends LayerSolverContract {

    @Override
    LayerSolver solver(WeightFormat format) {
        return Solver.NEAREST_MINMAX.of(format, SolverOptions.DEFAULT);
    }

    @Test
    void largestWeightGetsTheLargestCode() {
        QuantizedWeights solved = solver(QuantGrid.symmetric(3))
                .solve(Problems.row(Problems.diagonal(1, 1, 1, 1), 0.6f, -0.31f, 0.29f, 0.09f));
        assertEquals(0.2f, solved.scales()[0]);
        assertArrayEquals(new short[] {3, -2, 1, 0}, solved.codes());
    }
}
