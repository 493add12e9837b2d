package lathe.cli.report;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.LongStream;
import javax.imageio.ImageIO;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Node;
import lathe.engine.graph.Value;
import lathe.engine.tensor.ElementType;
import lathe.synth.image.SyntheticImages;
import lathe.synth.input.InputOptions;
import lathe.synth.input.SynthKind;
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

    /** Gradients change images while a network runs, and then these are not the ones that it was measured on. */
    @Test
    void showsOnlyWhatTheNetworkIsMeasuredOn() throws IOException {
        Value image = new Value(
                "x",
                ElementType.FLOAT,
                Optional.of(
                        LongStream.of(1, 3, 32, 32).mapToObj(Value.Dim::fixed).toList()),
                Optional.empty());
        Graph graph = new Graph(
                List.of(Node.of("", "Relu", List.of("x"), List.of("y"), Map.of())),
                List.of(),
                List.of(image),
                List.of(Value.ofFloat("y")),
                Map.of("", 13L),
                Map.of(),
                Map.of(),
                Optional.empty());
        for (SynthKind kind : SynthKind.values()) {
            boolean shown = kind == SynthKind.IMAGES || kind == SynthKind.NOISE;
            InputOptions options = InputOptions.DEFAULT.withImages(2).withKind(kind);
            assertEquals(shown ? 2 : 0, SamplePicture.of(graph, options).size(), kind::toString);
        }
    }
}
