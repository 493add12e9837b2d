package lathe.engine.graph;

/**
 * What a BatchNormalization that was folded away says of its output: per channel (axis 1), the mean is its shift
 * beta, the standard deviation the magnitude of its scale gamma.
 *
 * @param mean one number a channel
 * @param deviation one number a channel, not negative
 */
public record ChannelStatistics(float[] mean, float[] deviation) {

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
