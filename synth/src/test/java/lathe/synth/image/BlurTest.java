package lathe.synth.image;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BlurTest {

    @ParameterizedTest
    @CsvSource({"1,1,1.3", "1,5,2.0", "7,2,0.7", "16,16,1.0"})
    void aFlatPlaneStaysFlat(int height, int width, double deviation) {
        float[] plane = new float[height * width];
        Arrays.fill(plane, 0.7f);
        new Blur(deviation).applyTo(plane, 0, height, width);
        for (float value : plane) {
            assertEquals(0.7f, value, 1e-6f);
        }
    }

    @Test
    void aPointBecomesAGaussian() {
        int side = 21;
        float[] planes = new float[3 * side * side];
        int start = side * side;
        int centre = start + 10 * side + 10;
        planes[centre] = 1;
        new Blur(1.5).applyTo(planes, start, side, side);
        double sum = 0;
        for (int i = 0; i < planes.length; i++) {
            sum += planes[i];
            if (i < start || i >= 2 * start) {
                assertEquals(0, planes[i], "other planes stay as they are");
            }
        }
        assertEquals(1, sum, 1e-5);
        assertEquals(Math.exp(-0.5 / 2.25), planes[centre + 1] / planes[centre], 1e-5);
        assertEquals(Math.exp(-1 / 2.25), planes[centre + side + 1] / planes[centre], 1e-5);
    }

    @Test
    void almostNoBlurChangesAlmostNothing() {
        float[] plane = {0, 1, 0, 0.5f};
        new Blur(0.05).applyTo(plane, 0, 2, 2);
        assertEquals(1f, plane[1], 1e-6f);
        assertEquals(0.5f, plane[3], 1e-6f);
    }
}
