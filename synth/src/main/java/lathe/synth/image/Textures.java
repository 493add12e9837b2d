package lathe.synth.image;

import java.util.ArrayList;
import java.util.List;

/**
 * A stock of pink textures of slopes 0.6 to 1.8, made once per seed and shared by all its images, which take them at
 * random offsets. Each is a square tile, mean 0 and deviation 1, that continues into itself. Immutable; making it takes
 * six transforms of at most 256 x 256, holding it 3 MB.
 */
final class Textures {

    private static final double[] SLOPES = {0.6, 0.84, 1.08, 1.32, 1.56, 1.8};
    private static final int SMALLEST_SIDE = 32;
    private static final int LARGEST_SIDE = 256;

    private final int side;
    private final List<float[]> tiles;

    Textures(long seed, int height, int width) {
        int wanted = Math.min(Math.max(Math.max(height, width), SMALLEST_SIDE), LARGEST_SIDE);
        this.side = Integer.highestOneBit(2 * wanted - 1);
        List<float[]> made = new ArrayList<>();
        Draws draws = Draws.of(seed, -1);
        for (double slope : SLOPES) {
            made.addAll(List.of(PinkField.tile(side, slope).pair(draws)));
        }
        this.tiles = List.copyOf(made);
    }

    /** One of the tiles, at an offset. */
    Texture pick(Draws draws) {
        return new Texture(tiles.get(draws.below(tiles.size())), side, draws.below(side), draws.below(side));
    }

    /** A tile laid over the whole plane. */
    record Texture(float[] tile, int side, int offsetX, int offsetY) {
        float at(int x, int y) {
            return tile[((y + offsetY) & (side - 1)) * side + ((x + offsetX) & (side - 1))];
        }
    }
}
