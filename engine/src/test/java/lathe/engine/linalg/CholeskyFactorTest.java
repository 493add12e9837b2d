package lathe.engine.linalg;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CholeskyFactorTest {

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 9, 63, 64, 65, 200, 577})
    void isUpperAndItsSquareIsTheMatrix(int order) {
        GramMatrix gram = Naive.gram(order, 1);
        CholeskyFactor factor =
                gram.damped(0.01).cholesky(Naive.identity(order)).orElseThrow();
        assertEquals(order, factor.order());
        double[] r = rows(factor);
        for (int i = 0; i < order; i += 1 + order / 40) {
            for (int j = 0; j < order; j++) {
                double square = 0;
                for (int k = 0; k < order; k++) {
                    square += r[i * order + k] * r[j * order + k];
                }
                assertEquals(gram.at(i, j) + (i == j ? 0.01 : 0), square, 1e-10);
                assertTrue(i <= j || factor.at(i, j) == 0);
            }
            assertEquals(factor.at(i, i), factor.pivot(i), 1e-14);
        }
    }

    @Test
    void takesInputsInTheOrderGiven() {
        GramMatrix gram = GramMatrix.of(3, new double[] {2, 1, 0, 1, 3, 1, 0, 1, 4});
        CholeskyFactor factor = gram.damped(0.5).cholesky(new int[] {2, 0, 1}).orElseThrow();
        double square = 0;
        for (int k = 0; k < 3; k++) {
            square += factor.at(0, k) * factor.at(2, k);
        }
        assertEquals(gram.at(2, 1), square, 1e-14);
        assertEquals(Math.sqrt(3.5), factor.pivot(2), 1e-14);
    }

    @Test
    void leavesInputsOutThatAreNotNamed() {
        GramMatrix gram = Naive.gram(100, 3);
        int[] inputs = IntStream.range(0, 80).map(i -> 99 - i).toArray();
        CholeskyFactor some = gram.damped(0.1).cholesky(inputs).orElseThrow();
        CholeskyFactor all =
                gram.principal(inputs).damped(0.1).cholesky(Naive.identity(80)).orElseThrow();
        assertEquals(80, some.order());
        assertArrayEquals(rows(all), rows(some));
    }

    @ParameterizedTest
    @ValueSource(ints = {30, 150})
    void sameBitsFromAnyNumberOfThreads(int order) throws Exception {
        GramMatrix gram = Naive.gram(order, 3);
        double[] expected =
                rows(gram.damped(0.1).cholesky(Naive.identity(order)).orElseThrow());
        ExecutorService workers = Executors.newFixedThreadPool(4);
        try {
            List<Future<double[]>> found = IntStream.range(0, 8)
                    .mapToObj(i -> workers.submit(() -> rows(
                            gram.damped(0.1).cholesky(Naive.identity(order)).orElseThrow())))
                    .toList();
            for (Future<double[]> one : found) {
                assertArrayEquals(expected, one.get());
            }
        } finally {
            workers.shutdownNow();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {63, 64})
    void isEmptyWhereOneEntryIsNotANumber(int order) {
        for (double odd : new double[] {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY}) {
            double[] values = new double[order * order];
            for (int i = 0; i < order; i++) {
                values[i * order + i] = i == order / 2 ? odd : 1;
            }
            GramMatrix gram = GramMatrix.of(order, values);
            assertTrue(gram.cholesky(Naive.identity(order)).isEmpty());
            assertTrue(gram.inverse().isEmpty());
            assertTrue(gram.inverseDiagonal().isEmpty());
        }
    }

    @Test
    void isEmptyWhereTheMatrixIsNotPositiveDefinite() {
        assertTrue(GramMatrix.of(2, new double[4]).cholesky(Naive.identity(2)).isEmpty());
        assertTrue(GramMatrix.of(2, new double[] {1, 2, 2, 1})
                .cholesky(Naive.identity(2))
                .isEmpty());
        assertTrue(
                GramMatrix.of(1, new double[] {-1}).cholesky(Naive.identity(1)).isEmpty());
        assertTrue(GramMatrix.of(1, new double[] {Double.NaN})
                .cholesky(Naive.identity(1))
                .isEmpty());
        assertTrue(GramMatrix.of(1, new double[] {Double.POSITIVE_INFINITY})
                .cholesky(Naive.identity(1))
                .isEmpty());
        double[] indefinite = new double[600 * 600];
        for (int i = 0; i < 600; i++) {
            indefinite[i * 601] = i == 300 ? -1 : 1;
        }
        assertTrue(GramMatrix.of(600, indefinite).cholesky(Naive.identity(600)).isEmpty());
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 200})
    void spreadsErrorsWithTheFactorScaledToUnitDiagonal(int count) {
        int order = 90;
        CholeskyFactor factor = Naive.gram(order, 4)
                .damped(0.01)
                .cholesky(Naive.identity(order))
                .orElseThrow();
        float[][] errors = numbers(order, count, 1);
        float[][] work = numbers(order, count, 2);
        float[][] before = numbers(order, count, 2);
        factor.spreadInto(errors, 10, 60, 60, 85, work);
        for (int j = 0; j < order; j++) {
            for (int row = 0; row < count; row++) {
                double expected = before[j][row];
                for (int i = 10; i < 60 && j >= 60 && j < 85; i++) {
                    expected += errors[i][row] * factor.at(i, j) / factor.at(j, j);
                }
                assertEquals(expected, work[j][row], 1e-5 * Math.max(1, Math.abs(expected)));
            }
        }
    }

    @Test
    void spreadsNothingOntoNothing() {
        CholeskyFactor factor =
                Naive.gram(3, 4).damped(0.01).cholesky(Naive.identity(3)).orElseThrow();
        factor.spreadInto(new float[3][1], 0, 3, 3, 3, new float[3][1]);
    }

    private static float[][] numbers(int order, int count, long seed) {
        Random random = new Random(seed);
        float[][] numbers = new float[order][count];
        for (float[] row : numbers) {
            for (int i = 0; i < count; i++) {
                row[i] = random.nextFloat() - 0.5f;
            }
        }
        return numbers;
    }

    private static double[] rows(CholeskyFactor factor) {
        int order = factor.order();
        double[] rows = new double[order * order];
        for (int i = 0; i < order; i++) {
            for (int j = 0; j < order; j++) {
                rows[i * order + j] = factor.at(i, j);
            }
        }
        return rows;
    }
}
