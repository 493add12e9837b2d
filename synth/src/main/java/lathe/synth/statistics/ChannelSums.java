package lathe.synth.statistics;

import lathe.engine.graph.ChannelStatistics;
import lathe.engine.graph.UnsupportedModelException;
import lathe.synth.network.Tensor;

/** Means and deviations of a value's channels, axis 1, over batches. */
final class ChannelSums {
    /** A single channel counts no more than this, so that a few strange ones do not decide. */
    private static final double LARGEST_DISTANCE = 9;

    private double[] sum = new double[0];
    private double[] squares = new double[0];
    private long count;

    /** 0 before the first batch. */
    int channels() {
        return sum.length;
    }

    void add(Tensor tensor) {
        if (tensor.rank() < 2) {
            throw new UnsupportedModelException("a value without an axis of channels");
        }
        if (count == 0) {
            sum = new double[Math.toIntExact(tensor.dims()[1])];
            squares = new double[sum.length];
        }
        float[] values = tensor.floats();
        int space = (int) (values.length / tensor.dims()[0] / sum.length);
        for (int i = 0; i < values.length; i++) {
            int channel = i / space % sum.length;
            sum[channel] += values[i];
            squares[channel] += (double) values[i] * values[i];
        }
        count += values.length / sum.length;
    }

    /**
     * The mean over channels of the squared difference of means, in wanted deviations, plus the squared logarithm
     * of the ratio of deviations. Channels that hardly vary in training say nothing.
     */
    double distance(ChannelStatistics wanted) {
        if (wanted.channels() != sum.length) {
            throw new UnsupportedModelException("a value whose channels are not on axis 1");
        }
        double largest = 0;
        for (float deviation : wanted.deviation()) {
            largest = Math.max(largest, deviation);
        }
        double total = 0;
        int counted = 0;
        for (int c = 0; c < sum.length; c++) {
            double deviation = wanted.deviation()[c];
            if (deviation > 1e-3 * largest) {
                double shift = (mean(c) - wanted.mean()[c]) / deviation;
                double stretch = Math.log(deviation(c) / deviation + 1e-9);
                total += Math.min(LARGEST_DISTANCE, shift * shift + stretch * stretch);
                counted++;
            }
        }
        return counted == 0 ? Double.POSITIVE_INFINITY : total / counted;
    }

    double mean(int channel) {
        return sum[channel] / count;
    }

    double deviation(int channel) {
        double mean = mean(channel);
        return Math.sqrt(Math.max(0, squares[channel] / count - mean * mean));
    }
}
