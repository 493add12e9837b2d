package lathe.engine.graph;

import java.util.Arrays;

/**
 * An affine map of the channels (axis 1) of a value: {@code y[c] * scale[c] + shift[c]}. The arrays are not copied and
 * must not change.
 *
 * @param scale one factor a channel
 * @param shift one value per channel, in the unit of the value
 */
public record ChannelAffine(double[] scale, double[] shift) {

    /** Factors beyond these say more of the inputs that they were measured with than of the layer. */
    private static final double SMALLEST_FACTOR = 0.45;

    private static final double LARGEST_FACTOR = 1.4;

    /** @throws IllegalArgumentException if the arrays differ in length */
    public ChannelAffine {
        if (scale.length != shift.length) {
            throw new IllegalArgumentException("%d channel scales, %d shifts".formatted(scale.length, shift.length));
        }
    }

    /** The factors, held between {@value #SMALLEST_FACTOR} and {@value #LARGEST_FACTOR}. */
    public double[] heldScale() {
        return Arrays.stream(scale)
                .map(factor -> Math.max(SMALLEST_FACTOR, Math.min(LARGEST_FACTOR, factor)))
                .toArray();
    }

    /** The map that changes nothing. */
    public static ChannelAffine identity(int channels) {
        double[] ones = new double[channels];
        Arrays.fill(ones, 1);
        return new ChannelAffine(ones, new double[channels]);
    }

    /** Number of channels. */
    public int channels() {
        return scale.length;
    }
}
