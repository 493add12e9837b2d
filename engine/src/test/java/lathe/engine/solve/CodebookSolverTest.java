package lathe.engine.solve;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import lathe.engine.grid.Codebook;
import lathe.engine.grid.CodebookFormat;
import lathe.engine.layer.LayerError;
import lathe.engine.layer.LayerProblem;
import lathe.engine.layer.QuantizedWeights;
import lathe.engine.linalg.GramMatrix;
import lathe.engine.tensor.WeightMatrix;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CodebookSolverTest {

    private static QuantizedWeights solve(CodebookFormat format, LayerProblem problem) {
        return Solver.BEST.of(format, SolverOptions.DEFAULT).solve(problem);
    }

    private static CodebookFormat fitted(int tables, int length, long seed) {
        return CodebookFormat.of(tables)
                .with(KernelRoundingTest.random(length, tables, Codebook.ENTRIES, seed)
                        .rounded());
    }

    private static double error(LayerProblem problem, WeightMatrix weights) {
        return LayerError.of(problem, weights).relative();
    }

    private static LayerProblem problem(int rows, int kernels, int taps, long seed) {
        return Problems.withTaps(KernelRoundingTest.problem(rows, taps * kernels, seed), taps);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void findsTheVectorsThatWeightsWereMadeOf(int tables) {
        CodebookFormat format = fitted(tables, 9, 3);
        Codebook codebook = format.codebook().orElseThrow();
        LayerProblem inputs = problem(1, 8, 9, 5);
        Random random = new Random(7);
        short[] codes = new short[6 * 72];
        float[] weights = new float[codes.length];
        for (int vector = 0; vector < 6 * 8; vector++) {
            codebook.copyInto(random.nextInt(256) + (tables - 1) * 256 * random.nextInt(256), codes, 9 * vector);
        }
        for (int i = 0; i < codes.length; i++) {
            weights[i] = (1 + i / 72) * 0.01f * codes[i];
        }
        LayerProblem made = Problems.of(new WeightMatrix(6, 72, weights), inputs.gram());
        double error = error(made, solve(format, made).weights());
        assertTrue(error < (tables == 1 ? 1e-10 : 0.08), "error " + error);
    }

    /** The codes of an output are vectors of the codebook, its scale is positive. */
    @Property(tries = 6, seed = "1")
    void answersAreVectorsOfTheCodebook(
            @ForAll @IntRange(min = 1, max = 20) int rows,
            @ForAll @IntRange(min = 8, max = 12) int kernels,
            @ForAll @IntRange(min = 1, max = 2) int tables,
            @ForAll @IntRange(max = 1000) int seed) {
        QuantizedWeights solved = solve(CodebookFormat.of(tables), problem(rows, kernels, 3, seed));
        Codebook codebook = ((CodebookFormat) solved.format()).codebook().orElseThrow();
        short[] again = new short[solved.codes().length];
        for (int at = 0; at < again.length; at += 3) {
            codebook.copyInto(codebook.index(solved.codes(), at), again, at);
        }
        assertArrayEquals(solved.codes(), again);
        for (float scale : solved.scales()) {
            assertTrue(scale > 0 && scale < Float.POSITIVE_INFINITY, "scale " + scale);
        }
    }

    @Test
    void solvesMoreRowsThanFitABlock() {
        LayerProblem problem = problem(1030, 8, 9, 1);
        CodebookFormat format = fitted(1, 9, 3);
        QuantizedWeights all = solve(format, problem);
        for (int row : new int[] {0, 511, 512, 1029}) {
            QuantizedWeights alone = solve(format, Problems.rowOf(problem, row));
            assertEquals(alone.scales()[0], all.scales()[row]);
            assertArrayEquals(alone.codes(), Arrays.copyOfRange(all.codes(), row * 72, (row + 1) * 72));
        }
    }

    @Property(tries = 30, seed = "1")
    void descentMakesNoOutputWorse(
            @ForAll @IntRange(min = 1, max = 12) int rows,
            @ForAll @IntRange(min = 1, max = 8) int kernels,
            @ForAll @IntRange(min = 1, max = 2) int tables,
            @ForAll @IntRange(max = 1000) int seed) {
        LayerProblem problem = problem(rows, kernels, 9, seed);
        Codewords words = KernelRoundingTest.random(9, tables, Codebook.ENTRIES, seed);
        KernelRounding rounding = KernelRounding.of(problem.gram(), 9);
        KernelRows before = CodebookSolver.chosen(problem, rounding, words, 1, false);
        KernelRows after = CodebookSolver.chosen(problem, rounding, words, 1, true);
        for (int row = 0; row < rows; row++) {
            assertTrue(after.errors()[row] <= before.errors()[row] * (1 + 1e-9));
        }
        double slow = LayerError.of(problem, weights(after, 9 * kernels)).error();
        assertEquals(slow, Arrays.stream(after.errors()).sum(), 1e-4 * slow + 1e-9);
    }

    private static WeightMatrix weights(KernelRows rows, int cols) {
        double[] numbers = rows.numbers();
        float[] weights = new float[numbers.length];
        for (int i = 0; i < weights.length; i++) {
            weights[i] = (float) (rows.scales[i / cols] * numbers[i]);
        }
        return new WeightMatrix(rows.scales.length, cols, weights);
    }

    /** tr(G E H Eᵀ). */
    private static double twoSidedError(LayerProblem problem, WeightMatrix found) {
        int rows = found.rows();
        int cols = found.cols();
        double[] errors = problem.weights().rows(0, rows);
        for (int i = 0; i < errors.length; i++) {
            errors[i] -= found.at(i / cols, i % cols);
        }
        double[] products = problem.gram().times(errors, rows);
        double sum = 0;
        for (int o = 0; o < rows; o++) {
            for (int p = 0; p < rows; p++) {
                for (int i = 0; i < cols; i++) {
                    sum += problem.outputMetric().at(o, p) * products[o * cols + i] * errors[p * cols + i];
                }
            }
        }
        return sum;
    }

    @Property(tries = 30, seed = "1")
    void twoSidedIsNeverWorseThanOutputsOneByOne(
            @ForAll @IntRange(min = 2, max = 140) int rows,
            @ForAll @IntRange(min = 1, max = 2) int tables,
            @ForAll @IntRange(max = 1000) int seed) {
        GramMatrix metric = Problems.random(1, rows, 2 * rows, seed + 77).gram();
        LayerProblem problem = problem(rows, 8, 9, seed).withOutputMetric(metric.damped(0.1 * metric.meanDiagonal()));
        CodebookFormat format = fitted(tables, 9, seed);
        LayerSolver solver = Solver.BEST.of(format, SolverOptions.DEFAULT);
        QuantizedWeights before = solver.solve(problem);
        QuantizedWeights after =
                solver.twoSided(List.of(problem), List.of(before)).get(0);
        double gained = twoSidedError(problem, after.weights()) / twoSidedError(problem, before.weights());
        assertTrue(gained <= 1 + 1e-6, "error times " + gained);
        assertTrue(rows < 20 || gained < 0.99, "error times " + gained);
        QuantizedWeights alone = solver.twoSided(List.of(problem(rows, 8, 9, seed)), List.of(before))
                .get(0);
        assertSame(before, alone, "outputs that do not interfere");
    }

    @Test
    void acceptsZerosDeadInputsAndSingularMatrices() {
        float[] weights = new float[3 * 24];
        for (int i = 24; i < weights.length; i++) {
            weights[i] = (i % 7 - 3) * 1e-3f;
        }
        double[] ones = new double[24 * 24];
        Arrays.fill(ones, 1);
        double[] nan = new double[24];
        nan[3] = Double.NaN;
        for (GramMatrix gram : List.of(
                GramMatrix.of(24, ones),
                Problems.diagonal(new double[24]),
                Problems.diagonal(nan),
                GramMatrix.diagonal(IntStream.range(0, 24).asDoubleStream().toArray()))) {
            QuantizedWeights solved = solve(
                    CodebookFormat.of(1), Problems.withTaps(Problems.of(new WeightMatrix(3, 24, weights), gram), 3));
            for (float scale : solved.scales()) {
                assertTrue(scale > 0 && scale < Float.POSITIVE_INFINITY, "scale " + scale);
            }
        }
    }

    @Test
    void refusesWeightsThatMakeNoVectors() {
        LayerProblem problem = Problems.random(2, 13, 40, 1);
        assertThrows(IllegalArgumentException.class, () -> solve(CodebookFormat.of(1), problem));
    }
}
