package lathe.engine.thinning;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Random;
import java.util.stream.IntStream;
import lathe.engine.linalg.GramMatrix;
import lathe.engine.tensor.WeightMatrix;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class BlockEliminationTest {

    private static final int ROWS = 4;
    private static final int COLS = 12;

    private final double[][] moments = new double[COLS][COLS];
    private WeightMatrix weights;

    private BlockElimination start(Random random) {
        double[][] samples = new double[2 * COLS][];
        for (int s = 0; s < samples.length; s++) {
            samples[s] = random.doubles(COLS, -1, 1).toArray();
        }
        for (int i = 0; i < COLS; i++) {
            for (int j = 0; j < COLS; j++) {
                moments[i][j] = 0;
                for (double[] sample : samples) {
                    moments[i][j] += sample[i] * sample[j];
                }
            }
        }
        float[] values = new float[ROWS * COLS];
        IntStream.range(0, values.length).forEach(i -> values[i] = (float) random.nextGaussian());
        weights = new WeightMatrix(ROWS, COLS, values);
        double[] flat = IntStream.range(0, COLS * COLS)
                .mapToDouble(i -> moments[i / COLS][i % COLS])
                .toArray();
        return BlockElimination.of(weights, GramMatrix.of(COLS, flat));
    }

    /** One row fitted to the inputs from {@code gone} on, by Gauss-Jordan elimination of the normal equations. */
    private double[] refitted(int row, int gone) {
        int left = COLS - gone;
        double[][] system = new double[left][left + 1];
        for (int i = 0; i < left; i++) {
            for (int j = 0; j < left; j++) {
                system[i][j] = moments[gone + i][gone + j];
            }
            for (int k = 0; k < COLS; k++) {
                system[i][left] += weights.at(row, k) * moments[k][gone + i];
            }
        }
        for (int pivot = 0; pivot < left; pivot++) {
            for (int i = 0; i < left; i++) {
                double factor = i == pivot ? 0 : system[i][pivot] / system[pivot][pivot];
                for (int j = 0; j <= left; j++) {
                    system[i][j] -= factor * system[pivot][j];
                }
            }
        }
        double[] all = new double[COLS];
        IntStream.range(0, left).forEach(i -> all[gone + i] = system[i][left] / system[i][i]);
        return all;
    }

    /** Blocks one after the other leave what one least-squares fit leaves, and their losses add up to its error. */
    @Property(tries = 50)
    void blocksLeaveTheLeastSquaresFit(@ForAll Random random, @ForAll @IntRange(min = 1, max = 3) int size) {
        BlockElimination state = start(random);
        double losses = 0;
        for (int block = 0; block < 3; block++) {
            int[] columns = IntStream.range(block * size, (block + 1) * size).toArray();
            losses += state.loss(columns);
            state.eliminate(columns);
        }
        double error = 0;
        for (int row = 0; row < ROWS; row++) {
            double[] expected = refitted(row, 3 * size);
            for (int i = 0; i < COLS; i++) {
                assertEquals(expected[i], state.weight(row, i), 1e-7);
                for (int j = 0; j < COLS; j++) {
                    error += (expected[i] - weights.at(row, i)) * moments[i][j] * (expected[j] - weights.at(row, j));
                }
            }
        }
        assertEquals(error, losses, 1e-7 * (1 + losses));
    }

    @Test
    void anInputThatIsASumOfOthersCostsNothing() {
        double[] sum = {1, 0, 1, 0, 1, 1, 1, 1, 2 + 1e-9}; // x2 = x0 + x1
        WeightMatrix row = new WeightMatrix(1, 3, new float[] {1, 2, 3});
        BlockElimination state = BlockElimination.of(row, GramMatrix.of(3, sum));
        assertEquals(0, state.loss(new int[] {2}), 1e-7);
        state.eliminate(new int[] {2});
        assertEquals(4, state.weight(0, 0), 1e-6);
        assertEquals(5, state.weight(0, 1), 1e-6);
        assertEquals(0, state.weight(0, 2));
        assertEquals(16, state.loss(new int[] {0}), 1e-5, "now it carries what the sum did");
    }

    @Test
    void aCopyIsOfItsOwn() {
        BlockElimination state = start(new Random(1));
        double before = state.loss(new int[] {3});
        state.copy().eliminate(new int[] {0, 1});
        assertEquals(before, state.loss(new int[] {3}));
    }
}
