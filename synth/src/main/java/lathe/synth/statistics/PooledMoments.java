package lathe.synth.statistics;

import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import lathe.engine.graph.ChannelStatistics;

/**
 * Means and variances of a value's channels over all samples, from those of chunks of samples. Thread-safe; the result
 * does not depend on the order in which chunks come.
 */
final class PooledMoments {

    private final Map<Integer, Moments> means = new ConcurrentSkipListMap<>();
    private final Map<Integer, Moments> variances = new ConcurrentSkipListMap<>();

    private record Moments(int samples, float[] channels) {}

    /** Takes in the means of a chunk's channels. */
    Sink means() {
        return (chunk, tensor) -> means.put(chunk.index(), new Moments(chunk.count(), tensor.floats()));
    }

    /** Takes in the variances of a chunk's channels. */
    Sink variances() {
        return (chunk, tensor) -> variances.put(chunk.index(), new Moments(chunk.count(), tensor.floats()));
    }

    /**
     * What brings the value to the wanted statistics.
     *
     * @param offset what the means that came in lack, one number a channel
     */
    ChannelAffine correction(ChannelStatistics wanted, float[] offset) {
        double[] mean = new double[offset.length];
        double[] square = new double[offset.length];
        long samples = means.values().stream().mapToLong(Moments::samples).sum();
        means.forEach((chunk, moments) -> {
            double share = (double) moments.samples() / samples;
            float[] variance = variances.get(chunk).channels();
            for (int c = 0; c < mean.length; c++) {
                double m = moments.channels()[c];
                mean[c] += share * m;
                square[c] += share * (variance[c] + m * m);
            }
        });
        double[] variance = new double[offset.length];
        for (int c = 0; c < mean.length; c++) {
            variance[c] = square[c] - mean[c] * mean[c];
            mean[c] += offset[c];
        }
        return ChannelAffine.between(mean, variance, wanted);
    }
}
