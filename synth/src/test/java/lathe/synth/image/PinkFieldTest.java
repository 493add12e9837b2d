package lathe.synth.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PinkFieldTest {

    @ParameterizedTest
    @ValueSource(doubles = {0, 0.6, 1, 1.8})
    void amplitudeFallsWithTheSlopeAskedFor(double slope) {
        PinkField field = PinkField.of(96, 96, slope);
        float[][] planes = new float[12][];
        for (int i = 0; i < planes.length; i += 2) {
            float[][] pair = field.pair(Draws.of(9, i));
            planes[i] = pair[0];
            planes[i + 1] = pair[1];
        }
        assertEquals(-slope, Spectrum.slope(96, planes), 0.12);
    }

    @ParameterizedTest
    @CsvSource({"1,2", "2,2", "5,3", "64,64", "48,320", "1,100"})
    void meanIsZeroAndDeviationOne(int height, int width) {
        for (float[] plane : PinkField.of(height, width, 1).pair(Draws.of(1, 0))) {
            double sum = 0;
            double squares = 0;
            for (float value : plane) {
                sum += value;
                squares += value * value;
            }
            assertEquals(0, sum / plane.length, 1e-5);
            assertEquals(1, squares / plane.length, 1e-4);
        }
    }

    @Test
    void aSinglePixelIsZero() {
        assertEquals(0, PinkField.of(1, 1, 1).pair(Draws.of(1, 0))[0][0]);
    }

    @Test
    void theTwoFieldsOfAPairAreIndependent() {
        double product = 0;
        for (int i = 0; i < 50; i++) {
            float[][] pair = PinkField.of(32, 32, 0.6).pair(Draws.of(2, i));
            for (int p = 0; p < 1024; p++) {
                product += pair[0][p] * pair[1][p] / (50.0 * 1024);
            }
        }
        assertEquals(0, product, 0.03);
    }

    @Test
    void tilesContinueAndOtherFieldsDoNot() {
        assertTrue(seam(PinkField.tile(64, 1.8)) < 0.05);
        assertTrue(seam(PinkField.of(64, 64, 1.8)) > 0.2);
    }

    /** Mean square step from the right edge to the left one. */
    private static double seam(PinkField field) {
        double sum = 0;
        for (int i = 0; i < 10; i++) {
            float[] plane = field.pair(Draws.of(3, i))[0];
            for (int y = 0; y < 64; y++) {
                double step = plane[y * 64 + 63] - plane[y * 64];
                sum += step * step / 640;
            }
        }
        return sum;
    }
}
