package lathe.cli.report;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Base64;
import java.util.List;
import javax.imageio.ImageIO;
import lathe.synth.image.SyntheticImages;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SamplePictureTest {

    private static BufferedImage decoded(SamplePicture picture) throws IOException {
        byte[] png = Base64.getDecoder().decode(picture.png());
        return ImageIO.read(new ByteArrayInputStream(png));
    }

    /** Channels, height and width of the picture; what is shown of it. */
    @ParameterizedTest
    @CsvSource({
        "1, 28, 28, 28, 28, 1",
        "3, 112, 112, 112, 112, 3",
        "3, 113, 100, 56, 50, 3",
        "3, 224, 224, 112, 112, 3",
        "2, 16, 16, 16, 16, 1",
        "4, 16, 24, 16, 24, 3",
        "1, 1, 500, 1, 100, 1",
        "1, 1, 1, 1, 1, 1"
    })
    void isSmallAndKeepsItsShape(int channels, int height, int width, int shownHeight, int shownWidth, int bands)
            throws IOException {
        SamplePicture picture = SamplePicture.first(1, SyntheticImages.noise(0, channels, height, width))
                .get(0);
        BufferedImage image = decoded(picture);
        assertEquals(List.of(shownWidth, shownHeight), List.of(picture.width(), picture.height()));
        assertEquals(List.of(shownWidth, shownHeight), List.of(image.getWidth(), image.getHeight()));
        assertEquals(bands, image.getRaster().getNumBands());
    }

    @Test
    void showsThePixelsOfEachChannel() throws IOException {
        SyntheticImages images = SyntheticImages.of(7, 3, 20, 30);
        List<SamplePicture> pictures = SamplePicture.first(4, images);
        for (SamplePicture picture : pictures) {
            float[] pixels = images.image(picture.number());
            BufferedImage image = decoded(picture);
            for (int i = 0; i < pixels.length; i++) {
                int shown = image.getRaster().getSample(i % 30, i / 30 % 20, i / 600);
                assertEquals(255 * pixels[i], shown, 0.5 + 1e-3);
            }
        }
        assertEquals(
                List.of(0, 1, 2, 3),
                pictures.stream().map(SamplePicture::number).toList());
    }

    @Test
    void aLargePictureIsShrunkByMeans() throws IOException {
        SyntheticImages images = SyntheticImages.of(7, 1, 224, 226);
        BufferedImage image = decoded(SamplePicture.first(1, images).get(0));
        float[] pixels = images.image(0);
        double sum = 0;
        for (int i = 0; i < 9; i++) {
            sum += pixels[(3 * 10 + i / 3) * 226 + 3 * 20 + i % 3];
        }
        assertEquals(255 * sum / 9, image.getRaster().getSample(20, 10, 0), 0.5 + 1e-3);
    }
}
