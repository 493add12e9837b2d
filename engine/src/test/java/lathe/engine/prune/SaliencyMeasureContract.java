package lathe.engine.prune;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import lathe.engine.layer.LayerProblem;
import lathe.engine.linalg.GramMatrix;
import lathe.engine.tensor.WeightMatrix;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What every ranking of weights keeps to. */
abstract class SaliencyMeasureContract {

    abstract SaliencyMeasure measure();

    final Saliency all(LayerProblem problem, double energy) {
        return measure().of(problem, PrunedWeights.all(problem.weights()), energy);
    }

    /** The weights of a row from the least worthy on; of equally worthy ones the first comes first. */
    static List<Integer> order(Saliency saliency, int row) {
        return IntStream.range(0, saliency.cols())
                .boxed()
                .sorted(Comparator.comparingDouble(col -> saliency.values()[row * saliency.cols() + col]))
                .toList();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 9, 63, 64, 65})
    void whereInputsAreUncorrelatedWeightsRankBySizeTimesInput(int cols) {
        double[] diagonal = IntStream.range(0, cols).mapToDouble(i -> 1 + i % 7).toArray();
        LayerProblem problem = Examples.of(Examples.weights(4, cols, 3), Examples.diagonal(diagonal));
        Saliency saliency = all(problem, 1);
        for (int row = 0; row < 4; row++) {
            double[] weights = problem.weights().row(row);
            double[] powers = problem.gram().regularized().diagonal();
            List<Integer> expected = IntStream.range(0, cols)
                    .boxed()
                    .sorted(Comparator.comparingDouble(col -> weights[col] * weights[col] * powers[col]))
                    .toList();
            assertEquals(expected, order(saliency, row));
        }
    }

    @Test
    void theLossOfTheCheapestUncorrelatedWeightIsItsShareOfTheEnergy() {
        LayerProblem problem = Examples.of(new WeightMatrix(1, 3, new float[] {3, 1, 2}), Examples.diagonal(1, 2, 1));
        Saliency saliency = all(problem, 8);
        double[] powers = problem.gram().regularized().diagonal();
        assertEquals(powers[1] / 8, saliency.values()[1], 1e-5);
        assertEquals(4 * powers[2] / 8, saliency.values()[2], 1e-5);
        assertEquals(9 * powers[0] / 8, saliency.values()[0], 1e-5);
    }

    @Test
    void inputsThatAreAlwaysZeroGoFirst() {
        LayerProblem problem = Examples.withDead(Examples.problem(3, 8, 30, 1), 2, 7);
        Saliency saliency = all(problem, 1);
        for (int i = 0; i < saliency.values().length; i++) {
            boolean dead = i % 8 == 2 || i % 8 == 7;
            assertTrue(dead ? saliency.values()[i] == 0 : saliency.values()[i] > 0);
        }
    }

    @Test
    void aWeightThatIsGoneIsMarked() {
        LayerProblem problem = Examples.problem(5, 8, 30, 1);
        Mask mask = Examples.mask(5, 8, 0.5, 1);
        Saliency saliency = measure().of(problem, new PrunedWeights(mask, mask.applyTo(problem.weights())), 1);
        for (int i = 0; i < saliency.values().length; i++) {
            assertEquals(!mask.keeps(i / 8, i % 8), saliency.values()[i] == Saliency.REMOVED);
        }
    }

    @Test
    void aLayerThatIsSilentIsWorthNothing() {
        LayerProblem problem = Examples.problem(2, 5, 30, 1);
        for (float value : all(problem, 0).values()) {
            assertTrue(value < 1e-40);
        }
    }

    @Test
    void permutingInputsPermutesTheWorth() {
        LayerProblem problem = Examples.problem(3, 6, 30, 1);
        int[] inputs = {3, 0, 5, 1, 4, 2};
        float[] expected = all(problem, 1).values();
        float[] found = all(Examples.permuted(problem, inputs), 1).values();
        for (int i = 0; i < found.length; i++) {
            assertEquals(expected[i / 6 * 6 + inputs[i % 6]], found[i], 1e-5f * found[i]);
        }
    }

    @Test
    void sizesOfWeightsAndInputsDoNotMatter() {
        LayerProblem problem = Examples.problem(2, 6, 30, 1);
        float[] expected = all(problem, 1).values();
        for (int exponent : new int[] {-45, 45}) {
            float[] weights = new float[12];
            for (int i = 0; i < 12; i++) {
                weights[i] = Math.scalb(problem.weights().at(i / 6, i % 6), exponent);
            }
            double[] gram = Arrays.stream(Examples.entries(problem.gram()))
                    .map(entry -> Math.scalb(entry, exponent))
                    .toArray();
            LayerProblem scaled = Examples.of(new WeightMatrix(2, 6, weights), GramMatrix.of(6, gram));
            assertArrayEquals(
                    expected, all(scaled, Math.scalb(1.0, 3 * exponent)).values(), 1e-6f);
        }
    }

    @Test
    void noOutputsNoWorth() {
        assertEquals(0, all(Examples.problem(0, 4, 9, 1), 1).values().length);
    }

    @Test
    void rejectsAGramMatrixThatIsNone() {
        LayerProblem odd = Examples.of(Examples.weights(1, 2, 1), Examples.diagonal(1, Double.NaN));
        assertThrows(IllegalArgumentException.class, () -> all(odd, 1));
    }
}
