package lathe.engine.linalg;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PrincipalComponentsTest {

    @ParameterizedTest
    @CsvSource({"1, 1", "3, 7", "9, 4", "40, 90", "130, 60"})
    void areOrthonormalAndLoseWhatTheyLeaveOut(int rows, int cols) {
        GramMatrix gram = Naive.gram(cols, cols);
        double[] a = Naive.numbers(rows * cols, 5);
        PrincipalComponents found = PrincipalComponents.of(a, rows, gram).orElseThrow();
        double[] u = found.directions();
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < rows; j++) {
                double product = 0;
                for (int k = 0; k < rows; k++) {
                    product += u[i * rows + k] * u[j * rows + k];
                }
                assertEquals(i == j ? 1 : 0, product, 1e-10);
            }
            assertTrue(i == 0 || found.variances()[i] <= found.variances()[i - 1]);
        }
        double all = sum(gram.energies(a, rows));
        for (int rank = 0; rank <= rows; rank += Math.max(1, rows / 3)) {
            double[] first = found.project(rank, a, cols);
            double[] second = found.back(rank);
            double[] left = a.clone();
            for (int row = 0; row < rows; row++) {
                for (int col = 0; col < cols; col++) {
                    for (int k = 0; k < rank; k++) {
                        left[row * cols + col] -= second[row * rank + k] * first[k * cols + col];
                    }
                }
            }
            assertEquals(sum(gram.energies(left, rows)), found.lost(rank), 1e-9 * all);
        }
    }

    /** No other projection of a rank loses less; the first coordinates are one. */
    @Test
    void loseLessThanOtherProjections() {
        GramMatrix gram = Naive.gram(20, 20);
        double[] a = Naive.numbers(10 * 20, 6);
        double[] energies = gram.energies(a, 10);
        double others = 0;
        for (int row = 4; row < 10; row++) {
            others += energies[row];
        }
        assertTrue(PrincipalComponents.of(a, 10, gram).orElseThrow().lost(4) < others);
    }

    @Test
    void ofNumbersThatAreNotFiniteThereAreNone() {
        double[] a = {1, Double.NaN};
        assertTrue(PrincipalComponents.of(a, 1, Naive.gram(2, 2)).isEmpty());
    }

    private static double sum(double[] values) {
        double sum = 0;
        for (double value : values) {
            sum += value;
        }
        return sum;
    }
}
