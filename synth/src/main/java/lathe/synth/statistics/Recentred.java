package lathe.synth.statistics;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import lathe.engine.graph.ChannelStatistics;
import lathe.engine.graph.Graph;
import lathe.synth.network.Network;
import lathe.synth.network.NetworkOptions;
import lathe.synth.network.Tensor;

/**
 * The first run: finds the corrections that bring each value with known statistics to them, and builds them into the
 * graph.
 *
 * <p>The run takes all samples at once, or as many as keep it within about 600 MB; fewer samples than all make the
 * corrections a little less exact. A graph that takes only a fixed number of samples a run is run once for each of
 * these, and the statistics of the runs are averaged; then each run corrects what follows by its own statistics, not
 * by those of all, which is an approximation.
 *
 * @param graph with the corrections built in
 * @param corrected how many values are corrected
 * @param samples how many samples the statistics are from
 */
record Recentred(Graph graph, int corrected, int samples) {

    private static final long MEMORY = 600L << 20;

    /** Largest activations held at once in a run: what a layer reads, what it writes, and a copy in another layout. */
    private static final int LIVE = 3;

    /** Runs the graph once; a graph without known statistics comes back as it is. */
    static Recentred of(Batching batching) {
        Feeds feeds = batching.feeds();
        Map<String, Integer> ranks = new LinkedHashMap<>();
        long largest = 1;
        for (Map.Entry<String, long[]> shape : batching.shapes().entrySet()) {
            long[] dims = shape.getValue();
            ChannelStatistics wanted = batching.graph().statistics().get(shape.getKey());
            if (wanted != null && dims.length >= 2 && dims[1] == wanted.channels()) {
                ranks.put(shape.getKey(), dims.length);
                largest = Math.max(largest, Tensor.elements(dims) * Float.BYTES);
            }
        }
        if (ranks.isEmpty()) {
            return new Recentred(batching.graph(), 0, 0);
        }
        Recentring.Instrumented instrumented = Recentring.instrument(batching.graph(), ranks);
        int atOnce = (int) Math.max(1, Math.min(feeds.count(), MEMORY / (LIVE * largest)));
        Map<String, ChannelMoments> moments = new LinkedHashMap<>();
        int runs = batching.free() ? 1 : batching.samples() / batching.unit();
        int samples = batching.free() ? atOnce : batching.unit();
        try (Network network = Network.of(instrumented.graph(), NetworkOptions.DEFAULT.withArena(false))) {
            for (int run = 0; run < runs; run++) {
                gather(network, feeds.batch(run * samples, samples), instrumented.measured(), moments);
            }
        }
        Map<String, ChannelAffine> corrections = new LinkedHashMap<>();
        for (String value : ranks.keySet()) {
            ChannelStatistics wanted = batching.graph().statistics().get(value);
            corrections.put(value, moments.get(value).correction(wanted));
        }
        Graph corrected = ChannelCorrection.apply(batching.graph(), corrections, ranks);
        return new Recentred(corrected, ranks.size(), runs * samples);
    }

    private static void gather(
            Network network,
            Map<String, Tensor> feeds,
            Map<String, Recentring.Measured> measured,
            Map<String, ChannelMoments> moments) {
        List<String> outputs = measured.values().stream()
                .flatMap(names -> List.of(names.mean(), names.variance()).stream())
                .toList();
        Map<String, Tensor> results = network.run(feeds, outputs);
        measured.forEach((value, names) -> moments.computeIfAbsent(value, v -> new ChannelMoments())
                .add(
                        results.get(names.mean()).floats(),
                        results.get(names.variance()).floats()));
    }

    /** Means and variances of a value's channels, over runs of equal size. */
    private static final class ChannelMoments {
        private double[] means = new double[0];
        private double[] squares = new double[0];
        private int runs;

        void add(float[] mean, float[] variance) {
            if (runs == 0) {
                means = new double[mean.length];
                squares = new double[mean.length];
            }
            runs++;
            for (int c = 0; c < mean.length; c++) {
                means[c] += mean[c];
                squares[c] += variance[c] + (double) mean[c] * mean[c];
            }
        }

        ChannelAffine correction(ChannelStatistics wanted) {
            double[] mean = Arrays.stream(means).map(sum -> sum / runs).toArray();
            double[] variance = new double[mean.length];
            for (int c = 0; c < mean.length; c++) {
                variance[c] = Math.max(0, squares[c] / runs - mean[c] * mean[c]);
            }
            return ChannelAffine.between(mean, variance, wanted);
        }
    }
}
