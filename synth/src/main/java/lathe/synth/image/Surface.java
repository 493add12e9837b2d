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

    /** @param size half the length of the leaf, in pixels */
    static Surface draw(Draws draws, Textures textures, Leaf leaf, double size, boolean textured) {
        double direction = draws.uniform(0, 2 * Math.PI);
        double strength = draws.uniform(0, STRONGEST_SHADING) / size;
        double slopeX = strength * Math.cos(direction);
        double slopeY = strength * Math.sin(direction);
        double start = -slopeX * leaf.centreX() - slopeY * leaf.centreY();
        return new Surface(start, slopeX, slopeY, textured ? pattern(draws, textures) : (x, y) -> 0);
    }

    private static Pattern pattern(Draws draws, Textures textures) {
        return switch (draws.below(3)) {
            case 0 -> pink(textures.pick(draws), (float) draws.uniform(0.04, 0.2));
            case 1 -> grating(draws, false);
            default -> grating(draws, true);
        };
    }

    private static Pattern pink(Textures.Texture texture, float amplitude) {
        return (x, y) -> amplitude * texture.at(x, y);
    }

    private static Pattern grating(Draws draws, boolean square) {
        double frequency = 2 * Math.PI / draws.logUniform(2.5, 32);
        double direction = draws.uniform(0, Math.PI);
        double fx = frequency * Math.cos(direction);
        double fy = frequency * Math.sin(direction);
        double phase = draws.uniform(0, 2 * Math.PI);
        float amplitude = (float) draws.uniform(0.04, 0.25);
        if (square) {
            double turn = 1 / (2 * Math.PI);
            double tx = fx * turn;
            double ty = fy * turn;
            double t0 = phase * turn;
            return (x, y) -> {
                double cycles = tx * x + ty * y + t0;
                return cycles - Math.floor(cycles) < 0.5 ? amplitude : -amplitude;
            };
        }
        return (x, y) -> amplitude * (float) Math.sin(fx * x + fy * y + phase);
    }

    /** Writes the brightness of pixels {@code from} to {@code to - 1} of row {@code y} to the same places of a row. */
    void rowInto(int y, int from, int to, float[] row) {
        double shade = start + slopeY * y;
        for (int x = from; x < to; x++) {
            row[x] = (float) (shade + slopeX * x) + texture.at(x, y);
        }
    }
}
