package lathe.engine.thinning;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
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

    /** @param size of blocks */
    private BlockElimination start(Random random, int size) {
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
        Map<Integer, int[]> blocks = IntStream.range(0, COLS / size)
                .boxed()
                .collect(Collectors.toMap(
                        block -> block,
                        block -> IntStream.range(block * size, (block + 1) * size)
                                .toArray()));
        return BlockElimination.of(weights, GramMatrix.of(COLS, flat), blocks);
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
        BlockElimination state = start(random, size);
        double losses = 0;
        for (int block = 0; block < 3; block++) {
            losses += state.loss(block);
            state.eliminate(block);
            assertEquals(0, state.loss(block), "gone");
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
        BlockElimination state =
                BlockElimination.of(row, GramMatrix.of(3, sum), Map.of(0, new int[] {0}, 2, new int[] {2}));
        assertEquals(0, state.loss(2), 1e-7);
        state.eliminate(2);
        assertEquals(4, state.weight(0, 0), 1e-6);
        assertEquals(5, state.weight(0, 1), 1e-6);
        assertEquals(0, state.weight(0, 2));
        assertEquals(16, state.loss(0), 1e-5, "now it carries what the sum did");
    }

    /** A diagonal matrix and a whole one with zeros are the same, but for what they cost. */
    @Property(tries = 20)
    void uncorrelatedInputsAreLeftOutAsTheyAre(@ForAll Random random) {
        double[] squares = random.doubles(COLS, 0.5, 2).toArray();
        double[] flat = new double[COLS * COLS];
        float[] values = new float[ROWS * COLS];
        IntStream.range(0, COLS).forEach(i -> flat[i * COLS + i] = squares[i]);
        IntStream.range(0, values.length).forEach(i -> values[i] = (float) random.nextGaussian());
        WeightMatrix matrix = new WeightMatrix(ROWS, COLS, values);
        Map<Integer, int[]> blocks = Map.of(0, new int[] {0, 3}, 1, new int[] {1, 2});
        BlockElimination whole = BlockElimination.of(matrix, GramMatrix.of(COLS, flat), blocks);
        BlockElimination diagonal = BlockElimination.of(matrix, GramMatrix.diagonal(squares), blocks);
        for (int block = 0; block < 2; block++) {
            assertEquals(whole.loss(block), diagonal.loss(block), 1e-9);
            whole.eliminate(block);
            diagonal.eliminate(block);
            for (int i = 0; i < values.length; i++) {
                assertEquals(whole.weight(i / COLS, i % COLS), diagonal.weight(i / COLS, i % COLS), 1e-9);
            }
        }
    }

    @Test
    void aCopyIsOfItsOwn() {
        BlockElimination state = start(new Random(1), 2);
        double before = state.loss(3);
        double weight = state.weight(0, 0);
        state.copy().eliminate(0);
        assertEquals(before, state.loss(3));
        assertEquals(weight, state.weight(0, 0));
        assertTrue(state.loss(0) > 0, "still there");
    }
}
