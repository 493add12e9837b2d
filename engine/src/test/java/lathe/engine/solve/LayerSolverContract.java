package lathe.engine.solve;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import lathe.engine.grid.FloatFormat;
import lathe.engine.grid.Levels;
import lathe.engine.grid.QuantGrid;
import lathe.engine.grid.TableFormat;
import lathe.engine.grid.WeightFormat;
import lathe.engine.layer.LayerError;
import lathe.engine.layer.LayerProblem;
import lathe.engine.layer.QuantizedWeights;
import lathe.engine.linalg.GramMatrix;
import lathe.engine.tensor.WeightMatrix;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What every layer solver does. */
abstract class LayerSolverContract {

    abstract LayerSolver solver(WeightFormat format);

    LayerSolver solver(QuantGrid grid) {
        return solver(WeightFormat.perChannel(grid));
    }

    private QuantizedWeights solve(LayerProblem problem) {
        QuantizedWeights solved = solver(QuantGrid.symmetric(4)).solve(problem);
        assertIsValid(problem, solved);
        return solved;
    }

    private static void assertIsValid(LayerProblem problem, QuantizedWeights solved) {
        assertEquals(problem.weights().rows(), solved.rows());
        assertEquals(problem.weights().cols(), solved.cols());
        Levels levels = solved.format().levels();
        for (short code : solved.codes()) {
            float level = levels.level(code);
            assertTrue(level >= levels.least() && level <= levels.largest(), "code " + code);
        }
        for (int i = 0; i < solved.scales().length; i++) {
            float scale = solved.scales()[i];
            assertTrue(scale > 0 && Float.isFinite(scale), "scale " + scale);
            assertTrue(scale >= problem.scaleFloor()[i / solved.blocks().count()], "scale " + scale);
        }
    }

    @ParameterizedTest
    @CsvSource({"1, 1, 3", "3, 1, 1", "1, 9, 40", "4, 25, 10", "7, 65, 300", "5, 127, 50", "5, 128, 400", "5, 129, 50"})
    void answersHaveTheShapeOfTheProblem(int rows, int cols, int samples) {
        solve(Problems.random(rows, cols, samples, 1));
    }

    @Test
    void solvesMoreRowsThanFitABlock() {
        LayerProblem problem = Problems.random(1030, 6, 30, 1);
        QuantizedWeights all = solve(problem);
        for (int row : new int[] {0, 511, 512, 1023, 1024, 1029}) {
            QuantizedWeights alone = solve(Problems.rowOf(problem, row));
            assertEquals(alone.scales()[0], all.scales()[row]);
            assertArrayEquals(alone.codes(), Arrays.copyOfRange(all.codes(), row * 6, (row + 1) * 6));
        }
    }

    @Test
    void sameProblemGivesTheSameBits() {
        LayerProblem problem = Problems.random(20, 150, 200, 3);
        QuantizedWeights first = solve(problem);
        QuantizedWeights second = solve(problem);
        assertArrayEquals(first.codes(), second.codes());
        assertArrayEquals(first.scales(), second.scales());
    }

    @Test
    void leavesTheProblemAsItWas() {
        LayerProblem problem = Problems.random(3, 70, 100, 3);
        LayerProblem untouched = Problems.random(3, 70, 100, 3);
        solve(problem);
        for (int row = 0; row < 3; row++) {
            assertArrayEquals(untouched.weights().row(row), problem.weights().row(row));
        }
        assertArrayEquals(untouched.gram().diagonal(), problem.gram().diagonal());
    }

    @Test
    void keepsWeightsThatTheGridHolds() {
        LayerProblem problem = Problems.row(Problems.random(1, 4, 30, 1).gram(), 1.75f, -0.5f, 0, 0.25f);
        QuantizedWeights solved = solve(problem);
        assertEquals(0, Problems.error(problem, solved, 0));
    }

    @Test
    void acceptsADeadInput() {
        GramMatrix gram = GramMatrix.of(3, new double[] {2, 0, 1, 0, 0, 0, 1, 0, 3});
        LayerProblem problem = Problems.row(gram, 0.9f, 0.31f, -0.7f);
        QuantizedWeights solved = solve(problem);
        double nearest = Math.rint(0.31f / solved.scales()[0]);
        assertEquals(Math.max(-7, Math.min(7, nearest)), solved.codes()[1], "a dead input keeps its rounded value");
    }

    @Test
    void acceptsInputsThatAreAllDead() {
        QuantizedWeights solved = solve(Problems.row(Problems.diagonal(0, 0, 0), 0.9f, 0.3f, -0.6f));
        assertEquals(0.9, solved.weights().at(0, 0), 0.1);
        assertEquals(0.3, solved.weights().at(0, 1), 0.1);
        assertEquals(-0.6, solved.weights().at(0, 2), 0.1);
    }

    @Test
    void acceptsASingularMatrix() {
        solve(Problems.random(4, 30, 2, 5));
        double[] ones = new double[16];
        Arrays.fill(ones, 1);
        solve(Problems.of(Problems.random(4, 4, 9, 5).weights(), GramMatrix.of(4, ones)));
    }

    @Test
    void acceptsAMatrixThatIsNotEvenFinite() {
        solve(Problems.row(Problems.diagonal(Double.NaN, 1), 0.5f, 0.25f));
        solve(Problems.row(Problems.diagonal(Double.POSITIVE_INFINITY, 1), 0.5f, 0.25f));
    }

    @Test
    void acceptsAnOutputOfZeros() {
        LayerProblem problem = Problems.of(new WeightMatrix(2, 2, new float[] {0, 0, 1, 2}), Problems.diagonal(1, 2));
        QuantizedWeights solved = solve(problem);
        assertEquals(0, solved.codes()[0]);
        assertEquals(0, solved.codes()[1]);
        assertEquals(1, solved.scales()[0]);
    }

    @Test
    void weightsOfZeroAreAsGoodAsZeroWhereThatIsNoLevel() {
        LayerProblem problem = Problems.of(new WeightMatrix(2, 2, new float[] {0, 0, 1, 2}), Problems.diagonal(1, 2));
        for (WeightFormat format : List.of(TableFormat.midrise(1), TableFormat.midrise(2), TableFormat.lloyd(2))) {
            QuantizedWeights solved = solver(format).solve(problem);
            assertEquals(0, solved.weights().at(0, 0), 1e-30);
            assertEquals(0, solved.weights().at(0, 1), 1e-30);
            assertTrue(solved.scales()[0] > 0);
        }
    }

    @Test
    void acceptsNegativeWeightsOnly() {
        QuantizedWeights solved = solve(Problems.row(Problems.diagonal(1, 1), -0.9f, -0.8f));
        assertEquals(-0.9, solved.weights().at(0, 0), 0.1);
        assertEquals(-0.8, solved.weights().at(0, 1), 0.1);
    }

    @ParameterizedTest
    @ValueSource(floats = {1e-30f, 1e30f, 3.4e38f, 1e-38f, Float.MIN_NORMAL})
    void acceptsWeightsOfAnySize(float size) {
        LayerProblem problem = Problems.random(3, 12, 40, 2);
        float[] weights = new float[36];
        float largest = 0;
        for (int i = 0; i < 36; i++) {
            weights[i] = problem.weights().at(i / 12, i % 12);
            largest = Math.max(largest, Math.abs(weights[i]));
        }
        for (int i = 0; i < 36; i++) {
            weights[i] = weights[i] / largest * size;
        }
        LayerProblem sized = Problems.of(new WeightMatrix(3, 12, weights), problem.gram());
        QuantizedWeights solved = solve(sized);
        for (int row = 0; row < 3; row++) {
            assertTrue(Problems.error(sized, solved, row) < 0.1 * Problems.energy(sized, row));
        }
    }

    @ParameterizedTest
    @ValueSource(floats = {Float.MIN_VALUE, 9.8E-45f})
    void acceptsWeightsThatFloatCanHardlyHold(float size) {
        solve(Problems.row(Problems.diagonal(1, 1), size, -size));
    }

    @Test
    void keepsTheScaleFloor() {
        LayerProblem problem = Problems.random(4, 9, 40, 2);
        for (double floor : new double[] {1e-3, 0.1, 0.3, 7, 1e20}) {
            double[] floors = new double[4];
            Arrays.fill(floors, floor);
            solve(new LayerProblem("layer", problem.weights(), problem.gram(), problem.mean(), floors));
        }
    }

    @Test
    void scaleFloorIsKeptWhereFloatWouldRoundBelowIt() {
        double floor = Math.nextUp((double) 3f);
        LayerProblem problem = Problems.row(Problems.diagonal(1), Math.nextUp(3f));
        QuantizedWeights solved = solve(
                new LayerProblem("layer", problem.weights(), problem.gram(), problem.mean(), new double[] {floor}));
        assertEquals(Math.nextUp(3f), solved.scales()[0]);
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3, 5, 8})
    void servesEveryWidth(int bits) {
        LayerProblem problem = Problems.random(4, 20, 50, 2);
        QuantGrid grid = QuantGrid.symmetric(bits);
        QuantizedWeights solved = solver(grid).solve(problem);
        assertEquals(WeightFormat.perChannel(grid), solved.format());
        assertIsValid(problem, solved);
    }

    @Test
    void servesGridsThatAreNotSymmetric() {
        LayerProblem problem = Problems.random(4, 20, 50, 2);
        assertIsValid(problem, solver(new QuantGrid(4, -8, 7)).solve(problem));
    }

    static Stream<WeightFormat> formats() {
        WeightFormat channel = WeightFormat.perChannel(4);
        Stream<WeightFormat> integers = Stream.of(
                        channel, channel.perTensor(), channel.perBlock(2), channel.perBlock(16))
                .flatMap(format -> Stream.of(
                        format, format.asymmetric(), format.asymmetric().withBits(8)));
        Stream<WeightFormat> others = Stream.of(
                        TableFormat.NF4,
                        TableFormat.midrise(5),
                        TableFormat.lloyd(5),
                        FloatFormat.E4M3,
                        FloatFormat.E5M2)
                .flatMap(format -> Stream.of(format, format.perTensor(), format.perBlock(2)));
        return Stream.concat(integers, others);
    }

    @ParameterizedTest
    @MethodSource("formats")
    void answersInTheFormatAskedFor(WeightFormat format) {
        LayerProblem problem = Problems.withTaps(Problems.random(5, 36, 80, 4), 9);
        QuantizedWeights solved = solver(format).solve(problem);
        assertIsValid(problem, solved);
        assertEquals(format.blocks(36, 9), solved.blocks());
        for (byte zeroPoint : solved.zeroPoints()) {
            assertTrue(zeroPoint >= format.levels().least()
                    && zeroPoint <= format.levels().largest());
            assertTrue(!format.symmetric() || zeroPoint == 0);
        }
        double relative = LayerError.of(problem, solved.weights()).relative();
        assertTrue(relative < 0.15, relative + " of the energy");
    }

    @ParameterizedTest
    @MethodSource("formats")
    void keepsZerosWhereAskedTo(WeightFormat format) {
        LayerProblem problem = Problems.sparse(Problems.withTaps(Problems.random(5, 36, 80, 4), 9), 3);
        if (!format.hasZero()) {
            assertThrows(IllegalArgumentException.class, () -> solver(format).solve(problem));
            return;
        }
        QuantizedWeights solved = solver(format).solve(problem);
        assertIsValid(problem, solved);
        for (int i = 0; i < 5 * 36; i++) {
            if (problem.weights().at(i / 36, i % 36) == 0) {
                assertEquals(0, solved.weights().at(i / 36, i % 36));
            }
        }
    }

    /** Kernels without 32-bit sums add the products of inputs 2i and 2i + 1 in the order of the kernel: tap, then channel. */
    private static int largestPair(QuantizedWeights solved, int taps) {
        int channels = solved.cols() / taps;
        int largest = 0;
        for (int row = 0; row < solved.rows(); row++) {
            int[] inOrder = new int[solved.cols()];
            for (int tap = 0; tap < taps; tap++) {
                for (int channel = 0; channel < channels; channel++) {
                    inOrder[tap * channels + channel] = solved.codes()[row * solved.cols() + channel * taps + tap];
                }
            }
            for (int i = 0; i + 1 < inOrder.length; i += 2) {
                int positive = Math.max(0, inOrder[i]) + Math.max(0, inOrder[i + 1]);
                int negative = Math.min(0, inOrder[i]) + Math.min(0, inOrder[i + 1]);
                largest = Math.max(largest, Math.max(positive, -negative));
            }
        }
        return largest;
    }

    @ParameterizedTest
    @CsvSource({"36, 9", "35, 1", "36, 1", "27, 9", "1, 1", "150, 3"})
    void neighbouringCodesKeepTheirBound(int cols, int taps) {
        LayerProblem free = Problems.withTaps(Problems.random(9, cols, 200, 6), taps);
        WeightFormat channel = WeightFormat.perChannel(8);
        QuantizedWeights unbound = solver(channel).solve(free);
        assertTrue(cols == 1 || largestPair(unbound, taps) > 128, "some pair breaks the bound by itself");
        WeightFormat half = WeightFormat.perChannel(new QuantGrid(8, -64, 64));
        for (WeightFormat format : List.of(channel, channel.perTensor())) {
            for (LayerProblem problem : List.of(free, Problems.sparse(free, 2))) {
                QuantizedWeights solved = solver(format).solve(Problems.paired(problem, 128));
                assertIsValid(problem, solved);
                assertTrue(largestPair(solved, taps) <= 128, largestPair(solved, taps) + " in " + format);
                double loss = LayerError.of(problem, solved.weights()).relative();
                double of7Bits = LayerError.of(
                                problem,
                                solver(half.with(format.sharing(), 0))
                                        .solve(problem)
                                        .weights())
                        .relative();
                assertTrue(loss <= 1.1 * of7Bits, loss + ", with half the range " + of7Bits);
            }
        }
    }

    @Test
    void codesThatCannotBreakTheBoundAreFree() {
        LayerProblem problem = Problems.random(5, 36, 80, 4);
        WeightFormat format = WeightFormat.perChannel(7);
        QuantizedWeights free = solver(format).solve(problem);
        QuantizedWeights paired = solver(format).solve(Problems.paired(problem, 128));
        assertArrayEquals(free.codes(), paired.codes());
        assertArrayEquals(free.scales(), paired.scales());
    }

    @Test
    void zeroPointsAndBoundPairsAreNoFormat() {
        LayerProblem problem = Problems.paired(Problems.random(2, 4, 9, 1), 128);
        WeightFormat format = WeightFormat.perChannel(8).asymmetric();
        assertThrows(IllegalArgumentException.class, () -> solver(format).solve(problem));
        WeightFormat within = format.within(problem.pairs());
        assertTrue(largestPair(solver(within).solve(problem), 1) <= 128);
    }

    @Test
    void sharesOneScaleOverAllGroups() {
        WeightFormat format = WeightFormat.perChannel(4).perTensor();
        List<QuantizedWeights> solved = solver(format)
                .solve(List.of(
                        Problems.random(3, 9, 40, 1), Problems.random(3, 9, 40, 2), Problems.random(2, 9, 9, 3)));
        for (QuantizedWeights group : solved) {
            for (float scale : group.scales()) {
                assertEquals(solved.get(0).scales()[0], scale);
            }
        }
    }

    @Test
    void theSharedScaleKeepsEveryFloor() {
        LayerProblem problem = Problems.random(3, 9, 40, 1);
        double[] floors = {0, 7, 0.5};
        LayerProblem floored = new LayerProblem("layer", problem.weights(), problem.gram(), problem.mean(), floors);
        QuantizedWeights solved = solver(WeightFormat.perChannel(4).perTensor()).solve(floored);
        assertTrue(solved.scales()[0] >= 7);
    }

    @Test
    void zeroPointsServeWeightsOfOneSign() {
        LayerProblem problem = Problems.row(Problems.diagonal(1, 1, 1, 1), 0.1f, 0.5f, 0.77f, 1f);
        WeightFormat format = WeightFormat.perChannel(2);
        double symmetric = Problems.error(problem, solver(format).solve(problem), 0);
        double asymmetric = Problems.error(problem, solver(format.asymmetric()).solve(problem), 0);
        assertTrue(asymmetric < 0.6 * symmetric, asymmetric + ", " + symmetric);
    }

    @Test
    void hasAName() {
        assertFalse(solver(QuantGrid.symmetric(4)).name().isBlank());
    }
}
