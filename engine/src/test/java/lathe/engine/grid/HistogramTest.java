package lathe.engine.grid;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class HistogramTest {

    private static Histogram of(List<Float> values) {
        Histogram histogram = new Histogram();
        values.forEach(histogram::add);
        return histogram;
    }

    private static long[] counts(Histogram histogram) {
        long[] counts = new long[Histogram.BINS];
        for (int bin = 0; bin < counts.length; bin++) {
            counts[bin] = histogram.countOf(bin);
        }
        return counts;
    }

    private static void assertSame(Histogram expected, Histogram actual) {
        assertArrayEquals(counts(expected), counts(actual));
        assertEquals(expected.count(), actual.count());
        assertEquals(expected.notFinite(), actual.notFinite());
        assertEquals(expected.binWidth(), actual.binWidth());
        assertEquals(expected.min(), actual.min());
        assertEquals(expected.max(), actual.max());
    }

    @Provide
    Arbitrary<List<Float>> values() {
        return Arbitraries.oneOf(
                        Arbitraries.floats(),
                        Arbitraries.floats().between(-1, 1),
                        Arbitraries.of(0f, -0f, 1f, -1f, 2f, Float.NaN, Float.NEGATIVE_INFINITY, Float.MIN_VALUE))
                .list()
                .ofMaxSize(60);
    }

    @Property(seed = "1")
    void theOrderDoesNotMatter(@ForAll("values") List<Float> values) {
        List<Float> reversed = new ArrayList<>(values);
        Collections.reverse(reversed);
        assertSame(of(values), of(reversed));
    }

    @Property(seed = "2")
    void mergingIsCountingAll(@ForAll("values") List<Float> first, @ForAll("values") List<Float> second) {
        List<Float> all = new ArrayList<>(first);
        all.addAll(second);
        Histogram merged = of(first);
        merged.merge(of(second));
        assertSame(of(all), merged);
    }

    @Property(seed = "3")
    void aBlockIsCountedAsItsElements(@ForAll("values") List<Float> values) {
        float[] block = new float[values.size()];
        for (int i = 0; i < block.length; i++) {
            block[i] = values.get(i);
        }
        Histogram histogram = new Histogram();
        histogram.addAll(FloatBuffer.wrap(block));
        assertSame(of(values), histogram);
    }

    @Property(seed = "4")
    void everyElementLiesInItsBin(@ForAll("values") List<Float> values) {
        Histogram histogram = of(values);
        long counted = 0;
        for (int bin = 0; bin < Histogram.BINS; bin++) {
            double low = histogram.centreOf(bin) - histogram.binWidth() / 2;
            double high = histogram.centreOf(bin) + histogram.binWidth() / 2;
            long inside = values.stream()
                    .filter(value -> Float.isFinite(value) && value >= low && value < high)
                    .count();
            assertEquals(inside, histogram.countOf(bin));
            counted += inside;
        }
        assertEquals(counted, histogram.count());
    }

    @Test
    void blocksLongerThanOneAreCountedWhole() {
        float[] values = new float[10_001];
        for (int i = 0; i < values.length; i++) {
            values[i] = i;
        }
        Histogram histogram = new Histogram();
        histogram.addAll(FloatBuffer.wrap(values));
        assertEquals(values.length, histogram.count());
        assertEquals(0, histogram.min());
        assertEquals(10_000, histogram.max());
    }

    @Test
    void anEmptyOneHasNoRange() {
        Histogram empty = new Histogram();
        assertTrue(empty.min() > empty.max());
    }
}
