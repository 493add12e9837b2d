package lathe.synth.statistics;

import lathe.engine.graph.ChannelStatistics;

/**
 * A correction of a value's channels: {@code y[c] * scale[c] + shift[c]}.
 *
 * @param scale one factor a channel
 * @param shift one number a channel
 */
record ChannelAffine(float[] scale, float[] shift) {

    /** Variances below this part of the wanted one are taken for rounding noise and not blown up any further. */
    private static final double LEAST_RELATIVE_VARIANCE = 1e-8;

    /** The correction that takes a number off each channel. */
    static ChannelAffine less(float[] mean) {
        float[] scale = new float[mean.length];
        float[] shift = new float[mean.length];
        for (int c = 0; c < mean.length; c++) {
            scale[c] = 1;
            shift[c] = -mean[c];
        }
        return new ChannelAffine(scale, shift);
    }

    /** The least variance of each channel that is divided by. */
    static float[] varianceFloor(ChannelStatistics wanted) {
        float[] floor = new float[wanted.channels()];
        for (int c = 0; c < floor.length; c++) {
            double variance = (double) wanted.deviation()[c] * wanted.deviation()[c];
            floor[c] = (float) (LEAST_RELATIVE_VARIANCE * variance + 1e-20);
        }
        return floor;
    }

    /**
     * What brings a value with these statistics to the wanted ones. A channel whose statistics are not finite stays as
     * it is.
     *
     * @param mean of each channel
     * @param variance of each channel
     */
    static ChannelAffine between(double[] mean, double[] variance, ChannelStatistics wanted) {
        float[] scale = new float[mean.length];
        float[] shift = new float[mean.length];
        float[] floor = varianceFloor(wanted);
        for (int c = 0; c < mean.length; c++) {
            double factor = wanted.deviation()[c] / Math.sqrt(Math.max(variance[c], floor[c]));
            double offset = wanted.mean()[c] - factor * mean[c];
            boolean finite = Double.isFinite(factor) && Double.isFinite(offset);
            scale[c] = finite ? (float) factor : 1;
            shift[c] = finite ? (float) offset : 0;
        }
        return new ChannelAffine(scale, shift);
    }
}
