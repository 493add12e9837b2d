package lathe.engine.prune;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.BitSet;
import lathe.engine.layer.LayerProblem;
import lathe.engine.tensor.WeightMatrix;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class EstimatedSaliencyTest extends SaliencyMeasureContract {

    @Override
    SaliencyMeasure measure() {
        return new EstimatedSaliency();
    }

    /** By how much the error grows without a weight is worked out by fitting the others anew. */
    @Property(tries = 50, seed = "1")
    void liesBetweenTheLossWithAllOthersAndTheLossWithNone(
            @ForAll @IntRange(min = 1, max = 7) int cols, @ForAll @IntRange(max = 10000) int seed) {
        LayerProblem problem = Examples.problem(1, cols, 3 * cols + 3, seed);
        LayerProblem regularized = problem.regularized();
        Saliency saliency = all(problem, 1);
        for (int col = 0; col < cols; col++) {
            BitSet others = new BitSet();
            others.set(0, cols);
            others.clear(col);
            double least = Examples.error(
                    regularized,
                    Examples.leastSquares(regularized, 0, others.stream().toArray()),
                    0);
            float[] alone = new float[cols];
            alone[col] = problem.weights().at(0, col);
            double most = regularized.gram().energy(new WeightMatrix(1, cols, alone).row(0));
            float found = saliency.values()[col];
            assertTrue(least * (1 - 1e-5) <= found && found <= most * (1 + 1e-5));
        }
    }
}
