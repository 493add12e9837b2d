package lathe.synth.statistics;

import lathe.engine.graph.ChannelAffine;
import lathe.engine.graph.ChannelStatistics;

/**
 * The statistics that a value's channels have under some inputs.
 *
 * @param mean one value per channel
 * @param variance one value per channel
 */
record ChannelMoments(double[] mean, double[] variance) {

    /** Variances below this part of the wanted one are taken for rounding noise and not blown up any further. */
    private static final double LEAST_RELATIVE_VARIANCE = 1e-8;

    /**
     * So are variances below this part of the squared distance from the wanted mean: they are differences of means of
     * squares of such distances, summed in single precision.
     */
    private static final double LEAST_VARIANCE_OF_SQUARE = 1e-4;

    /** The least variance of each channel that is divided by. */
    static float[] varianceFloor(ChannelStatistics wanted) {
        float[] floor = new float[wanted.channels()];
        for (int c = 0; c < floor.length; c++) {
            floor[c] = varianceFloor(wanted.deviation()[c]);
        }
        return floor;
    }

    private static float varianceFloor(double deviation) {
        return (float) (LEAST_RELATIVE_VARIANCE * deviation * deviation + 1e-20);
    }

    /** What brings the value to the wanted statistics. A channel whose statistics are not finite is not changed. */
    ChannelAffine correction(ChannelStatistics wanted) {
        ChannelAffine correction = ChannelAffine.identity(mean.length);
        for (int c = 0; c < mean.length; c++) {
            if (isFinite(c)) {
                double deviation = wanted.deviation()[c];
                double own = Math.sqrt(Math.max(variance[c], varianceFloor(deviation)));
                set(correction, c, deviation / own, mean[c], wanted.mean()[c]);
            }
        }
        return correction;
    }

    /**
     * What brings the value to the moments of another. With y -> a y + b what brings this value to the wanted
     * statistics, and y -> a' y + b' the other, that is y -> (a / a') y + (b - b') / a'. A channel that hardly varies
     * in one of them, was constant in training or has statistics that are not finite is not changed.
     */
    ChannelAffine correction(ChannelMoments other, ChannelStatistics wanted) {
        ChannelAffine correction = ChannelAffine.identity(mean.length);
        for (int c = 0; c < mean.length; c++) {
            if (wanted.deviation()[c] > 0 && varies(c, wanted) && other.varies(c, wanted)) {
                set(correction, c, Math.sqrt(other.variance[c] / variance[c]), mean[c], other.mean[c]);
            }
        }
        return correction;
    }

    private boolean varies(int channel, ChannelStatistics wanted) {
        double distance = mean[channel] - wanted.mean()[channel];
        double noise =
                Math.max(varianceFloor(wanted.deviation()[channel]), LEAST_VARIANCE_OF_SQUARE * distance * distance);
        return isFinite(channel) && variance[channel] > noise;
    }

    private boolean isFinite(int channel) {
        return Double.isFinite(mean[channel]) && Double.isFinite(variance[channel]);
    }

    private static void set(ChannelAffine correction, int channel, double factor, double from, double to) {
        double offset = to - factor * from;
        if (Double.isFinite(factor) && Double.isFinite(offset)) {
            correction.scale()[channel] = factor;
            correction.shift()[channel] = offset;
        }
    }
}
