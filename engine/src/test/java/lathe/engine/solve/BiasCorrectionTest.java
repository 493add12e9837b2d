package lathe.engine.solve;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import lathe.engine.layer.LayerProblem;
import lathe.engine.tensor.WeightMatrix;
import org.junit.jupiter.api.Test;

class BiasCorrectionTest {

    private static final LayerProblem PROBLEM = new LayerProblem(
            "layer",
            new WeightMatrix(2, 2, new float[] {1, 2, 3, 4}),
            Problems.diagonal(1, 1),
            new double[] {10, -1},
            new double[2]);

    @Test
    void givesBackWhatTheMeanOutputLost() {
        WeightMatrix compressed = new WeightMatrix(2, 2, new float[] {0.5f, 2, 3, 3});
        assertArrayEquals(new double[] {5, -1}, BiasCorrection.shift(PROBLEM, compressed));
    }

    @Test
    void isZeroForTheSameWeights() {
        assertEquals(0, BiasCorrection.shift(PROBLEM, PROBLEM.weights())[1]);
    }
}
