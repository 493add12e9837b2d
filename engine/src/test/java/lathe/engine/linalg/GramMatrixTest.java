package lathe.engine.linalg;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GramMatrixTest {

    @ParameterizedTest
    @CsvSource({"1, 1", "9, 3", "50, 200", "255, 5", "256, 5", "257, 5", "300, 3", "300, 64", "513, 10"})
    void energiesAndProductsAgreeWithTheNaiveSums(int order, int count) {
        GramMatrix gram = Naive.gram(order, order);
        double[] rows = Naive.numbers(count * order, 7);
        double[] energies = gram.energies(rows, count);
        double[] products = gram.times(rows, count);
        for (int row = 0; row < count; row++) {
            double expected = Naive.energy(gram, rows, row);
            assertEquals(expected, energies[row], 1e-12 * expected);
            double fromProduct = 0;
            for (int i = row * order; i < (row + 1) * order; i++) {
                fromProduct += products[i] * rows[i];
            }
            assertEquals(expected, fromProduct, 1e-12 * expected);
        }
    }

    @Test
    void energyOfOneRow() {
        GramMatrix gram = GramMatrix.of(2, new double[] {2, 1, 1, 3});
        assertEquals(2 + 2 * 10 + 300, gram.energy(new double[] {1, 10}));
    }

    @Test
    void diagonal() {
        GramMatrix gram = GramMatrix.of(2, new double[] {2, 1, 1, 4});
        assertArrayEquals(new double[] {2, 4}, gram.diagonal());
        assertEquals(3, gram.meanDiagonal());
        assertEquals(0, GramMatrix.of(0, new double[0]).meanDiagonal());
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 9, 63, 64, 65, 200})
    void inverseTimesTheMatrixIsTheIdentity(int order) {
        GramMatrix gram = Naive.gram(order, 2);
        GramMatrix inverse = gram.damped(0.1).inverse().orElseThrow();
        for (int i = 0; i < order; i++) {
            for (int j = 0; j < order; j++) {
                double identity = 0.1 * inverse.at(i, j);
                for (int k = 0; k < order; k++) {
                    identity += inverse.at(i, k) * gram.at(k, j);
                }
                assertEquals(i == j ? 1 : 0, identity, 1e-11);
                assertEquals(inverse.at(i, j), inverse.at(j, i));
            }
        }
        assertArrayEquals(inverse.diagonal(), gram.damped(0.1).inverseDiagonal().orElseThrow(), 1e-11);
    }

    @ParameterizedTest
    @ValueSource(ints = {9, 64})
    void aSingularMatrixHasNoInverseUntilDamped(int order) {
        double[] ones = new double[order * order];
        Arrays.fill(ones, 1);
        GramMatrix gram = GramMatrix.of(order, ones);
        assertTrue(gram.inverse().isEmpty());
        assertTrue(gram.inverseDiagonal().isEmpty());
        double expected = (1 - 1 / (order + 0.5)) / 0.5; // Sherman and Morrison
        assertEquals(expected, gram.damped(0.5).inverse().orElseThrow().at(3, 3), 1e-12);
    }

    @Test
    void principalTakesInputsInTheOrderGiven() {
        GramMatrix gram = GramMatrix.of(3, new double[] {1, 2, 3, 2, 5, 6, 3, 6, 9});
        GramMatrix part = gram.principal(new int[] {2, 0});
        assertEquals(2, part.order());
        assertArrayEquals(new double[] {9, 3, 3, 1}, part.values());
        assertEquals(0, gram.principal(new int[0]).order());
    }

    @Test
    void rejectsAnotherLength() {
        assertThrows(IllegalArgumentException.class, () -> GramMatrix.of(2, new double[3]));
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "1, 8", "9, 4", "40, 8", "120, 64"})
    void boundNeverPassesTheEnergy(int order, int rank) {
        GramMatrix gram = Naive.gram(order, 3);
        double[] rows = Naive.numbers(50 * order, 5);
        double[] energies = gram.energies(rows, 50);
        double[] bounds = gram.bound(rank).of(rows, 50);
        for (int row = 0; row < 50; row++) {
            assertEquals(true, bounds[row] <= energies[row] * (1 + 1e-12));
        }
    }

    @ParameterizedTest
    @CsvSource({"1", "9", "60"})
    void boundOfFullRankIsTheEnergy(int order) {
        GramMatrix gram = Naive.gram(order, 3);
        double[] rows = Naive.numbers(20 * order, 5);
        double[] energies = gram.energies(rows, 20);
        double[] bounds = gram.bound(order + 1).of(rows, 20);
        for (int row = 0; row < 20; row++) {
            assertEquals(energies[row], bounds[row], 1e-9 * energies[row]);
        }
    }

    @Test
    void boundStopsWhereTheMatrixEnds() {
        GramMatrix zero = GramMatrix.of(3, new double[9]);
        assertArrayEquals(new double[] {0}, zero.bound(2).of(new double[] {1, 2, 3}, 1));
        GramMatrix ones = GramMatrix.of(2, new double[] {1, 1, 1, 1});
        assertArrayEquals(new double[] {9}, ones.bound(2).of(new double[] {1, 2}, 1), 1e-12);
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "9, 4", "40, 8", "120, 64"})
    void theFirstColumnsOfABoundAreTheBoundOfThatRank(int order, int rank) {
        GramMatrix gram = Naive.gram(order, 3);
        double[] rows = Naive.numbers(20 * order, 5);
        assertArrayEquals(
                gram.bound(rank).of(rows, 20), gram.bound(order + 1).first(rank).of(rows, 20));
    }

    /** Against the formula, entry by entry, and each way of using the matrix against its entries. */
    @ParameterizedTest
    @CsvSource({"1, 0.3", "5, 0", "5, 0.25", "70, 0.1", "5, 1"})
    void regularizedIsShrunkTowardTheDiagonalAndDamped(int order, double intensity) {
        assertRegularized(Naive.gram(order, 3).withShrinkage(intensity), intensity);
        double[] mean = Naive.mean(Naive.samples(order + 5, order, 3), order);
        GramMatrix covariance = Naive.gram(order, 3).withShrinkage(intensity).centred(mean);
        assertRegularized(covariance, intensity);
    }

    private static void assertRegularized(GramMatrix gram, double intensity) {
        int order = gram.order();
        GramMatrix found = gram.regularized();
        double noise = found.at(0, 0) - gram.at(0, 0);
        assertTrue(noise > 0 && noise < 0.1 * gram.meanDiagonal());
        double[] entries = new double[order * order];
        double[] v = Naive.numbers(order, 4);
        double[] row = new double[order];
        double energy = 0;
        for (int i = 0; i < order; i++) {
            found.rowInto(i, row);
            double product = 0;
            for (int j = 0; j < order; j++) {
                double expected = i == j ? gram.at(i, i) + noise : (1 - intensity) * gram.at(i, j);
                assertEquals(expected, found.at(i, j), 1e-12);
                assertEquals(expected, row[j], 1e-12);
                entries[i * order + j] = expected;
                product += expected * v[j];
            }
            energy += v[i] * product;
            assertEquals(product, found.times(v, 1)[i], 1e-10);
        }
        assertEquals(energy, found.energy(v), 1e-10);
        assertArrayEquals(entries, found.values(), 1e-12);
        GramMatrix held = GramMatrix.of(order, entries);
        int[] inputs = Naive.identity(order);
        assertEquals(
                held.cholesky(inputs).orElseThrow().pivot(0),
                found.cholesky(inputs).orElseThrow().pivot(0),
                1e-10);
        assertEquals(
                held.principal(new int[] {order - 1}).at(0, 0),
                found.principal(new int[] {order - 1}).at(0, 0));
        assertEquals(intensity, gram.principal(inputs).shrinkage());
    }

    /** Against samples less their mean; the covariance of inputs taken as uncorrelated is its diagonal. */
    @ParameterizedTest
    @CsvSource({"1", "5", "70"})
    void centredIsTheCovariance(int order) {
        int count = order + 5;
        float[] samples = Naive.samples(count, order, 6);
        double[] mean = Naive.mean(samples, order);
        double[] expected = new double[order * order];
        for (int sample = 0; sample < count; sample++) {
            for (int i = 0; i < order; i++) {
                for (int j = 0; j < order; j++) {
                    expected[i * order + j] +=
                            (samples[sample * order + i] - mean[i]) * (samples[sample * order + j] - mean[j]) / count;
                }
            }
        }
        GramMatrix gram = Naive.gram(samples, count, order);
        GramMatrix found = gram.centred(mean);
        assertArrayEquals(expected, found.values(), 1e-10);
        double[] v = Naive.numbers(3 * order, 4);
        GramMatrix held = GramMatrix.of(order, expected);
        assertArrayEquals(held.energies(v, 3), found.energies(v, 3), 1e-9);
        assertArrayEquals(held.times(v, 3), found.times(v, 3), 1e-9);
        double[] alone = GramMatrix.diagonal(gram.diagonal()).centred(mean).diagonal();
        assertArrayEquals(held.diagonal(), alone, 1e-10);
    }

    @Test
    void theFactorByFallingDiagonalIsFoundOnce() {
        GramMatrix gram = GramMatrix.of(2, new double[] {1, 0.5, 0.5, 4});
        GramMatrix.OrderedFactor found = gram.choleskyByFallingDiagonal().orElseThrow();
        assertArrayEquals(new int[] {1, 0}, found.order());
        assertEquals(1, found.factor().pivot(1));
        assertSame(found, gram.choleskyByFallingDiagonal().orElseThrow());
        assertTrue(GramMatrix.of(2, new double[4]).choleskyByFallingDiagonal().isEmpty());
    }

    @Test
    void whereHIsZeroAllInputsCountAlike() {
        GramMatrix found = GramMatrix.of(2, new double[4]).regularized();
        assertEquals(1, found.at(1, 1));
        assertEquals(0, found.at(0, 1));
    }
}
