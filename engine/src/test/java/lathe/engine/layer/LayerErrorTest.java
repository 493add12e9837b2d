package lathe.engine.layer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import lathe.engine.linalg.GramMatrix;
import lathe.engine.tensor.WeightMatrix;
import org.junit.jupiter.api.Test;

class LayerErrorTest {

    private static final GramMatrix GRAM = GramMatrix.of(2, new double[] {2, 1, 1, 3});

    private static LayerProblem problem(float... weights) {
        int rows = weights.length / 2;
        return new LayerProblem("layer", new WeightMatrix(rows, 2, weights), GRAM, new double[2], new double[rows]);
    }

    @Test
    void sumsOverOutputs() {
        LayerError error = LayerError.of(problem(1, 2, 0, 1), new WeightMatrix(2, 2, new float[] {0, 2, 0, 0}));
        assertEquals(2 + 3, error.error());
        assertEquals(2 + 2 * 2 + 12 + 3, error.energy());
        assertEquals(5.0 / 21, error.relative());
    }

    @Test
    void countsEveryOutputOfMany() {
        float[] weights = new float[2 * 1030];
        Arrays.fill(weights, 1);
        LayerError error = LayerError.of(problem(weights), new WeightMatrix(1030, 2, new float[2060]));
        assertEquals(1030 * 7, error.error());
        assertEquals(1030 * 7, error.energy());
    }

    @Test
    void groupsAddUp() {
        LayerError both = new LayerError(1, 10).plus(new LayerError(2, 90)).plus(LayerError.NONE);
        assertEquals(0.03, both.relative());
    }

    @Test
    void decibels() {
        assertEquals(20, new LayerError(1, 100).decibels(), 1e-12);
        assertEquals(0, new LayerError(5, 5).decibels(), 1e-12);
        assertEquals(Double.POSITIVE_INFINITY, new LayerError(0, 5).decibels());
    }

    @Test
    void nothingLostOfNothingIsNoError() {
        assertEquals(0, LayerError.NONE.relative());
        assertEquals(Double.POSITIVE_INFINITY, LayerError.NONE.decibels());
    }
}
