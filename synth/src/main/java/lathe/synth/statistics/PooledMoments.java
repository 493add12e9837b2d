package lathe.synth.statistics;

import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;

/**
 * Means and variances of a value's channels over all samples, from those of chunks of samples. Thread-safe; the result
 * does not depend on the order in which chunks come.
 */
final class PooledMoments {

    private final Map<Integer, Part> means = new ConcurrentSkipListMap<>();
    private final Map<Integer, Part> variances = new ConcurrentSkipListMap<>();

    private record Part(int samples, float[] channels) {}

    /** Takes in the means of a chunk's channels. */
    Sink means() {
        return (chunk, tensor) -> means.put(chunk.index(), new Part(chunk.count(), tensor.floats()));
    }

    /** Takes in the variances of a chunk's channels. */
    Sink variances() {
        return (chunk, tensor) -> variances.put(chunk.index(), new Part(chunk.count(), tensor.floats()));
    }

    /**
     * The moments over all chunks.
     *
     * @param offset what the means that came in lack, one value per channel
     */
    ChannelMoments moments(float[] offset) {
        double[] mean = new double[offset.length];
        double[] square = new double[offset.length];
        long samples = means.values().stream().mapToLong(Part::samples).sum();
        means.forEach((chunk, part) -> {
            double share = (double) part.samples() / samples;
            float[] variance = variances.get(chunk).channels();
            for (int c = 0; c < mean.length; c++) {
                double m = part.channels()[c];
                mean[c] += share * m;
                square[c] += share * (variance[c] + m * m);
            }
        });
        double[] variance = new double[offset.length];
        for (int c = 0; c < mean.length; c++) {
            variance[c] = square[c] - mean[c] * mean[c];
            mean[c] += offset[c];
        }
        return new ChannelMoments(mean, variance);
    }
}
