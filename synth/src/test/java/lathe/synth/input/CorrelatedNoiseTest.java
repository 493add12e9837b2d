package lathe.synth.input;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CorrelatedNoiseTest {

    private static final int SAMPLES = 400;

    @ParameterizedTest
    @ValueSource(doubles = {0, 0.5, 0.8})
    void everyPlaceHasTheMomentsAndEveryAxisTheCorrelationAskedFor(double correlation) {
        long[] dims = {4, 5, 6};
        CorrelatedNoise noise = new CorrelatedNoise(1, dims, correlation, 2, 3);
        int[] strides = {30, 6, 1};
        double[] products = new double[3];
        double sum = 0;
        double squares = 0;
        float[] sample = new float[120];
        for (int i = 0; i < SAMPLES; i++) {
            noise.fillInto(i, sample, 0);
            for (int place = 0; place < 120; place++) {
                double value = (sample[place] - 2) / 3;
                sum += value / (120 * SAMPLES);
                squares += value * value / (120 * SAMPLES);
            }
            for (int axis = 0; axis < 3; axis++) {
                // The last place of an axis and the one before it, all others at the end as well.
                products[axis] += (sample[119] - 2) / 3 * (sample[119 - strides[axis]] - 2) / 3 / SAMPLES;
            }
        }
        assertEquals(0, sum, 0.1);
        assertEquals(1, squares, 0.1);
        for (double product : products) {
            assertEquals(correlation, product, 0.2);
        }
    }

    @Test
    void aSampleDependsOnSeedAndNumberAlone() {
        CorrelatedNoise noise = new CorrelatedNoise(5, new long[] {3, 7}, 0.8, 0, 1);
        float[] two = new float[42];
        noise.fillInto(8, two, 0);
        noise.fillInto(9, two, 21);
        float[] second = new float[21];
        noise.fillInto(9, second, 0);
        for (int i = 0; i < 21; i++) {
            assertEquals(second[i], two[21 + i]);
        }
    }

    @Test
    void aScalarIsOneNumber() {
        float[] value = new float[1];
        new CorrelatedNoise(5, new long[] {}, 0.8, 4, 0).fillInto(0, value, 0);
        assertArrayEquals(new float[] {4}, value);
    }
}
