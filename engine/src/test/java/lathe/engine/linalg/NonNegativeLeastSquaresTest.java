package lathe.engine.linalg;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class NonNegativeLeastSquaresTest {

    private static double[][] matrix(int rows, int cols, Random random) {
        double[][] a = new double[rows][cols];
        for (double[] row : a) {
            for (int j = 0; j < cols; j++) {
                row[j] = random.nextInt(4) == 0 ? 0 : Math.pow(10, j - 2) * random.nextGaussian();
            }
        }
        return a;
    }

    private static double[] vector(int length, Random random) {
        return random.doubles(length, -1, 1).toArray();
    }

    private static double[] residual(double[][] a, double[] b, double[] x) {
        double[] residual = new double[b.length];
        for (int i = 0; i < b.length; i++) {
            residual[i] = -b[i];
            for (int j = 0; j < x.length; j++) {
                residual[i] += a[i][j] * x[j];
            }
        }
        return residual;
    }

    private static double squares(double[] values) {
        double sum = 0;
        for (double value : values) {
            sum += value * value;
        }
        return sum;
    }

    /** The conditions of Karush, Kuhn and Tucker, which hold at the minimum and nowhere else. */
    @Property(tries = 200)
    void theGradientIsZeroOrPointsOutside(
            @ForAll @IntRange(min = 1, max = 30) int rows,
            @ForAll @IntRange(min = 1, max = 6) int cols,
            @ForAll long seed) {
        assertMinimum(rows, cols, seed);
    }

    /** Where coordinate descent had not come near the minimum in 100,000 sweeps. */
    @Test
    void nearlyDependentColumnsAreFitted() {
        assertMinimum(2, 4, 31754);
    }

    private static void assertMinimum(int rows, int cols, long seed) {
        Random random = new Random(seed);
        double[][] a = matrix(rows, cols, random);
        double[] b = vector(rows, random);
        double[] x = NonNegativeLeastSquares.solve(a, b);
        double[] residual = residual(a, b, x);
        for (int j = 0; j < cols; j++) {
            double gradient = 0;
            double length = 0;
            for (int i = 0; i < rows; i++) {
                gradient += a[i][j] * residual[i];
                length += a[i][j] * a[i][j];
            }
            double relative = length == 0 ? 0 : gradient / Math.sqrt(length);
            assertTrue(x[j] >= 0);
            assertTrue(relative >= -1e-6, "column " + j + " could lower the error");
            assertTrue(x[j] == 0 || Math.abs(relative) <= 1e-6, "column " + j + " is not at its minimum");
        }
    }

    /** Two columns on a fine grid around the answer: nothing there is better. */
    @Test
    void nothingNearIsBetter() {
        Random random = new Random(1);
        for (int trial = 0; trial < 50; trial++) {
            double[][] a = matrix(8, 2, random);
            double[] b = vector(8, random);
            double[] x = NonNegativeLeastSquares.solve(a, b);
            double least = squares(residual(a, b, x));
            for (int i = -50; i <= 50; i++) {
                for (int j = -50; j <= 50; j++) {
                    double[] near = {Math.max(0, x[0] + i * 0.5), Math.max(0, x[1] + j * 0.05)};
                    assertTrue(squares(residual(a, b, near)) >= least - 1e-9);
                }
            }
        }
    }

    @Test
    void findsWhatTheRightSideWasMadeOf() {
        Random random = new Random(2);
        double[][] a = matrix(40, 5, random);
        double[] exact = {3, 0, 0.5, 0, 1e-3};
        double[] b = new double[40];
        for (int i = 0; i < b.length; i++) {
            b[i] = residual(a, new double[40], exact)[i];
        }
        assertArrayEquals(exact, NonNegativeLeastSquares.solve(a, b), 1e-6);
    }

    @Test
    void nothingIsNoProblem() {
        assertEquals(0, NonNegativeLeastSquares.solve(new double[0][], new double[0]).length);
        assertArrayEquals(new double[] {0}, NonNegativeLeastSquares.solve(new double[][] {{0}}, new double[] {1}));
    }
}
