package lathe.synth.image;

import java.util.Arrays;

/**
 * Dead leaves: opaque discs and turned rectangles that hide each other, painted front to back until nothing is free
 * (Lee, Mumford and Huang, 2001; as training images: Baradad et al., 2021). Radii have density r^-3 between 3 and 60 %
 * of the side, colours scatter around one base colour, a little pink texture and a slight blur finish it.
 */
record DeadLeaves(Frame frame, Textures textures) implements Family {

    private static final double SMALLEST = 0.03;
    private static final double LARGEST = 0.6;
    private static final int MOST_LEAVES = 8_000;

    @Override
    public float[] draw(Draws draws) {
        float[] picture = new float[frame.elements()];
        float[] base = Palette.colour(draws, frame.channels(), 0.2, 0.8, 0.08);
        double scatter = draws.uniform(0.12, 0.28);
        double smallest = Math.max(frame.pixel(), SMALLEST * frame.side());
        double largest = Math.max(2 * frame.pixel(), LARGEST * frame.side());
        Canvas canvas = new Canvas(frame.height(), frame.width());
        for (int i = 0; i < MOST_LEAVES && !canvas.full(); i++) {
            Leaf leaf = leaf(draws, draws.inverseCubeSize(smallest, largest));
            float[] colour = Palette.near(draws, base, scatter);
            canvas.cover(leaf, (y, from, to) -> fill(picture, colour, y, from, to));
        }
        canvas.coverRest((y, from, to) -> fill(picture, base, y, from, to));
        addTexture(picture, textures.pick(draws), (float) draws.uniform(0.01, 0.05));
        Blur blur = frame.blur(draws.uniform(0.6, 1));
        for (int channel = 0; channel < frame.channels(); channel++) {
            blur.applyTo(picture, channel * frame.plane(), frame.height(), frame.width());
        }
        return picture;
    }

    private Leaf leaf(Draws draws, double radius) {
        double x = draws.uniform(-radius, frame.width() + radius);
        double y = draws.uniform(-radius, frame.height() + radius);
        if (draws.chance(0.5)) {
            return Leaf.ellipse(x, y, radius, radius, 0);
        }
        // Half-sides a and b with a*a + b*b = r*r: the rectangle fits the disc, from square to 1 : 5.
        double corner = draws.uniform(0.2, Math.PI / 4);
        double angle = draws.uniform(0, Math.PI);
        return Leaf.rectangle(x, y, radius * Math.cos(corner), radius * Math.sin(corner), angle);
    }

    private void fill(float[] picture, float[] colour, int y, int from, int to) {
        for (int channel = 0; channel < colour.length; channel++) {
            int row = channel * frame.plane() + y * frame.width();
            Arrays.fill(picture, row + from, row + to, colour[channel]);
        }
    }

    private void addTexture(float[] picture, Textures.Texture texture, float amplitude) {
        for (int y = 0; y < frame.height(); y++) {
            for (int x = 0; x < frame.width(); x++) {
                float added = amplitude * texture.at(x, y);
                for (int at = y * frame.width() + x; at < picture.length; at += frame.plane()) {
                    picture[at] += added;
                }
            }
        }
    }
}
