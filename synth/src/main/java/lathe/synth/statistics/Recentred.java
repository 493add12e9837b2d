package lathe.synth.statistics;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import lathe.engine.graph.ChannelAffine;
import lathe.engine.graph.ChannelStatistics;
import lathe.engine.graph.Graph;
import lathe.synth.network.Network;
import lathe.synth.network.NetworkOptions;
import lathe.synth.network.Tensor;

/**
 * The first run: finds what moments the values with known statistics have, each under inputs that were brought to
 * theirs, and with that the corrections that bring it there too.
 *
 * <p>All samples go through in one run where that takes no more than about 400 MB. A larger network, and one that takes
 * only a fixed number of samples a run, is run on equal groups of samples, whose statistics are then pooled. Within a
 * group every value is corrected by the group's own statistics, so what follows sees inputs that differ from the pooled
 * correction's by the square of how much groups differ.
 *
 * @param batching the graph that was run, and its inputs
 * @param ranks number of axes of each value with known statistics
 * @param moments of each of these values before its own correction
 */
record Recentred(Batching batching, Map<String, Integer> ranks, Map<String, ChannelMoments> moments) {

    /** One run may take this much, and two may run at once. */
    private static final long MEMORY = 400L << 20;

    private static final int RUNS_AT_ONCE = 2;

    /** Largest activations held at once: what an operator reads, what it writes, and its square. */
    private static final int LIVE = 3;

    /** A graph whose values are left as they are. */
    static Recentred none(Batching batching) {
        return new Recentred(batching, Map.of(), Map.of());
    }

    /** Does the first run, on one or two threads; there is none for a graph without known statistics. */
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
            return none(batching);
        }
        int group = batching.free() ? groupSize(batching.samples(), MEMORY / (LIVE * largest)) : batching.unit();
        return new Recentred(batching, ranks, moments(batching, ranks, group, Math.min(threads, RUNS_AT_ONCE)));
    }

    /** How many values are corrected. */
    int corrected() {
        return ranks.size();
    }

    /** The graph with the corrections built in. */
    Graph graph() {
        return applyTo(batching.graph());
    }

    /** A graph with the same values, with these corrections built in. */
    Graph applyTo(Graph other) {
        if (moments.isEmpty()) {
            return other;
        }
        Map<String, ChannelStatistics> known = batching.graph().statistics();
        Map<String, ChannelAffine> corrections = new LinkedHashMap<>();
        moments.forEach((value, found) -> corrections.put(value, found.correction(known.get(value))));
        return ChannelCorrection.apply(other, corrections, ranks);
    }

    /** What brings each value of another graph, re-centred by itself, to the moments that it has here. */
    Map<String, ChannelAffine> drift(Recentred other) {
        Map<String, ChannelStatistics> known = batching.graph().statistics();
        Map<String, ChannelAffine> drift = new LinkedHashMap<>();
        other.moments.forEach(
                (value, found) -> drift.put(value, found.correction(moments.get(value), known.get(value))));
        return drift;
    }

    /** The size of the fewest groups, as equal as can be, of no more than {@code most} samples. */
    private static int groupSize(int samples, long most) {
        int limit = (int) Math.max(1, Math.min(most, samples));
        int groups = (samples + limit - 1) / limit;
        return (samples + groups - 1) / groups;
    }

    /** Runs on values less the mean they had in training, near 0 that is, so that variances do not cancel. */
    private static Map<String, ChannelMoments> moments(
            Batching batching, Map<String, Integer> ranks, int group, int threads) {
        Map<String, ChannelStatistics> known = batching.graph().statistics();
        Map<String, ChannelAffine> shifts = new LinkedHashMap<>();
        ranks.keySet().forEach(value -> shifts.put(value, lessMean(known.get(value))));
        Graph shifted = ChannelCorrection.apply(batching.graph(), shifts, ranks);
        Recentring.Instrumented instrumented = Recentring.instrument(shifted, known, ranks);

        Map<String, PooledMoments> pooled = new LinkedHashMap<>();
        Map<String, List<Sink>> sinks = new LinkedHashMap<>();
        instrumented.measured().forEach((value, names) -> {
            PooledMoments parts = new PooledMoments();
            pooled.put(value, parts);
            sinks.put(names.mean(), List.of(parts.means()));
            sinks.put(names.variance(), List.of(parts.variances()));
        });
        NetworkOptions options = NetworkOptions.DEFAULT.withOptimization(NetworkOptions.Optimization.EXTENDED);
        try (Network network = Network.of(instrumented.graph(), options)) {
            new ChunkedRun(batching.feeds(), batching.samples(), group)
                    .run(threads, new Gathering(network, sinks, Map.of()));
        }
        Map<String, ChannelMoments> moments = new LinkedHashMap<>();
        pooled.forEach((value, parts) ->
                moments.put(value, parts.moments(known.get(value).mean())));
        return moments;
    }

    private static ChannelAffine lessMean(ChannelStatistics known) {
        ChannelAffine map = ChannelAffine.identity(known.channels());
        for (int c = 0; c < known.channels(); c++) {
            map.shift()[c] = -known.mean()[c];
        }
        return map;
    }
}
