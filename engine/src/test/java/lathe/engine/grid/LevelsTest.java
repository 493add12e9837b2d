package lathe.engine.grid;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class LevelsTest {

    private static final Levels NF4 = TableFormat.NF4.levels();

    static Stream<Levels> all() {
        return Stream.of(
                WeightFormat.perChannel(8).levels(),
                WeightFormat.perChannel(3).levels(),
                NF4,
                TableFormat.midrise(2).levels(),
                TableFormat.lloyd(6).levels(),
                FloatFormat.E4M3.levels(),
                FloatFormat.E5M2.levels(),
                new LevelTable(-1, 0, 1));
    }

    /** Of all codes those that are used, in the order of their levels. */
    private static double[] sorted(Levels levels) {
        return IntStream.range(0, 256)
                .mapToObj(code -> (byte) code)
                .filter(code -> inside(levels, code) && levels.code(levels.level(code)) == code)
                .mapToDouble(levels::level)
                .sorted()
                .toArray();
    }

    private static boolean inside(Levels levels, byte code) {
        boolean known = !(levels instanceof LevelTable table) || Byte.toUnsignedInt(code) < table.byCode().length;
        return known && levels.level(code) >= levels.least() && levels.level(code) <= levels.largest();
    }

    /** Up to 256 levels of very different sizes, in any order. */
    private static LevelTable random(int count, Random random) {
        float[] byCode = new float[count];
        for (int code = 0; code < count; code++) {
            byCode[code] = (float) (random.nextGaussian() * Math.exp(4 * random.nextGaussian()));
        }
        byCode[random.nextInt(count)] = 0;
        float[] withBoth = Arrays.copyOf(byCode, count + 2);
        withBoth[count] = -1;
        withBoth[count + 1] = 1;
        return new LevelTable(withBoth);
    }

    @Property(tries = 300, seed = "1")
    void noLevelOfATableIsNearer(
            @ForAll @IntRange(min = 1, max = 254) int count, @ForAll @IntRange(max = 10_000) int seed) {
        Random random = new Random(seed);
        for (Levels levels :
                List.of(random(count, random), NF4, FloatFormat.E4M3.levels(), FloatFormat.E5M2.levels())) {
            double[] sorted = sorted(levels);
            assertEquals(levels.count(), sorted.length);
            for (int i = 0; i < 200; i++) {
                int at = random.nextInt(sorted.length - 1);
                double middle = (sorted[at] + sorted[at + 1]) / 2;
                double[] values = {
                    random.nextGaussian() * Math.exp(6 * random.nextGaussian()),
                    middle,
                    Math.nextUp(middle),
                    Math.nextDown(middle),
                    sorted[at],
                    1.01 * levels.largest(),
                    Double.NEGATIVE_INFINITY
                };
                for (double value : values) {
                    assertEquals(nearest(sorted, value), levels.nearest(value), () -> "of " + value);
                }
            }
        }
    }

    /** The lower of two as near. */
    private static double nearest(double[] sorted, double value) {
        double best = sorted[0];
        for (double level : sorted) {
            best = Math.abs(value - level) < Math.abs(value - best) ? level : best;
        }
        return best;
    }

    @Property(tries = 100, seed = "2")
    void manyAtOnceAreTheSameAsOneByOne(@ForAll @IntRange(max = 10_000) int seed) {
        Random random = new Random(seed);
        all().forEach(levels -> {
            int count = 1 + random.nextInt(40);
            float[] values = new float[count];
            float[] scales = new float[count];
            float[] least = new float[count];
            float[] largest = new float[count];
            float[] expected = new float[count];
            float[] divided = new float[count];
            for (int i = 0; i < count; i++) {
                scales[i] = 0.1f + random.nextFloat();
                values[i] = (float) (random.nextGaussian() * levels.largest());
                least[i] = random.nextInt(5) == 0 ? 0 : levels.least();
                largest[i] = random.nextInt(5) == 0 ? 0 : levels.largest();
                divided[i] = values[i] / scales[i];
                expected[i] = (float) levels.nearest(Math.max(least[i], Math.min(largest[i], divided[i])));
            }
            float[] found = new float[count];
            levels.nearest(values, scales, least, largest, found);
            assertArrayEquals(expected, found, 0);
            levels.nearest(divided, least, largest, divided);
            assertArrayEquals(expected, divided, 0);
        });
    }

    @ParameterizedTest
    @MethodSource("all")
    void neighboursAreTheNextInOrder(Levels levels) {
        double[] sorted = sorted(levels);
        assertEquals(levels.least(), sorted[0]);
        assertEquals(levels.largest(), sorted[sorted.length - 1]);
        assertEquals(levels.count(), sorted.length);
        for (int i = 0; i + 1 < sorted.length; i++) {
            assertEquals(sorted[i + 1], levels.above(sorted[i]));
            assertEquals(sorted[i], levels.below(sorted[i + 1]));
            assertEquals(sorted[i], levels.nearest(sorted[i]));
        }
        if (levels instanceof LevelTable) {
            assertEquals(Double.NEGATIVE_INFINITY, levels.below(levels.least()));
            assertEquals(Double.POSITIVE_INFINITY, levels.above(levels.largest()));
        }
        assertTrue(Double.isNaN(levels.nearest(Double.NaN)));
    }

    @ParameterizedTest
    @CsvSource({
        "0.4, 0",
        "0.5, 0",
        "0.6, 1",
        "1.5, 2",
        "2.5, 2",
        "-0.5, 0",
        "-1.5, -2",
        "-2.49, -2",
        "3, 3",
        "3.4, 3",
        "9, 3",
        "-4, -4",
        "-4.6, -4",
        "-Infinity, -4",
        "Infinity, 3",
        "NaN, NaN"
    })
    void integersAreTheNearestWholeNumberBetweenTheBounds(float value, float nearest) {
        float[] found = {value};
        WeightFormat.perChannel(8).levels().nearest(found, new float[] {-4}, new float[] {3}, found);
        assertEquals(nearest, found[0] + 0f);
    }

    @Test
    void floatsHaveTheirLargestFiniteNumbers() {
        assertEquals(448, FloatFormat.E4M3.levels().largest());
        assertEquals(253, FloatFormat.E4M3.levels().count());
        assertEquals(57_344, FloatFormat.E5M2.levels().largest());
        assertEquals(247, FloatFormat.E5M2.levels().count());
    }

    /**
     * Section 3 of QLoRA: equally spaced probabilities from 1/2 to 1 - (1/32 + 1/30) / 2 for the positive half, and one
     * fewer for the negative one.
     */
    @Test
    void nf4HasTheQuantilesOfANormalDistribution() {
        double last = 1 - (1 / 32.0 + 1 / 30.0) / 2;
        double unit = quantile(last);
        double[] expected = new double[16];
        for (int i = 0; i < 7; i++) {
            expected[i] = -quantile(last + (0.5 - last) * i / 7) / unit;
        }
        for (int i = 0; i < 8; i++) {
            expected[15 - i] = quantile(last + (0.5 - last) * i / 8) / unit;
        }
        assertArrayEquals(expected, sorted(NF4), 3e-7);
    }

    /** Where a normal distribution has reached a probability of 1/2 or more, by bisection. */
    private static double quantile(double probability) {
        double low = 0;
        double high = 4;
        while (high - low > 1e-9) {
            double middle = (low + high) / 2;
            low = reached(middle) < probability ? middle : low;
            high = reached(middle) < probability ? high : middle;
        }
        return low;
    }

    /** The density integrated by Simpson's rule. */
    private static double reached(double end) {
        int steps = 200;
        double sum = 0;
        for (int i = 0; i <= steps; i++) {
            double x = end * i / steps;
            sum += (i == 0 || i == steps ? 1 : i % 2 == 0 ? 2 : 4) * Math.exp(-x * x / 2);
        }
        return 0.5 + sum * end / steps / 3 / Math.sqrt(2 * Math.PI);
    }

    @Test
    void midriseLevelsLieBetweenIntegers() {
        assertArrayEquals(
                new double[] {-0.5, 0.5}, sorted(TableFormat.midrise(1).levels()));
        assertArrayEquals(
                new double[] {-1.5, -0.5, 0.5, 1.5},
                sorted(TableFormat.midrise(2).levels()));
        assertArrayEquals(
                new double[] {-3.5, -2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 3.5},
                sorted(TableFormat.midrise(3).levels()));
    }

    /** Where the logistic function 1 / (1 + exp(-x)) is 1/2n, 3/2n, ... */
    @ParameterizedTest
    @ValueSource(ints = {2, 3, 4, 5, 6})
    void fittedLevelsStartAsQuantilesOfALogisticDistribution(int bits) {
        double[] levels = sorted(TableFormat.lloyd(bits).levels());
        assertEquals(1 << bits, levels.length);
        for (int i = 0; i < levels.length; i++) {
            assertEquals((i + 0.5) / levels.length, 1 / (1 + Math.exp(-levels[i])), 1e-6);
        }
    }

    @Test
    void someFormatsHaveNoLevelOfZero() {
        for (WeightFormat with : List.of(
                WeightFormat.perChannel(2),
                WeightFormat.perChannel(3).asymmetric(),
                TableFormat.NF4,
                FloatFormat.E4M3)) {
            assertTrue(with.hasZero());
            assertFalse(with.fitted());
        }
        assertFalse(TableFormat.midrise(1).hasZero());
        assertFalse(TableFormat.midrise(2).hasZero());
        assertFalse(TableFormat.midrise(2).fitted());
        assertFalse(TableFormat.lloyd(4).hasZero());
        assertTrue(TableFormat.lloyd(4).perBlock(16).fitted());
    }

    @Test
    void tablesHoldBothSigns() {
        assertThrows(IllegalArgumentException.class, () -> new LevelTable(0, 1));
        assertThrows(IllegalArgumentException.class, () -> new LevelTable(-1, 0));
        assertThrows(IllegalArgumentException.class, () -> new LevelTable(-1, 0, Float.POSITIVE_INFINITY));
        assertThrows(IllegalArgumentException.class, () -> new LevelTable(new float[257]));
        assertThrows(IllegalArgumentException.class, LevelTable::new);
    }

    @Test
    void formatsAreEqualByWhatTheyHold() {
        LevelTable table = new LevelTable(-1, 0, 1);
        assertEquals(table, new LevelTable(-1, 0, 1));
        assertEquals(table.hashCode(), new LevelTable(-1, 0, 1).hashCode());
        assertEquals(TableFormat.NF4, TableFormat.NF4.perTensor().perChannel());
        assertEquals(FloatFormat.E4M3.perBlock(16), FloatFormat.E4M3.perTensor().perBlock(16));
    }

    @Test
    void onlyIntegersHaveZeroPoints() {
        for (WeightFormat format : List.of(TableFormat.NF4, FloatFormat.E4M3, FloatFormat.E5M2)) {
            assertEquals(format, format.asymmetric());
            assertEquals(format, format.withoutZeroPoints());
            assertEquals(format, format.within(new PairBound(4, 1, 128)));
            assertEquals(
                    WeightFormat.perChannel(8).perBlock(32), format.perBlock(32).withBits(8));
        }
        assertEquals(1, TableFormat.midrise(1).bits());
        assertEquals(4, TableFormat.NF4.bits());
        assertEquals(8, FloatFormat.E5M2.bits());
    }
}
