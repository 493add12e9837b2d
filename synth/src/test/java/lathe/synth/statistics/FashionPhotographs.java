package lathe.synth.statistics;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import javax.imageio.ImageIO;
import lathe.synth.network.Tensor;
import lathe.testdata.TestData;

/** Real test images of Fashion-MNIST, scaled as the networks of the test data want them. */
public final class FashionPhotographs {

    private static final int SIDE = 28;

    private FashionPhotographs() {}

    /** The first ones: {@code images x 1 x 28 x 28}. */
    public static Tensor tensor(int images) {
        BufferedImage sheet = sheet();
        int columns = sheet.getWidth() / SIDE;
        float[] values = new float[images * SIDE * SIDE];
        for (int i = 0; i < values.length; i++) {
            int image = i / (SIDE * SIDE);
            int x = image % columns * SIDE + i % SIDE;
            int y = image / columns * SIDE + i / SIDE % SIDE;
            values[i] = (sheet.getRaster().getSample(x, y, 0) / 255f - 0.286f) / 0.353f;
        }
        return Tensor.of(values, images, 1, SIDE, SIDE);
    }

    private static BufferedImage sheet() {
        try {
            return ImageIO.read(new ByteArrayInputStream(TestData.bytes("fashion-test-2000.png")));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
