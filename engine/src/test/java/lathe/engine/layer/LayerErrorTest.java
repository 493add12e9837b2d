package lathe.engine.layer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
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
    void eachOutputCountsByItsWeight() {
        LayerProblem plain = problem(1, 2, 0, 1);
        LayerProblem weighted = plain.withOutputMetric(GramMatrix.diagonal(new double[] {0.25, 4}));
        WeightMatrix compressed = new WeightMatrix(2, 2, new float[] {0, 2, 0, 0});
        LayerError error = LayerError.of(weighted, compressed);
        assertEquals(0.25 * 2 + 4 * 3, error.error());
        OutputMoments moments = OutputMoments.of(weighted, compressed);
        assertEquals(error, moments.error(new double[] {1, 1}));
    }

    /** Inputs of which one is always 3: a weight of that one is what the bias takes. */
    @Test
    void whatTheBiasTakesIsNoErrorWhereErrorsAreCentred() {
        GramMatrix gram = GramMatrix.of(2, new double[] {9, 3, 3, 2});
        LayerProblem problem = new LayerProblem(
                "layer", new WeightMatrix(1, 2, new float[] {1, 2}), gram, new double[] {3, 1}, new double[1]);
        WeightMatrix compressed = new WeightMatrix(1, 2, new float[] {0.5f, 4});
        double all = 0.25 * 9 - 2 * 3 + 4 * 2;
        assertEquals(all, LayerError.of(problem, compressed).error());
        LayerError centred = LayerError.of(problem.withCentredErrors(true), compressed);
        assertEquals(4 * (2 - 1), centred.error(), 1e-12);
        assertEquals(LayerError.of(problem, compressed).energy(), centred.energy());
    }

    @Test
    void meansAreKnownWhereAllUsersKnowThem() {
        InputStatistics known = InputStatistics.ofDraws(new long[] {1}, 2).withMeansKnown(true);
        assertTrue(InputStatistics.average(List.of(known, known)).meansKnown());
        assertFalse(InputStatistics.average(List.of(known, known.withMeansKnown(false)))
                .meansKnown());
    }

    @Test
    void drawsAreSharesOfWhichNoneIsZero() {
        InputStatistics first = InputStatistics.ofDraws(new long[] {3, 0, 1}, 2);
        assertArrayEquals(
                new double[] {4 / 7.0, 1 / 7.0, 2 / 7.0}, first.drawn().orElseThrow(), 1e-15);
        assertArrayEquals(new double[] {1, 1}, first.grams().get(0).diagonal());
        InputStatistics second = InputStatistics.ofDraws(new long[] {0, 12, 0}, 2);
        double[] both = InputStatistics.average(List.of(first, second)).drawn().orElseThrow();
        assertArrayEquals(
                new double[] {0.25 * 4 / 7 + 0.75 / 15, 0.25 / 7 + 0.75 * 13 / 15, 0.25 * 2 / 7 + 0.75 / 15},
                both,
                1e-15);
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
