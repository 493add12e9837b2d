package lathe.engine.solve;

import static org.junit.jupiter.api.Assertions.assertEquals;

import lathe.engine.grid.QuantGrid;
import lathe.engine.grid.WeightFormat;
import lathe.engine.linalg.GramMatrix;
import org.junit.jupiter.api.Test;

class SolverTest {

    @Test
    void reportsThatAWideLayerIsRoundedToNearest() {
        LayerSolver gptq = Solver.GPTQ.of(WeightFormat.perChannel(QuantGrid.symmetric(8)), SolverOptions.DEFAULT);
        assertEquals("gptq", gptq.nameFor(GramMatrix.LARGEST_WHOLE));
        assertEquals("nearest", gptq.nameFor(GramMatrix.LARGEST_WHOLE + 1));
    }
}
