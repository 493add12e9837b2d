package lathe.synth.image;

/**
 * The brightness of a leaf relative to its colour: linear shading across it, plus a texture or none. Immutable.
 *
 * @param start shading at pixel (0, 0)
 * @param slopeX shading per pixel to the right
 * @param slopeY shading per pixel down
 * @param texture its deviation from the shading
 */
record Surface(double start, double slopeX, double slopeY, Pattern texture) {

    private static final double STRONGEST_SHADING = 0.25;

    /** A texture by pixel. */
    interface Pattern {
        float at(int x, int y);
    }

    /**
     * A random one.
     *
     * @param size half the length of the leaf, in pixels as drawn
     * @param pixel side of a pixel of the finished image, in pixels as drawn
     */
    static Surface draw(Draws draws, Textures textures, Leaf leaf, double size, int pixel, boolean textured) {
        double direction = draws.uniform(0, 2 * Math.PI);
        double strength = draws.uniform(0, STRONGEST_SHADING) / size;
        double slopeX = strength * Math.cos(direction);
        double slopeY = strength * Math.sin(direction);
        double start = -slopeX * leaf.centreX() - slopeY * leaf.centreY();
        return new Surface(start, slopeX, slopeY, textured ? pattern(draws, textures, pixel) : (x, y) -> 0);
    }

    private static Pattern pattern(Draws draws, Textures textures, int pixel) {
        return switch (draws.below(3)) {
            case 0 -> pink(textures.pick(draws), (float) draws.uniform(0.04, 0.2));
            case 1 -> grating(draws, pixel, false);
            default -> grating(draws, pixel, true);
        };
    }

    private static Pattern pink(Textures.Texture texture, float amplitude) {
        return (x, y) -> amplitude * texture.at(x, y);
    }

    private static Pattern grating(Draws draws, int pixel, boolean square) {
        double frequency = 1 / draws.logUniform(2.5 * pixel, 32);
        double direction = draws.uniform(0, Math.PI);
        double cyclesX = frequency * Math.cos(direction);
        double cyclesY = frequency * Math.sin(direction);
        double phase = draws.uniform(0, 1);
        float amplitude = (float) draws.uniform(0.04, 0.25);
        if (square) {
            return (x, y) -> {
                double cycles = cyclesX * x + cyclesY * y + phase;
                return cycles - Math.floor(cycles) < 0.5 ? amplitude : -amplitude;
            };
        }
        return (x, y) -> amplitude * (float) Math.sin(2 * Math.PI * (cyclesX * x + cyclesY * y + phase));
    }

    /** Writes the brightness of pixels {@code from} to {@code to - 1} of row {@code y} to the same places of a row. */
    void rowInto(int y, int from, int to, float[] row) {
        double shade = start + slopeY * y;
        for (int x = from; x < to; x++) {
            row[x] = (float) (shade + slopeX * x) + texture.at(x, y);
        }
    }
}
