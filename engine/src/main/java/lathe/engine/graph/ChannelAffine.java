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

    /** @throws IllegalArgumentException if the arrays differ in length */
    public ChannelAffine {
        if (scale.length != shift.length) {
            throw new IllegalArgumentException("%d channel scales, %d shifts".formatted(scale.length, shift.length));
        }
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
