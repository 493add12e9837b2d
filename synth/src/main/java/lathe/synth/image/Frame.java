package lathe.synth.image;

/** The size of the pictures, in channels and pixels. */
record Frame(int channels, int height, int width) {

    Frame {
        if (channels < 1 || height < 1 || width < 1 || (long) channels * height * width > Integer.MAX_VALUE - 8) {
            throw new IllegalArgumentException(
                    "pictures of %d channels, %d x %d: each must be at least 1, and all fit one array"
                            .formatted(channels, height, width));
        }
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
     * A deviation of blur in pixels, stated for a side of 224. It grows with the root of the side: small pictures are
     * sharp per pixel, large ones soft.
     */
    Blur blur(double at224) {
        return new Blur(at224 * Math.sqrt(side() / 224));
    }
}
