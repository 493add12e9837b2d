package lathe.synth.image;

import java.util.List;

/**
 * An endless, numbered sequence of images that resemble photographs to a network: by turns dead leaves (Lee, Mumford
 * and Huang, 2001), leaves with shading and texture, and noise of amplitude 1/f. The idea that such images can stand in
 * for photographs is from Baradad et al., "Learning to see by looking at noise", 2021.
 *
 * <p>An image is a function of seed, number and size alone, so images can be made in any order and by any thread.
 * Immutable. A few milliseconds for 3 x 224 x 224; up to 3 MB are held for shared textures.
 */
public final class SyntheticImages implements Pictures {

    /** Kinds of structured images; as many in a row are one of each. */
    public static final int FAMILIES = 3;

    private final long seed;
    private final Frame frame;
    private final List<Family> families;

    private SyntheticImages(long seed, Frame frame, List<Family> families) {
        this.seed = seed;
        this.frame = frame;
        this.families = families;
    }

    /**
     * Structured images: number i is dead leaves, textured leaves or pink noise as i mod 3 is 0, 1 or 2.
     *
     * @param channels 1 for grey, 3 for colour, or any number of channels that go together
     * @param height in pixels
     * @param width in pixels
     * @throws IllegalArgumentException if a size is below 1 or an image does not fit one array
     */
    public static SyntheticImages of(long seed, int channels, int height, int width) {
        Frame frame = Frame.of(channels, height, width);
        int factor = Shrunk.factorFor(frame);
        Frame larger = frame.enlarged(factor);
        Textures textures = new Textures(seed, larger.height(), larger.width());
        return new SyntheticImages(
                seed,
                frame,
                List.of(
                        new Shrunk(new DeadLeaves(larger, textures), frame, factor),
                        new Shrunk(new TexturedLeaves(larger, textures), frame, factor),
                        new PinkNoise(frame)));
    }

    /** White noise of the same interface: mean 0.5, deviation 0.25, pixels and channels independent. */
    public static SyntheticImages noise(long seed, int channels, int height, int width) {
        Frame frame = Frame.of(channels, height, width);
        return new SyntheticImages(seed, frame, List.of(new WhiteNoise(frame)));
    }

    @Override
    public int channels() {
        return frame.channels();
    }

    @Override
    public int height() {
        return frame.height();
    }

    @Override
    public int width() {
        return frame.width();
    }

    /**
     * One image.
     *
     * @param index its number, from 0
     * @return a new array, channels x height x width, row-major, values in [0, 1]
     * @throws IllegalArgumentException if the number is negative
     */
    @Override
    public float[] image(int index) {
        if (index < 0) {
            throw new IllegalArgumentException("picture number %d is negative".formatted(index));
        }
        float[] picture = families.get(index % families.size()).draw(Draws.of(seed, index));
        for (int i = 0; i < picture.length; i++) {
            picture[i] = Math.min(Math.max(picture[i], 0f), 1f);
        }
        return picture;
    }
}
