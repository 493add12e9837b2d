package lathe.cli.models;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.awt.image.BufferedImage;
import org.junit.jupiter.api.Test;

class PixelPlanesTest {

    @Test
    void greyPixelsAreTakenAsStored() {
        BufferedImage image = new BufferedImage(2, 1, BufferedImage.TYPE_BYTE_GRAY);
        image.getRaster().setSample(0, 0, 0, 10);
        image.getRaster().setSample(1, 0, 0, 200);
        assertArrayEquals(new float[] {10, 200}, PixelPlanes.of(image).planes()[0]);
    }

    @Test
    void coloursBecomePlanesAndGrey() {
        BufferedImage image = new BufferedImage(1, 1, BufferedImage.TYPE_INT_RGB);
        image.setRGB(0, 0, 0x0a141e);
        PixelPlanes planes = PixelPlanes.of(image);
        assertEquals(10, planes.planes()[0][0]);
        assertEquals(20, planes.planes()[1][0]);
        assertEquals(30, planes.planes()[2][0]);
        assertEquals(
                0.299 * 10 + 0.587 * 20 + 0.114 * 30, planes.withChannels(1).planes()[0][0], 1e-5);
    }

    @Test
    void greyIsRepeatedForAColourNetwork() {
        PixelPlanes grey = new PixelPlanes(1, 1, new float[][] {{7}});
        assertEquals(3, grey.withChannels(3).planes().length);
        assertEquals(7, grey.withChannels(3).planes()[2][0]);
    }

    @Test
    void resizingKeepsAConstantAndALinearRamp() {
        float[] ramp = new float[16 * 8];
        float[] flat = new float[16 * 8];
        for (int i = 0; i < ramp.length; i++) {
            ramp[i] = i % 16;
            flat[i] = 5;
        }
        PixelPlanes half = new PixelPlanes(16, 8, new float[][] {ramp, flat}).fitted(4, 4, 1);
        assertEquals(4, half.width());
        // The middle 8 x 8 pixels remain; each new pixel is the mean of two old columns.
        for (int x = 0; x < 4; x++) {
            assertEquals(4.5 + 2 * x, half.planes()[0][x], 1e-5);
            assertEquals(5, half.planes()[1][12 + x], 1e-5);
        }
    }

    @Test
    void theSameSizeIsTheSamePicture() {
        PixelPlanes picture = new PixelPlanes(2, 2, new float[][] {{1, 2, 3, 4}});
        assertArrayEquals(picture.planes()[0], picture.fitted(2, 2, 1).planes()[0]);
    }

    @Test
    void cropShowsTheMiddle() {
        PixelPlanes picture = new PixelPlanes(4, 4, new float[][] {{0, 0, 0, 0, 0, 9, 9, 0, 0, 9, 9, 0, 0, 0, 0, 0}});
        assertArrayEquals(new float[] {9, 9, 9, 9}, picture.fitted(2, 2, 0.5).planes()[0]);
    }
}
