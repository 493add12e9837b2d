package lathe.synth.statistics;

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
 * <p>All samples go through in one run where that takes no more than about 400 MB. A larger network, and one that takes
 * only a fixed number of samples a run, is run on equal groups of samples, whose statistics are then pooled. Within a
 * group every value is corrected by the group's own statistics, so what follows sees inputs that differ from the pooled
 * correction's by the square of how much groups differ.
 *
 * @param graph with the corrections built in
 * @param corrected how many values are corrected
 */
record Recentred(Graph graph, int corrected) {

    /** One run may take this much, and two may run at once. */
    private static final long MEMORY = 400L << 20;

    private static final int RUNS_AT_ONCE = 2;

    /** Largest activations held at once: what an operator reads, what it writes, and its square. */
    private static final int LIVE = 3;

    /** Does the first run, on one or two threads; a graph without known statistics comes back as it is. */
    static Recentred of(Batching batching, int threads) {
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
            return new Recentred(batching.graph(), 0);
        }
        int group = batching.free() ? groupSize(batching.samples(), MEMORY / (LIVE * largest)) : batching.unit();
        Map<String, ChannelAffine> corrections = corrections(batching, ranks, group, Math.min(threads, RUNS_AT_ONCE));
        return new Recentred(ChannelCorrection.apply(batching.graph(), corrections, ranks), ranks.size());
    }

    /** The size of the fewest groups, as equal as can be, of no more than {@code most} samples. */
    private static int groupSize(int samples, long most) {
        int limit = (int) Math.max(1, Math.min(most, samples));
        int groups = (samples + limit - 1) / limit;
        return (samples + groups - 1) / groups;
    }

    /** Runs on values less the mean they had in training, near 0 that is, so that variances do not cancel. */
    private static Map<String, ChannelAffine> corrections(
            Batching batching, Map<String, Integer> ranks, int group, int threads) {
        Map<String, ChannelStatistics> known = batching.graph().statistics();
        Map<String, ChannelAffine> shifts = new LinkedHashMap<>();
        ranks.keySet()
                .forEach(value ->
                        shifts.put(value, ChannelAffine.less(known.get(value).mean())));
        Graph shifted = ChannelCorrection.apply(batching.graph(), shifts, ranks);
        Recentring.Instrumented instrumented = Recentring.instrument(shifted, known, ranks);

        Map<String, PooledMoments> moments = new LinkedHashMap<>();
        Map<String, List<Sink>> sinks = new LinkedHashMap<>();
        instrumented.measured().forEach((value, names) -> {
            PooledMoments pooled = new PooledMoments();
            moments.put(value, pooled);
            sinks.put(names.mean(), List.of(pooled.means()));
            sinks.put(names.variance(), List.of(pooled.variances()));
        });
        NetworkOptions options = NetworkOptions.DEFAULT.withOptimization(NetworkOptions.Optimization.EXTENDED);
        try (Network network = Network.of(instrumented.graph(), options)) {
            new ChunkedRun(network, batching.feeds(), batching.samples(), group, sinks, Map.of()).run(threads);
        }
        Map<String, ChannelAffine> corrections = new LinkedHashMap<>();
        moments.forEach((value, pooled) -> corrections.put(
                value, pooled.correction(known.get(value), known.get(value).mean())));
        return corrections;
    }
}
