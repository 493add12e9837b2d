package lathe.engine.linalg;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GramAccumulatorTest {

    private static final int BLOCK = GramAccumulator.BLOCK;

    @ParameterizedTest
    @CsvSource({
        "1, 7", "9, 100", "25, 1", "63, 50", "64, 1", "64, 200", "65, 3", "255, 40", "256, 40", "257, 40", "520, 9"
    })
    void agreesWithTheNaiveSum(int order, int count) {
        float[] samples = Naive.samples(count, order, order);
        GramAccumulator accumulator = new GramAccumulator(order);
        accumulator.add(samples, count);
        assertClose(Naive.gram(samples, count, order), accumulator.gram(), 1e-5);
        double[] mean = new double[order];
        for (int i = 0; i < samples.length; i++) {
            mean[i % order] += (double) samples[i] / count;
        }
        assertArrayEquals(mean, accumulator.mean(), 1e-12);
    }

    @ParameterizedTest
    @CsvSource({"-1", "0", "1"})
    void agreesWithTheNaiveSumAroundTheBlockSize(int more) {
        int count = BLOCK + more;
        float[] samples = Naive.samples(count, 70, 1);
        GramAccumulator accumulator = new GramAccumulator(70);
        accumulator.add(samples, count);
        assertClose(Naive.gram(samples, count, 70), accumulator.gram(), 1e-5);
    }

    @Test
    void isExactInDoubleForSmallOrders() {
        float[] samples = Naive.samples(1000, 9, 3);
        GramAccumulator accumulator = new GramAccumulator(9);
        accumulator.add(samples, 1000);
        assertClose(Naive.gram(samples, 1000, 9), accumulator.gram(), 1e-13);
    }

    @ParameterizedTest
    @CsvSource({"9", "20", "70"})
    void keepsTheVarianceOfSamplesFarFromZero(int order) {
        int count = 3 * BLOCK + 5;
        Random random = new Random(order);
        float[] samples = new float[count * order];
        for (int i = 0; i < samples.length; i++) {
            samples[i] = (float) (1000 + 0.01 * random.nextGaussian());
        }
        GramAccumulator accumulator = new GramAccumulator(order);
        accumulator.add(samples, 100);
        accumulator.add(Arrays.copyOfRange(samples, 100 * order, samples.length), count - 100);
        double[] mean = accumulator.mean();
        for (int i = 0; i < order; i++) {
            double variance = 0;
            for (int sample = 0; sample < count; sample++) {
                double distance = samples[sample * order + i] - mean[i];
                variance += distance * distance / count;
            }
            assertEquals(variance, accumulator.gram().at(i, i) - mean[i] * mean[i], 1e-3 * variance);
        }
    }

    @Test
    void losesNothingOverManyBlocks() {
        GramAccumulator accumulator = new GramAccumulator(64);
        float[] ones = new float[64 * BLOCK];
        Arrays.fill(ones, 1.1f);
        for (int i = 0; i < 200; i++) {
            accumulator.add(ones, BLOCK);
        }
        assertEquals((double) 1.1f * 1.1f, accumulator.gram().at(3, 60), 1e-6);
    }

    @Test
    void sampleCountMayBeLessThanTheArrayHolds() {
        float[] samples = Naive.samples(10, 70, 1);
        GramAccumulator some = new GramAccumulator(70);
        some.add(samples, 4);
        GramAccumulator same = new GramAccumulator(70);
        same.add(Arrays.copyOf(samples, 4 * 70), 4);
        assertSameBits(same.gram(), some.gram());
    }

    @Test
    void isSymmetric() {
        GramAccumulator accumulator = new GramAccumulator(300);
        accumulator.add(Naive.samples(50, 300, 2), 50);
        GramMatrix gram = accumulator.gram();
        for (int i = 0; i < 300; i++) {
            for (int j = 0; j < i; j++) {
                assertEquals(gram.at(i, j), gram.at(j, i));
            }
        }
    }

    @Test
    void hasZerosBeforeTheFirstSample() {
        GramAccumulator accumulator = new GramAccumulator(3);
        assertEquals(0, accumulator.gram().at(1, 1));
        assertArrayEquals(new double[3], accumulator.mean());
    }

    @Test
    void accumulatorsInManyThreadsGiveTheBitsOfOne() throws Exception {
        List<GramMatrix> serial = new ArrayList<>();
        for (int task = 0; task < 24; task++) {
            serial.add(gramOfTask(task));
        }
        ExecutorService threads = Executors.newFixedThreadPool(6);
        try {
            List<Future<GramMatrix>> parallel = new ArrayList<>();
            for (int task = 0; task < 24; task++) {
                int number = task;
                parallel.add(threads.submit(() -> gramOfTask(number)));
            }
            for (int task = 0; task < 24; task++) {
                assertSameBits(serial.get(task), parallel.get(task).get());
            }
        } finally {
            threads.shutdown();
        }
    }

    private static GramMatrix gramOfTask(int task) {
        int order = 64 + 37 * (task % 5);
        GramAccumulator accumulator = new GramAccumulator(order);
        for (int portion = 0; portion < 5; portion++) {
            accumulator.add(Naive.samples(300, order, task * 100L + portion), 300);
        }
        return accumulator.gram();
    }

    @Test
    void rejectsWhatDoesNotFit() {
        GramAccumulator accumulator = new GramAccumulator(3);
        assertThrows(IllegalArgumentException.class, () -> accumulator.add(new float[8], 3));
        assertThrows(IllegalArgumentException.class, () -> new GramAccumulator(0));
        assertThrows(IllegalArgumentException.class, () -> new GramAccumulator(50_000));
    }

    private static void assertClose(GramMatrix expected, GramMatrix actual, double tolerance) {
        assertEquals(expected.order(), actual.order());
        double unit = Math.max(1e-300, Arrays.stream(expected.diagonal()).max().orElse(0));
        for (int i = 0; i < expected.order(); i++) {
            for (int j = 0; j < expected.order(); j++) {
                assertTrue(Math.abs(expected.at(i, j) - actual.at(i, j)) <= tolerance * unit, "entry " + i + ", " + j);
            }
        }
    }

    private static void assertSameBits(GramMatrix expected, GramMatrix actual) {
        for (int i = 0; i < expected.order(); i++) {
            for (int j = 0; j < expected.order(); j++) {
                assertEquals(expected.at(i, j), actual.at(i, j));
            }
        }
    }
}
