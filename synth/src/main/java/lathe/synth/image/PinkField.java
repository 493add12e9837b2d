package lathe.synth.image;

import org.apache.commons.math3.transform.DftNormalization;
import org.apache.commons.math3.transform.FastFourierTransformer;
import org.apache.commons.math3.transform.TransformType;

/**
 * Random fields whose amplitude falls with frequency as f^-slope: complex white noise, filtered in the frequency domain
 * and transformed, is two independent real fields, the real and the imaginary part.
 *
 * <p>The transform needs powers of two, so the field is made a little larger than asked for and cut; the margin (an
 * eighth or more, up to transforms of 1024) keeps opposite edges from matching. O(n log n) for n pixels; holds
 * n/4 doubles. Immutable.
 */
final class PinkField {

    private static final int LARGEST_WITH_MARGIN = 1024;

    private final int height;
    private final int width;
    private final int rows;
    private final int cols;
    private final double[] amplitudes;

    private PinkField(int height, int width, int rows, int cols, double slope) {
        this.height = height;
        this.width = width;
        this.rows = rows;
        this.cols = cols;
        this.amplitudes = amplitudes(rows, cols, slope);
    }

    /** Fields of any size, whose edges do not match. */
    static PinkField of(int height, int width, double slope) {
        return new PinkField(height, width, transformSize(height), transformSize(width), slope);
    }

    /** Square fields that can be laid side by side; the side is a power of two. */
    static PinkField tile(int side, double slope) {
        return new PinkField(side, side, side, side, slope);
    }

    private static int transformSize(int side) {
        int withMargin = powerOfTwoFrom(side + (side + 7) / 8);
        return withMargin <= LARGEST_WITH_MARGIN ? withMargin : powerOfTwoFrom(side);
    }

    private static int powerOfTwoFrom(int least) {
        int power = Integer.highestOneBit(least);
        return power == least ? power : 2 * power;
    }

    /** Amplitude by column frequency, then row frequency, each from 0 to half the size; none at frequency 0. */
    private static double[] amplitudes(int rows, int cols, double slope) {
        int rowBands = rows / 2 + 1;
        int colBands = cols / 2 + 1;
        double[] table = new double[rowBands * colBands];
        for (int x = 0; x < colBands; x++) {
            for (int y = 0; y < rowBands; y++) {
                double frequency = Math.hypot((double) x / cols, (double) y / rows);
                table[x * rowBands + y] = frequency == 0 ? 0 : Math.pow(frequency, -slope);
            }
        }
        return table;
    }

    /** Two independent fields, each height x width, row-major, mean 0 and deviation 1 (all 0 for a single pixel). */
    float[][] pair(Draws draws) {
        double[][] re = new double[rows][cols];
        double[][] im = new double[rows][cols];
        int rowBands = rows / 2 + 1;
        double[][] column = {new double[rows], new double[rows]};
        for (int x = 0; x < cols; x++) {
            int band = Math.min(x, cols - x) * rowBands;
            for (int y = 0; y < rows; y++) {
                double amplitude = amplitudes[band + Math.min(y, rows - y)];
                column[0][y] = amplitude * draws.normal();
                column[1][y] = amplitude * draws.normal();
            }
            transform(column);
            for (int y = 0; y < height; y++) {
                re[y][x] = column[0][y];
                im[y][x] = column[1][y];
            }
        }
        for (int y = 0; y < height; y++) {
            transform(new double[][] {re[y], im[y]});
        }
        return new float[][] {cut(re), cut(im)};
    }

    private static void transform(double[][] line) {
        FastFourierTransformer.transformInPlace(line, DftNormalization.STANDARD, TransformType.FORWARD);
    }

    private float[] cut(double[][] field) {
        double sum = 0;
        double squares = 0;
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                sum += field[y][x];
                squares += field[y][x] * field[y][x];
            }
        }
        int count = height * width;
        double mean = sum / count;
        double variance = squares / count - mean * mean;
        double gain = count > 1 && variance > 0 ? 1 / Math.sqrt(variance) : 0;
        float[] cut = new float[count];
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                cut[y * width + x] = (float) ((field[y][x] - mean) * gain);
            }
        }
        return cut;
    }
}
