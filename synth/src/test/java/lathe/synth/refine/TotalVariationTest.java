package lathe.synth.refine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class TotalVariationTest {

    /** Between kinks the total variation is linear, so the difference of two near points is exact. */
    @Property(tries = 50, seed = "3")
    void isTheGradientOfTheSumOfAbsoluteDifferences(
            @ForAll Random random,
            @ForAll @IntRange(min = 1, max = 3) int channels,
            @ForAll @IntRange(min = 1, max = 5) int height,
            @ForAll @IntRange(min = 1, max = 5) int width) {
        float[] image = new float[channels * height * width];
        for (int i = 0; i < image.length; i++) {
            image[i] = random.nextInt(1000) + 0.5f * i / image.length; // all differ by more than the step
        }
        float[] gradient = new float[image.length];
        new TotalVariation(channels, height, width).addGradient(image, gradient, 2);
        int i = random.nextInt(image.length);
        float[] moved = image.clone();
        moved[i] += 1e-3f;
        double difference = sum(moved, channels, height, width) - sum(image, channels, height, width);
        assertEquals(2 * difference / ((double) moved[i] - image[i]), gradient[i], 1e-6);
    }

    @Test
    void addsToWhatIsThere() {
        float[] gradient = {1, 1};
        new TotalVariation(1, 1, 2).addGradient(new float[] {0.2f, 0.7f}, gradient, 0.5f);
        assertArrayEquals(new float[] {0.5f, 1.5f}, gradient);
    }

    private static double sum(float[] image, int channels, int height, int width) {
        double sum = 0;
        for (int c = 0; c < channels; c++) {
            for (int y = 0; y < height; y++) {
                for (int x = 0; x < width; x++) {
                    int i = (c * height + y) * width + x;
                    sum += x == 0 ? 0 : Math.abs((double) image[i] - image[i - 1]);
                    sum += y == 0 ? 0 : Math.abs((double) image[i] - image[i - width]);
                }
            }
        }
        return sum;
    }
}
