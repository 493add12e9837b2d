package lathe.engine.prune;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import lathe.engine.layer.LayerProblem;
import lathe.engine.linalg.GramMatrix;
import lathe.engine.tensor.WeightMatrix;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MaskedLeastSquaresTest {

    /** The largest |((w - ŵ) H)_j| of a remaining weight j, as a share of |w H|. */
    private static double residual(LayerProblem problem, Mask mask, double[] fitted) {
        int cols = mask.cols();
        double worst = 0;
        for (int row = 0; row < mask.rows(); row++) {
            double norm = 0;
            double largest = 0;
            for (int j = 0; j < cols; j++) {
                double right = 0;
                double left = 0;
                for (int i = 0; i < cols; i++) {
                    right += problem.weights().at(row, i) * problem.gram().at(i, j);
                    left += fitted[row * cols + i] * problem.gram().at(i, j);
                }
                norm += right * right;
                largest = mask.keeps(row, j) ? Math.max(largest, Math.abs(right - left)) : largest;
            }
            worst = Math.max(worst, norm == 0 ? 0 : largest / Math.sqrt(norm));
        }
        return worst;
    }

    private static double[] zeroed(LayerProblem problem, Mask mask) {
        return mask.applyTo(problem.weights()).rows(0, mask.rows());
    }

    /** Sizes around 64, where native code begins, and 256 outputs, a block; few zeros are solved from their side. */
    @ParameterizedTest
    @CsvSource({
        "1, 1, 0.5, 0",
        "3, 9, 0.5, 0",
        "5, 63, 0.9, 0",
        "5, 64, 0.9, 0",
        "5, 65, 0.9, 0.01",
        "4, 130, 0.3, 0",
        "4, 130, 0.9, 0",
        "200, 20, 0.9, 0.01",
        "257, 12, 0.5, 0",
        "257, 12, 0.9, 0.01",
        "300, 80, 0.9, 0.001"
    })
    void remainingWeightsSatisfyTheNormalEquations(int rows, int cols, double remaining, double damping) {
        LayerProblem problem = Examples.damped(Examples.problem(rows, cols, 2 * cols + 5, 1), damping);
        Mask mask = Examples.mask(rows, cols, remaining, 2);
        double[] fitted = MaskedLeastSquares.of(problem, mask);
        assertTrue(residual(problem, mask, fitted) < 1e-8);
        for (int i = 0; i < fitted.length; i++) {
            assertTrue(mask.keeps(i / cols, i % cols) || fitted[i] == 0);
        }
    }

    @Property(tries = 200, seed = "1")
    void equalsLeastSquaresByElimination(
            @ForAll @IntRange(min = 1, max = 8) int cols,
            @ForAll @IntRange(max = 10000) int seed,
            @ForAll @DoubleRange(min = 0, max = 1) double remaining) {
        LayerProblem problem = Examples.problem(3, cols, 3 * cols + 5, seed);
        Mask mask = Examples.mask(3, cols, remaining, seed);
        double[] fitted = MaskedLeastSquares.of(problem, mask);
        for (int row = 0; row < 3; row++) {
            double[] expected = Examples.leastSquares(problem, row, mask.remaining(row));
            for (int col = 0; col < cols; col++) {
                assertEquals(expected[col], fitted[row * cols + col], 1e-8);
            }
        }
    }

    @Property(tries = 200, seed = "2")
    void neverWorseThanZeroingWhateverTheDamping(
            @ForAll @IntRange(min = 1, max = 30) int cols,
            @ForAll @IntRange(min = 1, max = 40) int samples,
            @ForAll @IntRange(max = 10000) int seed,
            @ForAll @DoubleRange(min = 0, max = 1) double remaining,
            @ForAll @DoubleRange(min = 0.01, max = 1) double damping) {
        LayerProblem problem = Examples.problem(6, cols, samples, seed);
        Mask mask = Examples.mask(6, cols, remaining, seed);
        double[] fitted = MaskedLeastSquares.of(Examples.damped(problem, damping), mask);
        double[] zeroed = zeroed(problem, mask);
        for (int row = 0; row < 6; row++) {
            double before = Examples.error(problem, zeroed, row);
            assertTrue(Examples.error(problem, fitted, row) <= before * (1 + 1e-6) + 1e-12);
        }
    }

    @Property(tries = 100, seed = "3")
    void moreZerosNeverLowerTheError(
            @ForAll @IntRange(min = 1, max = 20) int cols, @ForAll @IntRange(max = 10000) int seed) {
        LayerProblem problem = Examples.problem(4, cols, 3 * cols, seed);
        Random random = new Random(seed);
        double[] worth = random.doubles(4L * cols).toArray();
        double before = 0;
        for (double threshold = 0; threshold <= 1; threshold += 0.125) {
            BitSet bits = new BitSet();
            for (int i = 0; i < worth.length; i++) {
                bits.set(i, worth[i] >= threshold);
            }
            double error = Examples.error(problem, MaskedLeastSquares.of(problem, new Mask(4, cols, bits)));
            assertTrue(error >= before * (1 - 1e-9) - 1e-12, "%s after %s".formatted(error, before));
            before = error;
        }
    }

    @Property(tries = 50, seed = "4")
    void permutingInputsPermutesTheAnswer(
            @ForAll @IntRange(min = 1, max = 20) int cols, @ForAll @IntRange(max = 10000) int seed) {
        LayerProblem problem = Examples.problem(3, cols, 3 * cols, seed);
        Mask mask = Examples.mask(3, cols, 0.5, seed);
        List<Integer> order = new ArrayList<>(IntStream.range(0, cols).boxed().toList());
        Collections.shuffle(order, new Random(seed));
        BitSet moved = new BitSet();
        for (int i = 0; i < 3 * cols; i++) {
            moved.set(i, mask.keeps(i / cols, order.get(i % cols)));
        }
        int[] inputs = order.stream().mapToInt(Integer::intValue).toArray();
        double[] expected = MaskedLeastSquares.of(problem, mask);
        double[] found = MaskedLeastSquares.of(Examples.permuted(problem, inputs), new Mask(3, cols, moved));
        for (int i = 0; i < found.length; i++) {
            assertEquals(expected[i / cols * cols + inputs[i % cols]], found[i], 1e-9);
        }
    }

    @ParameterizedTest
    @CsvSource({"4, 9", "300, 9", "4, 70"})
    void aFullMaskKeepsEveryBitAndAnEmptyOneNothing(int rows, int cols) {
        LayerProblem problem = Examples.problem(rows, cols, 3 * cols, 1);
        Mask full = Mask.full(rows, cols);
        assertArrayEquals(problem.weights().rows(0, rows), MaskedLeastSquares.of(problem, full));
        Mask empty = new Mask(rows, cols, new BitSet());
        assertArrayEquals(new double[rows * cols], MaskedLeastSquares.of(problem, empty));
        assertArrayEquals(new double[0], MaskedLeastSquares.of(Examples.problem(0, cols, 9, 1), Mask.full(0, cols)));
    }

    @Test
    void uncorrelatedInputsCannotMakeUpForEachOther() {
        LayerProblem problem = Examples.of(Examples.weights(5, 4, 1), Examples.diagonal(1, 2, 0.5, 3));
        Mask mask = Examples.mask(5, 4, 0.5, 2);
        assertArrayEquals(zeroed(problem, mask), MaskedLeastSquares.of(problem, mask));
    }

    @Test
    void equalInputsTakeOverFromEachOther() {
        GramMatrix equal = GramMatrix.of(2, new double[] {1, 1, 1, 1}).damped(1e-9);
        LayerProblem problem = Examples.of(new WeightMatrix(1, 2, new float[] {3, 4}), equal);
        BitSet second = new BitSet();
        second.set(1);
        double[] fitted = MaskedLeastSquares.of(problem, new Mask(1, 2, second));
        assertArrayEquals(new double[] {0, 7}, fitted, 1e-8);
    }

    @ParameterizedTest
    @CsvSource({"20, 5, 0.5", "20, 10, 0.9", "100, 30, 0.5", "100, 30, 0.9"})
    void fewerSamplesThanInputsAreNoObstacle(int cols, int samples, double remaining) {
        LayerProblem problem = Examples.problem(6, cols, samples, 3).regularized();
        Mask mask = Examples.mask(6, cols, remaining, 4);
        assertTrue(residual(problem, mask, MaskedLeastSquares.of(problem, mask)) < 1e-8);
    }

    @ParameterizedTest
    @CsvSource({"0.5", "0.9"})
    void inputsThatAreAlwaysZeroTakeNoPart(double remaining) {
        LayerProblem problem =
                Examples.withDead(Examples.problem(100, 12, 40, 1), 0, 5).regularized();
        Mask mask = Examples.mask(100, 12, remaining, 2);
        double[] fitted = MaskedLeastSquares.of(problem, mask);
        double[] kept = zeroed(problem, mask);
        for (int row = 0; row < 100; row++) {
            assertEquals(kept[row * 12], fitted[row * 12]);
            assertEquals(kept[row * 12 + 5], fitted[row * 12 + 5]);
        }
        assertTrue(residual(problem, mask, fitted) < 1e-8);
    }

    @Property(tries = 30, seed = "6")
    void bothSidesFindTheSame(@ForAll @IntRange(max = 10000) int seed) {
        LayerProblem problem = Examples.problem(60, 10, 30, seed);
        Mask mask = Examples.mask(60, 10, 0.8, seed);
        double[] fromZeros = MaskedLeastSquares.of(problem, mask);
        for (int row = 0; row < 60; row++) {
            LayerProblem alone =
                    Examples.of(new WeightMatrix(1, 10, problem.weights().floatRow(row)), problem.gram());
            double[] fromRemaining = MaskedLeastSquares.of(alone, mask.rows(row, row + 1));
            for (int col = 0; col < 10; col++) {
                assertEquals(fromRemaining[col], fromZeros[row * 10 + col], 1e-9);
            }
        }
    }

    /** Powers of two change no digit. */
    @ParameterizedTest
    @CsvSource({"-100, 0", "100, 0", "0, -100", "0, 100", "-100, -100"})
    void sizesOfWeightsAndInputsDoNotMatter(int weightExponent, int gramExponent) {
        LayerProblem problem = Examples.problem(50, 9, 30, 1);
        float[] weights = new float[50 * 9];
        double[] gram = Examples.entries(problem.gram());
        for (int i = 0; i < weights.length; i++) {
            weights[i] = Math.scalb(problem.weights().at(i / 9, i % 9), weightExponent);
        }
        for (int i = 0; i < gram.length; i++) {
            gram[i] = Math.scalb(gram[i], 2 * gramExponent);
        }
        LayerProblem scaled = Examples.of(new WeightMatrix(50, 9, weights), GramMatrix.of(9, gram));
        for (double remaining : new double[] {0.3, 0.9}) {
            Mask mask = Examples.mask(50, 9, remaining, 2);
            double[] expected = MaskedLeastSquares.of(problem, mask);
            double[] found = MaskedLeastSquares.of(scaled, mask);
            for (int i = 0; i < found.length; i++) {
                assertEquals(Math.scalb(expected[i], weightExponent), found[i], Math.abs(found[i]) * 1e-12);
            }
        }
    }

    @Test
    void anAllZeroGramMatrixLeavesTheRemainingWeightsAlone() {
        LayerProblem problem = Examples.of(
                Examples.weights(3, 4, 1), GramMatrix.of(4, new double[16]).regularized());
        Mask mask = Examples.mask(3, 4, 0.5, 1);
        assertArrayEquals(zeroed(problem, mask), MaskedLeastSquares.of(problem, mask));
    }

    @ParameterizedTest
    @CsvSource({"NaN", "Infinity", "-5"})
    void rejectsAGramMatrixThatIsNone(double entry) {
        LayerProblem problem = Examples.of(Examples.weights(3, 3, 1), Examples.diagonal(1, entry, 1));
        double[] coupled = Examples.entries(problem.gram());
        coupled[1] = 0.5;
        coupled[3] = 0.5;
        LayerProblem odd = Examples.of(problem.weights(), GramMatrix.of(3, coupled));
        BitSet bits = new BitSet();
        bits.set(1, 3);
        Mask mask = new Mask(3, 3, bits);
        String message = assertThrows(IllegalArgumentException.class, () -> MaskedLeastSquares.of(odd, mask))
                .getMessage();
        assertTrue(message.contains("'layer'"), message);
    }

    @Test
    void sameBitsFromAnyNumberOfThreads() throws Exception {
        LayerProblem problem = Examples.problem(20, 90, 200, 1);
        Mask mask = Examples.mask(20, 90, 0.8, 1);
        double[] expected = MaskedLeastSquares.of(problem, mask);
        ExecutorService workers = Executors.newFixedThreadPool(4);
        try {
            List<Future<double[]>> found = IntStream.range(0, 8)
                    .mapToObj(i -> workers.submit(() -> MaskedLeastSquares.of(problem, mask)))
                    .toList();
            for (Future<double[]> one : found) {
                assertArrayEquals(expected, one.get());
            }
        } finally {
            workers.shutdownNow();
        }
    }
}
