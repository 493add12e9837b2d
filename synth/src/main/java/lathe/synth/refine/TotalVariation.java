package lathe.synth.refine;

/**
 * The total variation of an image, the sum of |difference| over all pairs of horizontal and vertical neighbours, as a prior
 * against noise that only a network sees: Mahendran and Vedaldi, arXiv 1412.0035, section 2.1, with exponent 1 and
 * each direction by itself.
 *
 * @param channels planes of an image
 */
record TotalVariation(int channels, int height, int width) {

    /** Adds {@code weight} times the subgradient; image and gradient are channels x height x width. */
    void addGradient(float[] image, float[] gradient, float weight) {
        for (int row = 0; row < channels * height; row++) {
            boolean lastOfPlane = row % height == height - 1;
            for (int column = 0; column < width; column++) {
                int i = row * width + column;
                if (column + 1 < width) {
                    push(image, gradient, i, i + 1, weight);
                }
                if (!lastOfPlane) {
                    push(image, gradient, i, i + width, weight);
                }
            }
        }
    }

    private static void push(float[] image, float[] gradient, int i, int j, float weight) {
        float sign = Math.signum(image[i] - image[j]);
        gradient[i] += weight * sign;
        gradient[j] -= weight * sign;
    }
}
