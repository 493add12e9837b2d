package lathe.cli.models;

import java.awt.image.BufferedImage;
import java.awt.image.DataBuffer;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;

/**
 * An image as numbers, one plane a channel, row by row, each 0 to 255. Immutable by agreement.
 *
 * @param width pixels across
 * @param height pixels down
 * @param planes grey, or red, green and blue; {@code width * height} numbers each
 */
public record PixelPlanes(int width, int height, float[][] planes) {

    /** Weights of red, green and blue in grey, ITU-R BT.601. */
    private static final float[] LUMA = {0.299f, 0.587f, 0.114f};

    private static final float WORD_PER_BYTE = 257f;

    /** The pixels of an image, as stored: no colour management, transparency ignored. */
    public static PixelPlanes of(BufferedImage image) {
        int width = image.getWidth();
        int height = image.getHeight();
        boolean grey = image.getRaster().getNumBands() <= 2 && !(image.getColorModel() instanceof IndexColorModel);
        float[][] planes = new float[grey ? 1 : 3][width * height];
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                int at = y * width + x;
                if (grey) {
                    planes[0][at] = greyAt(image.getRaster(), x, y);
                } else {
                    int rgb = image.getRGB(x, y);
                    planes[0][at] = rgb >> 16 & 0xff;
                    planes[1][at] = rgb >> 8 & 0xff;
                    planes[2][at] = rgb & 0xff;
                }
            }
        }
        return new PixelPlanes(width, height, planes);
    }

    private static float greyAt(Raster raster, int x, int y) {
        int sample = raster.getSample(x, y, 0);
        return raster.getTransferType() == DataBuffer.TYPE_USHORT ? sample / WORD_PER_BYTE : sample;
    }

    /** The same image with another number of channels: grey from colours, or grey repeated. */
    public PixelPlanes withChannels(int channels) {
        if (channels == planes.length) {
            return this;
        }
        float[] grey = planes.length == 1 ? planes[0] : luma();
        float[][] copies = new float[channels][];
        for (int c = 0; c < channels; c++) {
            copies[c] = grey;
        }
        return new PixelPlanes(width, height, copies);
    }

    private float[] luma() {
        float[] grey = new float[width * height];
        for (int i = 0; i < grey.length; i++) {
            grey[i] = LUMA[0] * planes[0][i] + LUMA[1] * planes[1][i] + LUMA[2] * planes[2][i];
        }
        return grey;
    }

    /**
     * The middle of the image at another size.
     *
     * @param crop share of the image's shorter side that the result shows, above 0 up to 1
     */
    public PixelPlanes fitted(int newWidth, int newHeight, double crop) {
        if (newWidth == width && newHeight == height && crop == 1) {
            return this;
        }
        double step = crop * Math.min((double) width / newWidth, (double) height / newHeight);
        float[][] across = resample(planes, width, height, newWidth, step);
        float[][] down = resample(transposed(across, newWidth, height), height, newWidth, newHeight, step);
        return new PixelPlanes(newWidth, newHeight, transposed(down, newHeight, newWidth));
    }

    /** Resamples rows about their middle with a triangle filter, widened when the image shrinks. */
    private static float[][] resample(float[][] planes, int width, int height, int newWidth, double step) {
        double reach = Math.max(1, step);
        double first = (width - newWidth * step) / 2 + step / 2 - 0.5;
        float[][] result = new float[planes.length][newWidth * height];
        for (int x = 0; x < newWidth; x++) {
            double centre = first + x * step;
            int from = Math.max(0, (int) Math.ceil(centre - reach));
            int to = Math.min(width - 1, (int) Math.floor(centre + reach));
            double[] weights = new double[to - from + 1];
            double total = 0;
            for (int i = from; i <= to; i++) {
                weights[i - from] = Math.max(0, 1 - Math.abs(i - centre) / reach);
                total += weights[i - from];
            }
            for (int c = 0; c < planes.length; c++) {
                for (int y = 0; y < height; y++) {
                    double sum = 0;
                    for (int i = from; i <= to; i++) {
                        sum += weights[i - from] * planes[c][y * width + i];
                    }
                    result[c][y * newWidth + x] = (float) (sum / total);
                }
            }
        }
        return result;
    }

    private static float[][] transposed(float[][] planes, int width, int height) {
        float[][] result = new float[planes.length][width * height];
        for (int c = 0; c < planes.length; c++) {
            for (int y = 0; y < height; y++) {
                for (int x = 0; x < width; x++) {
                    result[c][x * height + y] = planes[c][y * width + x];
                }
            }
        }
        return result;
    }
}
