package lathe.engine.layer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import lathe.engine.grid.PairBound;
import lathe.engine.linalg.GramMatrix;
import lathe.engine.tensor.WeightMatrix;
import org.junit.jupiter.api.Test;

class LayerProblemTest {

    private static final WeightMatrix WEIGHTS = new WeightMatrix(1, 2, new float[] {0.5f, -3});
    private static final GramMatrix GRAM = GramMatrix.of(2, new double[] {2, 1, 1, 6});

    private static LayerProblem problem(GramMatrix gram, int taps) {
        return new LayerProblem(
                "layer", WEIGHTS, taps, gram, new double[] {1, 2}, new double[] {0.25}, PairBound.NONE, true);
    }

    /** Half of the mean power, (2 + 6) / 2, on each input; (1, -2) H (1, -2)ᵀ = 2 - 4 + 24, and 2 * 5 for the noise. */
    @Test
    void noiseAddsItsPowerToWhatAnErrorCosts() {
        LayerProblem damped = problem(GRAM, 2).damped(0.5);
        assertEquals(22 + 10, damped.gram().energy(new double[] {1, -2}));
        assertEquals(1, damped.gram().at(0, 1));
    }

    @Test
    void noiseChangesNothingElse() {
        LayerProblem damped = problem(GRAM, 2).damped(0.5);
        assertEquals(
                new LayerProblem(
                        "layer",
                        WEIGHTS,
                        2,
                        damped.gram(),
                        damped.mean(),
                        damped.scaleFloor(),
                        PairBound.NONE,
                        true,
                        damped.outputMetric()),
                damped);
        assertEquals(2, damped.mean()[1]);
        assertEquals(0.25, damped.scaleFloor()[0]);
        assertEquals(22, GRAM.energy(new double[] {1, -2}), "the matrix that was damped");
    }

    @Test
    void uncorrelatedInputsStayUncorrelated() {
        LayerProblem damped =
                problem(GramMatrix.diagonal(new double[] {1, 3}), 1).damped(0.1);
        assertTrue(damped.gram().isDiagonal());
        assertEquals(3.2, damped.gram().at(1, 1), 1e-15);
    }

    @Test
    void rejectsWhatDoesNotFitTogether() {
        double[] one = {0};
        double[] two = {0, 0};
        assertThrows(IllegalArgumentException.class, () -> new LayerProblem("", WEIGHTS, GRAM, one, one));
        assertThrows(IllegalArgumentException.class, () -> new LayerProblem("", WEIGHTS, GRAM, two, two));
        assertThrows(
                IllegalArgumentException.class,
                () -> new LayerProblem("", WEIGHTS, GramMatrix.diagonal(one), two, one));
        assertThrows(IllegalArgumentException.class, () -> problem(GRAM, 0));
        assertThrows(IllegalArgumentException.class, () -> problem(GRAM, 3));
    }
}
