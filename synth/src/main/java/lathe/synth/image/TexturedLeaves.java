package lathe.synth.image;

/**
 * Leaves with a surface: ellipses, rectangles and rhombi of many sizes, front to back, each with its own colour and
 * linear shading and, in 60 %, a texture: pink noise of slope 0.6 to 1.8, a sine grating or a square one. The smallest
 * size and the blur differ from image to image, so that some are coarse and soft and others crowded and sharp.
 */
record TexturedLeaves(Frame frame, Textures textures) implements Family {

    private static final double TEXTURED = 0.6;
    private static final int MOST_LEAVES = 12_000;

    @Override
    public float[] draw(Draws draws) {
        float[] picture = new float[frame.elements()];
        double smallest = Math.max(frame.pixel(), draws.logUniform(0.015, 0.12) * frame.side());
        double largest = Math.max(2 * frame.pixel(), 0.6 * frame.side());
        float[] row = new float[frame.width()];
        Canvas canvas = new Canvas(frame.height(), frame.width());
        for (int i = 0; i < MOST_LEAVES && !canvas.full(); i++) {
            double size = draws.inverseCubeSize(smallest, largest);
            Leaf leaf = leaf(draws, size);
            canvas.cover(leaf, brush(picture, row, leaf, size, draws));
        }
        canvas.coverRest(brush(picture, row, Leaf.ellipse(0, 0, 1, 1, 0), frame.side(), draws));
        Blur blur = frame.blur(draws.uniform(0.2, 1.3));
        for (int channel = 0; channel < frame.channels(); channel++) {
            blur.applyTo(picture, channel * frame.plane(), frame.height(), frame.width());
        }
        return picture;
    }

    private Leaf leaf(Draws draws, double size) {
        double x = draws.uniform(-size, frame.width() + size);
        double y = draws.uniform(-size, frame.height() + size);
        double shorter = size * draws.uniform(0.3, 1);
        double angle = draws.uniform(0, Math.PI);
        return switch (draws.below(3)) {
            case 0 -> Leaf.ellipse(x, y, size, shorter, angle);
            case 1 -> Leaf.rectangle(x, y, size, shorter, angle);
            default -> Leaf.rhombus(x, y, size, shorter, angle);
        };
    }

    private Canvas.Brush brush(float[] picture, float[] row, Leaf leaf, double size, Draws draws) {
        float[] colour = Palette.colour(draws, frame.channels(), 0.05, 0.95, 0.1);
        Surface surface = Surface.draw(draws, textures, leaf, size, frame.pixel(), draws.chance(TEXTURED));
        return (y, from, to) -> {
            surface.rowInto(y, from, to, row);
            for (int channel = 0; channel < colour.length; channel++) {
                int start = channel * frame.plane() + y * frame.width();
                float base = colour[channel];
                for (int x = from; x < to; x++) {
                    picture[start + x] = base + row[x];
                }
            }
        };
    }
}
