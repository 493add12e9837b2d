package lathe.engine.graph;

/**
 * What a BatchNormalization that was folded away says of its output: the mean and the deviation that each channel
 * (axis 1) had in training. With scale γ, shift β, running variance σ² and ε as the node has them, the input (x - μ) /
 * sqrt(σ² + ε) had mean 0 and deviation sqrt(σ² / (σ² + ε)), so the output had mean β and deviation |γ| sqrt(σ² / (σ² +
 * ε)): |γ| for most channels, less for those that hardly vary, and 0 for those that never did. The arrays are not
 * copied and must not change.
 *
 * @param mean β, one value per channel
 * @param deviation |γ| sqrt(σ² / (σ² + ε)), one value per channel, not negative
 */
public record ChannelStatistics(float[] mean, float[] deviation) {

    /** @throws IllegalArgumentException if the arrays differ in length */
    public ChannelStatistics {
        if (mean.length != deviation.length) {
            throw new IllegalArgumentException(
                    "%d channel means, %d deviations".formatted(mean.length, deviation.length));
        }
    }

    /** Number of channels. */
    public int channels() {
        return mean.length;
    }
}
