package lathe.engine.solve;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import lathe.engine.grid.WeightFormat;
import lathe.engine.layer.LayerProblem;
import lathe.engine.tensor.WeightMatrix;
import org.junit.jupiter.api.Test;

/** Three outputs, two of them chosen, of four inputs that come in another order. */
class InputLevelsTest {

    private static final int[] ORDER = {2, 0, 3, 1};
    private static final int[] CHOSEN = {2, 0};

    private static RowBlock block(WeightFormat format) {
        float[] weights = {1, 1, 1, 1, 2, 2, 2, 2, 3, 0, 3, 3};
        LayerProblem problem = Problems.of(new WeightMatrix(3, 4, weights), Problems.diagonal(1, 1, 1, 1))
                .pruned(new WeightMatrix(3, 4, weights));
        return new RowBlock(format, problem, Optional.empty(), Math::rint, 0, 3);
    }

    private static InputLevels levels(float[]... scales) {
        return new InputLevels(block(WeightFormat.perChannel(4).perBlock(2)), ORDER, CHOSEN, scales);
    }

    @Test
    void stepsAreSharesOfTheLargestInTheOrderOfInputs() {
        InputLevels levels = levels(new float[] {4, 1}, new float[] {2, 8});
        assertArrayEquals(new float[] {0.25f, 1}, levels.scale(0));
        assertArrayEquals(new float[] {1, 0.25f}, levels.scale(1));
        assertArrayEquals(new float[] {0.25f, 1}, levels.scale(2));
        assertArrayEquals(new float[] {1, 0.25f}, levels.scale(3));
        assertArrayEquals(new float[] {4, 1}, levels.perScale(0));
        assertArrayEquals(new float[] {1, 4}, levels.perScale(3));
    }

    /** Input 1, the last, is a zero in output 2 that has to stay. */
    @Test
    void codesAreThoseOfEachInputAndOutput() {
        InputLevels levels = levels(new float[] {4, 1}, new float[] {2, 8});
        assertArrayEquals(new float[] {-8, -8}, levels.low(1));
        assertArrayEquals(new float[] {7, 7}, levels.high(1));
        assertArrayEquals(new float[] {0, -8}, levels.low(3));
        assertArrayEquals(new float[] {0, 7}, levels.high(3));
    }

    @Test
    void weightsAndEnergiesAreMeasuredInTheLargestStep() {
        InputLevels levels = levels(new float[] {4, 1}, new float[] {2, 8});
        float[][] weights = {{8, 0, 4}, {16, 0, 2}, {24, 0, 1}, {32, 0, 12}};
        assertArrayEquals(new float[][] {{1, 1}, {0.5f, 2}, {0.25f, 3}, {3, 4}}, levels.inUnits(weights));
        assertArrayEquals(new double[] {48, 64}, levels.timesSquaredUnits(new float[] {3, 1}));
    }

    @Test
    void stepsFarBelowTheLargestHaveAnInverse() {
        InputLevels levels = levels(new float[] {1e30f, 1e-30f}, new float[] {1, 1});
        assertEquals(1e-30f, levels.scale(0)[0]);
        assertTrue(Float.isFinite(levels.perScale(0)[0]));
    }

    /** With the same for all inputs, one array serves all. */
    @Test
    void inputsThatAreAlikeAreServedAlike() {
        LayerProblem problem = Problems.random(2, 3, 9, 1);
        RowBlock uniform = new RowBlock(WeightFormat.perChannel(3), problem, Optional.empty(), Math::rint, 0, 2);
        InputLevels levels =
                new InputLevels(uniform, new int[] {2, 1, 0}, new int[] {0, 1}, new float[][] {{5}, {0.1f}});
        for (int input = 0; input < 3; input++) {
            assertArrayEquals(new float[] {1, 1}, levels.scale(input));
            assertArrayEquals(new float[] {1, 1}, levels.perScale(input));
            assertArrayEquals(new float[] {-4, -4}, levels.low(input));
            assertArrayEquals(new float[] {3, 3}, levels.high(input));
        }
    }
}
