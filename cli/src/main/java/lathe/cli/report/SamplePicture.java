package lathe.cli.report;

import java.awt.image.BufferedImage;
import java.awt.image.WritableRaster;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import javax.imageio.ImageIO;
import lathe.engine.graph.Graph;
import lathe.synth.image.Pictures;
import lathe.synth.input.InputOptions;
import lathe.synth.input.InputPlan;
import lathe.synth.input.SynthKind;

/**
 * One synthetic image, small enough to be shown.
 *
 * @param number of the image, from 0
 * @param width in pixels
 * @param height in pixels
 * @param png the file, in Base64
 */
public record SamplePicture(int number, int width, int height, String png) {

    /** Longest side; larger images are shrunk by a whole factor. */
    private static final int LARGEST_SIDE = 112;

    /** How many a report shows. */
    private static final int SHOWN = 6;

    private static final float WHITE = 255f;

    /** Some of the images that a compression makes; none where it makes no images, or gradients change them as it runs. */
    public static List<SamplePicture> of(Graph graph, InputOptions inputs) throws IOException {
        boolean known = inputs.kind() == SynthKind.IMAGES || inputs.kind() == SynthKind.NOISE;
        Optional<Pictures> images = known ? InputPlan.of(graph, inputs).pictures() : Optional.empty();
        return images.isEmpty() ? List.of() : first(Math.min(inputs.images(), SHOWN), images.get());
    }

    /** The first images of a sequence, in colour where they have three channels or more, else in grey. */
    static List<SamplePicture> first(int count, Pictures images) throws IOException {
        List<SamplePicture> pictures = new ArrayList<>();
        for (int number = 0; number < count; number++) {
            BufferedImage image = shrunk(images, images.image(number));
            pictures.add(new SamplePicture(number, image.getWidth(), image.getHeight(), png(image)));
        }
        return pictures;
    }

    private static BufferedImage shrunk(Pictures images, float[] picture) {
        int longest = Math.max(images.width(), images.height());
        int factor = (longest + LARGEST_SIDE - 1) / LARGEST_SIDE;
        int width = Math.max(1, images.width() / factor);
        int height = Math.max(1, images.height() / factor);
        boolean colour = images.channels() >= 3;
        BufferedImage image =
                new BufferedImage(width, height, colour ? BufferedImage.TYPE_INT_RGB : BufferedImage.TYPE_BYTE_GRAY);
        WritableRaster raster = image.getRaster();
        for (int channel = 0; channel < raster.getNumBands(); channel++) {
            int plane = channel * images.height() * images.width();
            for (int y = 0; y < height; y++) {
                for (int x = 0; x < width; x++) {
                    raster.setSample(x, y, channel, mean(picture, plane, images, factor, x * factor, y * factor));
                }
            }
        }
        return image;
    }

    /** Mean of a square of pixels, as far as it lies in the image, as a byte. */
    private static int mean(float[] picture, int plane, Pictures images, int side, int left, int top) {
        float sum = 0;
        int pixels = 0;
        for (int y = top; y < Math.min(top + side, images.height()); y++) {
            for (int x = left; x < Math.min(left + side, images.width()); x++) {
                sum += picture[plane + y * images.width() + x];
                pixels++;
            }
        }
        return Math.round(WHITE * sum / pixels);
    }

    private static String png(BufferedImage image) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        ImageIO.write(image, "png", bytes);
        return Base64.getEncoder().encodeToString(bytes.toByteArray());
    }
}
