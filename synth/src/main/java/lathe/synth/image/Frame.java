package lathe.synth.image;

/**
 * The size of images.
 *
 * @param height in pixels, as the image is drawn
 * @param width in pixels, as the image is drawn
 * @param pixel side of what will be one pixel in the end, in pixels as drawn
 */
record Frame(int channels, int height, int width, int pixel) {

    Frame {
        if (channels < 1 || height < 1 || width < 1 || (long) channels * height * width > Integer.MAX_VALUE - 8) {
            throw new IllegalArgumentException(
                    "pictures of %d channels, %d x %d: each must be at least 1, and all fit one array"
                            .formatted(channels, height, width));
        }
    }

    static Frame of(int channels, int height, int width) {
        return new Frame(channels, height, width, 1);
    }

    /** The same image, drawn this many times larger. */
    Frame enlarged(int factor) {
        return new Frame(channels, height * factor, width * factor, pixel * factor);
    }

    int plane() {
        return height * width;
    }

    int elements() {
        return channels * height * width;
    }

    /** The length that sizes are relative to: the side of the square of equal area. */
    double side() {
        return Math.sqrt((double) height * width);
    }

    /**
     * A deviation of blur in pixels, stated for a side of 224. It grows with the root of the side: small images are
     * sharp per pixel, large ones soft.
     */
    Blur blur(double at224) {
        return new Blur(at224 * Math.sqrt(side() / 224));
    }
}
