package lathe.synth.statistics;

import lathe.engine.graph.ChannelAffine;
import lathe.engine.graph.ChannelStatistics;

/**
 * The statistics that a value's channels have under some inputs.
 *
 * @param mean one number a channel
 * @param variance one number a channel
 */
record ChannelMoments(double[] mean, double[] variance) {

    /** Variances below this part of the wanted one are taken for rounding noise and not blown up any further. */
    private static final double LEAST_RELATIVE_VARIANCE = 1e-8;

    /** The least variance of each channel that is divided by. */
    static float[] varianceFloor(ChannelStatistics wanted) {
        float[] floor = new float[wanted.channels()];
        for (int c = 0; c < floor.length; c++) {
            double variance = (double) wanted.deviation()[c] * wanted.deviation()[c];
            floor[c] = (float) (LEAST_RELATIVE_VARIANCE * variance + 1e-20);
        }
        return floor;
    }

    /** What brings the value to the wanted statistics. A channel whose statistics are not finite stays as it is. */
    ChannelAffine correction(ChannelStatistics wanted) {
        ChannelAffine correction = ChannelAffine.identity(mean.length);
        float[] floor = varianceFloor(wanted);
        for (int c = 0; c < mean.length; c++) {
            double deviation = Math.sqrt(Math.max(variance[c], floor[c]));
            set(correction, c, wanted.deviation()[c] / deviation, mean[c], wanted.mean()[c]);
        }
        return correction;
    }

    /**
     * What brings the value to the moments of another. With the corrections y -> a y + b of both to the same wanted
     * statistics, a' and b' those of the other, this is y -> (a / a') y + (b - b') / a'. A channel that hardly varies
     * in one of them, or was constant in training, stays as it is.
     */
    ChannelAffine correction(ChannelMoments other, ChannelStatistics wanted) {
        ChannelAffine correction = ChannelAffine.identity(mean.length);
        float[] floor = varianceFloor(wanted);
        for (int c = 0; c < mean.length; c++) {
            boolean varies = Math.min(variance[c], other.variance[c]) > floor[c];
            if (varies && wanted.deviation()[c] > 0) {
                set(correction, c, Math.sqrt(other.variance[c] / variance[c]), mean[c], other.mean[c]);
            }
        }
        return correction;
    }

    private static void set(ChannelAffine correction, int channel, double factor, double from, double to) {
        double offset = to - factor * from;
        if (Double.isFinite(factor) && Double.isFinite(offset)) {
            correction.scale()[channel] = factor;
            correction.shift()[channel] = offset;
        }
    }
}
