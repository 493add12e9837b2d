package lathe.engine.graph;

/**
 * What was measured of the channels of a value.
 *
 * @param moments mean and deviation of each channel
 * @param samples numbers of each channel that were measured
 */
public record MeasuredChannels(ChannelStatistics moments, long samples) {

    /** The mean of a channel. */
    public float mean(int channel) {
        return moments.mean()[channel];
    }

    /** The deviation of a channel. */
    public float deviation(int channel) {
        return moments.deviation()[channel];
    }
}
