package lathe.synth.image;

/**
 * Images drawn larger and shrunk, each pixel the mean of a square: what small photographs are, and smooth edges where a
 * leaf is no larger than a few pixels.
 *
 * @param larger draws images of {@code factor} times the height and width
 * @param frame the size after shrinking
 * @param factor at least 1
 */
record Shrunk(Family larger, Frame frame, int factor) implements Family {

    /** How much larger images of a size are best drawn: some 128 pixels a side. */
    static int factorFor(Frame frame) {
        return frame.side() < 64 ? 4 : frame.side() < 128 ? 2 : 1;
    }

    @Override
    public float[] draw(Draws draws) {
        float[] large = larger.draw(draws);
        if (factor == 1) {
            return large;
        }
        float[] small = new float[frame.elements()];
        float weight = 1f / (factor * factor);
        int width = frame.width() * factor;
        for (int i = 0; i < large.length; i++) {
            int row = i / width / factor;
            int column = i % width / factor;
            small[row * frame.width() + column] += weight * large[i];
        }
        return small;
    }
}
