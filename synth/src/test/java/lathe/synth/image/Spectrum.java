package lathe.synth.image;

/** A slow, plain look at the amplitude spectrum of square pictures. */
final class Spectrum {

    private Spectrum() {}

    /**
     * The slope of log mean amplitude over log frequency, between 3 and a third of {@code side} cycles a picture.
     *
     * @param planes square pictures, side x side; their power is averaged
     */
    static double slope(int side, float[]... planes) {
        int bands = side / 3;
        double[] power = new double[bands + 1];
        int[] count = new int[bands + 1];
        for (float[] plane : planes) {
            double[][] spectrum = transform(side, plane);
            for (int i = 0; i < side * side; i++) {
                int fy = Math.min(i / side, side - i / side);
                int fx = Math.min(i % side, side - i % side);
                int band = (int) Math.round(Math.hypot(fx, fy));
                if (band <= bands) {
                    power[band] += spectrum[0][i] * spectrum[0][i] + spectrum[1][i] * spectrum[1][i];
                    count[band]++;
                }
            }
        }
        double sx = 0;
        double sy = 0;
        double sxx = 0;
        double sxy = 0;
        int n = 0;
        for (int band = 3; band <= bands; band++, n++) {
            double x = Math.log(band);
            double y = 0.5 * Math.log(power[band] / count[band]);
            sx += x;
            sy += y;
            sxx += x * x;
            sxy += x * y;
        }
        return (n * sxy - sx * sy) / (n * sxx - sx * sx);
    }

    /** Real and imaginary parts, of the plane less its mean under a Hann window; rows first, then columns. */
    private static double[][] transform(int side, float[] plane) {
        double mean = 0;
        for (float value : plane) {
            mean += value / plane.length;
        }
        double[] re = new double[side * side];
        double[] im = new double[side * side];
        for (int i = 0; i < re.length; i++) {
            re[i] = (plane[i] - mean) * hann(i / side, side) * hann(i % side, side);
        }
        for (int line = 0; line < side; line++) {
            transformLine(re, im, line * side, 1, side);
        }
        for (int line = 0; line < side; line++) {
            transformLine(re, im, line, side, side);
        }
        return new double[][] {re, im};
    }

    private static double hann(int at, int side) {
        return 0.5 - 0.5 * Math.cos(2 * Math.PI * (at + 0.5) / side);
    }

    private static void transformLine(double[] re, double[] im, int start, int step, int side) {
        double[] cos = new double[side];
        double[] sin = new double[side];
        double[] lineRe = new double[side];
        double[] lineIm = new double[side];
        for (int i = 0; i < side; i++) {
            cos[i] = Math.cos(2 * Math.PI * i / side);
            sin[i] = Math.sin(2 * Math.PI * i / side);
            lineRe[i] = re[start + i * step];
            lineIm[i] = im[start + i * step];
        }
        for (int k = 0; k < side; k++) {
            double sumRe = 0;
            double sumIm = 0;
            for (int i = 0; i < side; i++) {
                int turn = k * i % side;
                sumRe += lineRe[i] * cos[turn] + lineIm[i] * sin[turn];
                sumIm += lineIm[i] * cos[turn] - lineRe[i] * sin[turn];
            }
            re[start + k * step] = sumRe;
            im[start + k * step] = sumIm;
        }
    }
}
