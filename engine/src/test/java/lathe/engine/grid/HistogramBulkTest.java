package lathe.engine.grid;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.FloatBuffer;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Blocks as long as those of a network's values, counted at once. */
class HistogramBulkTest {

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 3, 4, 5, 16383, 16384, 16385, 100_000})
    void addingABufferIsAddingItsElements(int length) {
        float[] values = values(length, 5);
        Histogram oneByOne = new Histogram();
        for (float value : values) {
            oneByOne.add(value);
        }
        Histogram atOnce = new Histogram();
        FloatBuffer buffer = FloatBuffer.wrap(values);
        atOnce.addAll(buffer);
        assertEquals(0, buffer.position());
        assertSame(oneByOne, atOnce);
    }

    @Test
    void orderOfElementsAndOfMergesDoesNotMatter() {
        float[] values = values(50_000, 6);
        Histogram forward = new Histogram();
        forward.addAll(FloatBuffer.wrap(values));
        Histogram backward = new Histogram();
        for (int part = 9; part >= 0; part--) {
            Histogram piece = new Histogram();
            for (int i = 4_999; i >= 0; i--) {
                piece.add(values[part * 5_000 + i]);
            }
            piece.merge(backward);
            backward = piece;
        }
        assertSame(forward, backward);
    }

    /** Numbers of many sizes, zeros of both signs, NaN and infinities. */
    private static float[] values(int length, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        float[] values = new float[length];
        for (int i = 0; i < length; i++) {
            values[i] = switch (random.nextInt(20)) {
                case 0, 1, 2 -> 0f;
                case 3 -> -0f;
                case 4 -> random.nextInt(50) == 0 ? Float.NaN : 1f;
                case 5 -> random.nextInt(50) == 0 ? Float.NEGATIVE_INFINITY : -1f;
                case 6 -> (float) (random.nextGaussian() * Math.pow(10, random.nextInt(-20, 20)));
                default -> (float) random.nextGaussian();
            };
        }
        return values;
    }

    private static void assertSame(Histogram expected, Histogram actual) {
        assertEquals(expected.count(), actual.count());
        assertEquals(expected.notFinite(), actual.notFinite());
        assertEquals(expected.min(), actual.min());
        assertEquals(expected.max(), actual.max());
        assertEquals(expected.binWidth(), actual.binWidth());
        for (int bin = 0; bin < Histogram.BINS; bin++) {
            assertEquals(expected.countOf(bin), actual.countOf(bin), "bin " + bin);
        }
    }
}
