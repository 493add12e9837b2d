package lathe.engine.linalg;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A diagonal matrix does what the whole one of the same entries does. */
class DiagonalGramMatrixTest {

    private static final double CLOSE = 1e-12;

    private final Random random = new Random(1);

    private double[] positive(int count) {
        return random.doubles(count, 0.5, 2).toArray();
    }

    private static GramMatrix whole(double[] diagonal) {
        double[] values = new double[diagonal.length * diagonal.length];
        for (int i = 0; i < diagonal.length; i++) {
            values[i * diagonal.length + i] = diagonal[i];
        }
        return GramMatrix.of(diagonal.length, values);
    }

    private static void assertSame(GramMatrix expected, GramMatrix found) {
        assertEquals(expected.order(), found.order());
        assertArrayEquals(expected.values(), found.values(), CLOSE);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 7, 80})
    void agreesWithTheWholeMatrix(int order) {
        double[] diagonal = positive(order);
        GramMatrix whole = whole(diagonal);
        GramMatrix found = GramMatrix.diagonal(diagonal);
        assertTrue(found.isDiagonal());
        assertFalse(whole.isDiagonal());
        assertSame(whole, found);
        assertArrayEquals(whole.diagonal(), found.diagonal());
        assertSame(whole.damped(0.25), found.damped(0.25));
        assertSame(
                whole.damped(0.1).inverse().orElseThrow(),
                found.damped(0.1).inverse().orElseThrow());
        assertArrayEquals(
                whole.damped(0.1).inverseDiagonal().orElseThrow(),
                found.damped(0.1).inverseDiagonal().orElseThrow(),
                CLOSE);
        int[] some = IntStream.range(0, (order + 1) / 2).map(i -> order - 1 - i).toArray();
        assertSame(whole.principal(some), found.principal(some));
        double[] rows = random.doubles(3L * order, -1, 1).toArray();
        assertArrayEquals(whole.energies(rows, 3), found.energies(rows, 3), CLOSE);
        assertArrayEquals(whole.times(rows, 3), found.times(rows, 3), CLOSE);
        double[] expectedRow = new double[order];
        double[] row = positive(order);
        whole.rowInto(order - 1, expectedRow);
        found.rowInto(order - 1, row);
        assertArrayEquals(expectedRow, row);
    }

    @Test
    void aDeadInputHasNoInverse() {
        assertEquals(Optional.empty(), GramMatrix.diagonal(new double[] {1, 0}).inverse());
    }

    @Test
    void whatIsAddedToADiagonalMatrixIsCutToItsDiagonal() {
        GramMatrix sum = GramMatrix.weightedSum(
                List.of(GramMatrix.diagonal(new double[] {4, 8}), GramMatrix.of(2, new double[] {1, 5, 5, 2})),
                new double[] {0.25, 0.5});
        assertTrue(sum.isDiagonal());
        assertArrayEquals(new double[] {1.5, 3}, sum.diagonal());
    }

    @Test
    void gathersTheDiagonalOfTheWholeAccumulator() {
        GramAccumulator whole = new GramAccumulator(5);
        DiagonalAccumulator found = new DiagonalAccumulator(5);
        for (int portion : new int[] {0, 1, 3}) {
            float[] samples = new float[5 * portion];
            for (int i = 0; i < samples.length; i++) {
                samples[i] = (float) random.nextGaussian();
            }
            whole.add(samples, portion);
            found.add(samples, portion);
        }
        assertArrayEquals(whole.gram().diagonal(), found.gram().diagonal(), CLOSE);
        assertArrayEquals(whole.mean(), found.mean(), CLOSE);
    }

    @Test
    void nothingGatheredIsZero() {
        DiagonalAccumulator none = new DiagonalAccumulator(2);
        assertArrayEquals(new double[2], none.gram().diagonal());
        assertArrayEquals(new double[2], none.mean());
    }
}
