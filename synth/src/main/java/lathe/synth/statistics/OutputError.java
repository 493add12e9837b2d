package lathe.synth.statistics;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.BiFunction;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Value;
import lathe.synth.network.GraphSlice;
import lathe.synth.network.Network;
import lathe.synth.network.NetworkOptions;
import lathe.synth.network.Tensor;

/**
 * How far the outputs of changed graphs are from those of the original, both corrected alike, over all samples. The
 * original's outputs are computed once and kept where memory allows, else again for every changed graph. Not
 * thread-safe.
 */
final class OutputError {

    /** Bytes that outputs may well take. */
    static final long LARGEST_KEPT = 64L << 20;

    /** More samples a run are no faster: activations leave the cache. */
    private static final int CHUNK = 2;

    private final Recentred original;
    private final int threads;
    private final long largestKept;
    private final List<String> outputs;
    private final ChunkedRun samples;
    private Map<Integer, Map<String, Tensor>> kept = Map.of();

    /** @param largestKept bytes that the original's outputs may take to be kept */
    OutputError(Recentred original, int threads, long largestKept) {
        Batching batching = original.batching();
        this.original = original;
        this.threads = threads;
        this.largestKept = largestKept;
        this.outputs = batching.graph().outputs().stream()
                .map(Value::name)
                .filter(batching.shapes()::containsKey)
                .toList();
        this.samples = new ChunkedRun(batching.feeds(), batching.samples(), batching.free() ? CHUNK : batching.unit());
    }

    /** The mean of the relative errors of all outputs. */
    double of(Graph changed) {
        if (outputs.isEmpty()) {
            return 0;
        }
        try (Network network =
                load(original.applyTo(original.batching().with(changed).graph()))) {
            if (canKeep()) {
                if (kept.isEmpty()) {
                    kept = referenceOutputs();
                }
                return error(network, (chunk, batch) -> kept.get(chunk.index()));
            }
            try (Network reference = load(original.graph())) {
                return error(network, (chunk, batch) -> reference.run(batch, outputs));
            }
        }
    }

    private Network load(Graph graph) {
        return Network.of(GraphSlice.of(graph, outputs), NetworkOptions.DEFAULT);
    }

    private boolean canKeep() {
        Batching batching = original.batching();
        long elements = outputs.stream()
                .mapToLong(output -> Tensor.elements(batching.shapes().get(output)))
                .sum();
        return elements * batching.samples() / batching.unit() <= largestKept / Float.BYTES;
    }

    private Map<Integer, Map<String, Tensor>> referenceOutputs() {
        Map<Integer, Map<String, Tensor>> results = new ConcurrentHashMap<>();
        try (Network reference = load(original.graph())) {
            samples.run(threads, (chunk, batch) -> results.put(chunk.index(), reference.run(batch, outputs)));
        }
        return results;
    }

    private double error(Network network, BiFunction<Sink.Chunk, Map<String, Tensor>, Map<String, Tensor>> reference) {
        Map<String, Comparison> comparisons = new LinkedHashMap<>();
        outputs.forEach(output -> comparisons.put(output, new Comparison()));
        samples.run(threads, (chunk, batch) -> {
            Map<String, Tensor> wanted = reference.apply(chunk, batch);
            network.run(batch, outputs, (name, tensor) -> comparisons.get(name).add(chunk, wanted.get(name), tensor));
        });
        return comparisons.values().stream()
                .mapToDouble(Comparison::relativeError)
                .average()
                .orElse(0);
    }

    /** Energies of one output and of its error, chunk by chunk. Thread-safe. */
    static final class Comparison {

        private record Energy(double signal, double noise) {}

        private final Map<Integer, Energy> parts = new ConcurrentSkipListMap<>();

        /** An output of another size than wanted counts as 0 throughout. */
        void add(Sink.Chunk chunk, Tensor wanted, Tensor got) {
            float[] y = wanted.floats();
            float[] other = got.size() == y.length ? got.floats() : new float[y.length];
            double signal = 0;
            double noise = 0;
            for (int i = 0; i < y.length; i++) {
                if (Float.isFinite(y[i])) {
                    double difference = (double) y[i] - other[i];
                    signal += (double) y[i] * y[i];
                    noise += Float.isFinite(other[i]) ? difference * difference : Double.POSITIVE_INFINITY;
                }
            }
            parts.put(chunk.index(), new Energy(signal, noise));
        }

        /** Energy of the error by energy of the output; 1 where this output should be 0 throughout and is not. */
        double relativeError() {
            double signal = 0;
            double noise = 0;
            for (Energy part : parts.values()) {
                signal += part.signal();
                noise += part.noise();
            }
            return noise == 0 ? 0 : signal == 0 && Double.isFinite(noise) ? 1 : noise / signal;
        }
    }
}
