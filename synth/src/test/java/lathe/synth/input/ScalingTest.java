package lathe.synth.input;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class ScalingTest {

    @Test
    void rangesMapBlackAndWhiteToTheirEnds() {
        for (float[] ends : new float[][] {{0, 1}, {-1, 1}, {0, 255}, {-127.5f, 127.5f}}) {
            Scaling scaling = Scaling.range(ends[0], ends[1]);
            assertEquals(ends[0], scaling.apply(0, 2));
            assertEquals(ends[1], scaling.apply(1, 0), 1e-4f);
        }
    }

    @Test
    void meanAndStdMeanTheSameInBytesAndInUnits() {
        float[] mean = {0.485f, 0.456f, 0.406f};
        float[] std = {0.229f, 0.224f, 0.225f};
        Scaling units = Scaling.meanStd(mean, std);
        Scaling bytes = Scaling.meanStd(times(mean, 255), times(std, 255));
        for (int channel = 0; channel < 3; channel++) {
            assertEquals((0.7f - mean[channel]) / std[channel], units.apply(0.7f, channel), 1e-5f);
            assertEquals(units.apply(0.7f, channel), bytes.apply(0.7f, channel), 1e-5f);
            assertEquals(units.apply(0.2f, channel), Scaling.IMAGENET.apply(0.2f, channel), 1e-5f);
        }
    }

    private static float[] times(float[] values, float factor) {
        float[] product = values.clone();
        for (int i = 0; i < product.length; i++) {
            product[i] *= factor;
        }
        return product;
    }

    @Test
    void momentsAreThoseAskedFor() {
        Scaling scaling = Scaling.moments(new double[] {3, -1}, new double[] {2, 0.5});
        float mean = (float) Scaling.IMAGE_MEAN;
        float above = (float) (Scaling.IMAGE_MEAN + Scaling.IMAGE_DEVIATION);
        assertEquals(3, scaling.apply(mean, 0), 1e-5f);
        assertEquals(5, scaling.apply(above, 0), 1e-5f);
        assertEquals(-0.5f, scaling.apply(above, 1), 1e-5f);
    }

    @Test
    void fitsItsOwnNumberOfChannelsOrAny() {
        assertTrue(Scaling.UNIT.fits(7));
        assertTrue(Scaling.IMAGENET.fits(3));
        assertFalse(Scaling.IMAGENET.fits(1));
        assertThrows(IllegalArgumentException.class, () -> new Scaling("x", new float[2], new float[3]));
    }
}
