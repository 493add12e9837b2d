package lathe.engine.prune;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.BitSet;
import lathe.engine.layer.LayerProblem;
import lathe.engine.tensor.WeightMatrix;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RowEliminationTest {

    private static final double DAMPING = 0.01;

    private static RowElimination elimination(LayerProblem problem, int groupSize, int removable) {
        int cols = problem.gram().order();
        int[] group = new int[cols];
        Arrays.setAll(group, col -> col / groupSize);
        int[] quota = new int[(cols + groupSize - 1) / groupSize];
        Arrays.fill(quota, removable);
        double amount = DAMPING * problem.gram().meanDiagonal();
        return new RowElimination(
                problem.weights().row(0),
                problem.gram().damped(amount).inverse().orElseThrow(),
                group,
                quota);
    }

    /** Sizes around those at which the inverse is brought up to date, or in native code. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 9, 63, 64, 65, 130})
    void whatIsLeftIsTheLeastSquaresFitAndTheLossesAreItsError(int cols) {
        LayerProblem problem = Examples.problem(1, cols, 2 * cols + 5, 1);
        LayerProblem damped = Examples.damped(problem, DAMPING);
        RowElimination elimination = elimination(problem, cols, cols);
        BitSet remaining = new BitSet();
        remaining.set(0, cols);
        double error = 0;
        for (int step = 0; step < cols; step++) {
            remaining.clear(elimination.removeNext());
            error += elimination.loss();
            assertEquals(cols - step - 1, remaining.cardinality());
            double[] expected =
                    Examples.leastSquares(damped, 0, remaining.stream().toArray());
            double[] found = elimination.weights();
            for (int col = 0; col < cols; col++) {
                assertEquals(expected[col], found[col], 1e-9);
            }
            assertEquals(Examples.error(damped, found, 0), error, 1e-9 * error);
        }
        assertEquals(-1, elimination.removeNext());
    }

    @Property(tries = 100, seed = "1")
    void eachRemovalIsTheOneThatCostsLeast(
            @ForAll @IntRange(min = 1, max = 7) int cols, @ForAll @IntRange(max = 10000) int seed) {
        LayerProblem problem = Examples.problem(1, cols, 3 * cols + 3, seed);
        LayerProblem damped = Examples.damped(problem, DAMPING);
        RowElimination elimination = elimination(problem, cols, cols);
        BitSet remaining = new BitSet();
        remaining.set(0, cols);
        while (!remaining.isEmpty()) {
            double least = Double.POSITIVE_INFINITY;
            for (int input : remaining.stream().toArray()) {
                least = Math.min(least, errorWithout(damped, remaining, input));
            }
            int removed = elimination.removeNext();
            assertEquals(least, errorWithout(damped, remaining, removed), 1e-9 * least);
            remaining.clear(removed);
        }
    }

    private static double errorWithout(LayerProblem problem, BitSet remaining, int input) {
        BitSet others = (BitSet) remaining.clone();
        others.clear(input);
        return Examples.error(
                problem, Examples.leastSquares(problem, 0, others.stream().toArray()), 0);
    }

    @Test
    void noGroupLosesMoreThanItMay() {
        LayerProblem problem = Examples.problem(1, 10, 30, 1);
        RowElimination elimination = elimination(problem, 4, 2);
        int[] lost = new int[3];
        for (int next = elimination.removeNext(); next >= 0; next = elimination.removeNext()) {
            lost[next / 4]++;
        }
        assertTrue(Arrays.equals(new int[] {2, 2, 2}, lost), Arrays.toString(lost));
    }

    @Test
    void ofEquallyCheapWeightsTheFirstGoes() {
        LayerProblem problem = Examples.of(new WeightMatrix(1, 3, new float[] {2, 1, 1}), Examples.diagonal(1, 1, 1));
        RowElimination elimination = elimination(problem, 3, 3);
        assertEquals(1, elimination.removeNext());
        assertEquals(2, elimination.removeNext());
        assertEquals(0, elimination.removeNext());
    }
}
