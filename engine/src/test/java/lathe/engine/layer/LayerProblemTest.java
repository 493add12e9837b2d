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

    @Test
    void regularizingChangesNothingButH() {
        LayerProblem regularized = problem(GRAM, 2).regularized();
        assertEquals(
                new LayerProblem(
                        "layer",
                        WEIGHTS,
                        2,
                        regularized.gram(),
                        regularized.mean(),
                        regularized.scaleFloor(),
                        PairBound.NONE,
                        true,
                        regularized.outputMetric(),
                        false),
                regularized);
        assertEquals(2, regularized.mean()[1]);
        assertEquals(0.25, regularized.scaleFloor()[0]);
        assertEquals(22, GRAM.energy(new double[] {1, -2}), "the matrix that was regularized");
        assertTrue(regularized.gram().energy(new double[] {1, -2}) > 22);
    }

    @Test
    void whereErrorsAreCentredSolversGetTheCovariance() {
        LayerProblem centred = problem(GRAM, 2).withCentredErrors(true);
        LayerProblem solved = centred.regularized();
        double noise = solved.gram().at(0, 0) - (2 - 1);
        assertTrue(noise > 0 && noise < 0.1);
        assertEquals(1 - 2, solved.gram().at(0, 1));
        assertEquals(6 - 4 + noise, solved.gram().at(1, 1), 1e-12);
        assertEquals(0, solved.mean()[1]);
        assertEquals(solved.gram().at(0, 1), solved.errorGram().at(0, 1), "centred once");
        assertTrue(centred.withGram(GRAM).centredErrors());
        assertTrue(centred.pruned(WEIGHTS).centredErrors());
        assertTrue(centred.ofOutputs(new int[] {0}).centredErrors());
        assertTrue(centred.withOutputMetric(centred.outputMetric()).centredErrors());
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
