package lathe.synth.image;

/** Colours of any number of channels. Channels go together, as in photographs: one brightness, smaller tints. */
final class Palette {

    private Palette() {}

    /** A brightness between two bounds, each channel off it by a tint of the given deviation. */
    static float[] colour(Draws draws, int channels, double low, double high, double tint) {
        double brightness = draws.uniform(low, high);
        float[] colour = new float[channels];
        for (int channel = 0; channel < channels; channel++) {
            colour[channel] = inRange(brightness + (channels == 1 ? 0 : tint * draws.normal()));
        }
        return colour;
    }

    /** A colour around another: brightness scatters by the given deviation, each channel by a good third of it on top. */
    static float[] near(Draws draws, float[] base, double scatter) {
        double brightness = scatter * draws.normal();
        float[] colour = new float[base.length];
        for (int channel = 0; channel < base.length; channel++) {
            double tint = base.length == 1 ? 0 : 0.35 * scatter * draws.normal();
            colour[channel] = inRange(base[channel] + brightness + tint);
        }
        return colour;
    }

    private static float inRange(double value) {
        return (float) Math.min(Math.max(value, 0), 1);
    }
}
