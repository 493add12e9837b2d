package lathe.synth.statistics;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.OptionalLong;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Value;
import lathe.engine.pipeline.StatisticsSource;
import lathe.synth.input.Feeds;
import lathe.synth.network.Tensor;

/**
 * Statistics under samples that are given, real images say: what the same solver would see of someone who has data.
 * Layers are measured under the samples as they are; changed graphs are judged re-centred, as under synthetic ones. Not
 * shipped: for tests and benchmarks, to measure what having no data costs.
 */
public final class CalibrationSource {

    private CalibrationSource() {}

    /**
     * Statistics under these samples.
     *
     * @param samples for every required input, as many along the first axis of each; not copied
     * @param threads runs of the network at once
     * @param seed decides which positions of a layer are looked at
     * @throws IllegalArgumentException if the inputs have different numbers of samples, or there is none
     */
    public static StatisticsSource of(Map<String, Tensor> samples, int threads, long seed) {
        List<Long> counts = samples.values().stream()
                .map(tensor -> tensor.dims()[0])
                .distinct()
                .toList();
        if (counts.size() != 1 || counts.get(0) < 1) {
            throw new IllegalArgumentException("numbers of samples: %s".formatted(counts));
        }
        int count = Math.toIntExact(counts.get(0));
        return graph -> new SeparateJudge(
                NetworkMeasurement.of(
                        Batching.of(graph, g -> new Samples(g, samples, count), List.of()),
                        List.of("%d given samples".formatted(count)),
                        threads,
                        seed),
                () -> NetworkMeasurement.open(graph, g -> new Samples(g, samples, count), threads, seed));
    }

    /** Cuts batches out of tensors; behind the last sample comes the first one again. */
    private record Samples(Graph graph, Map<String, Tensor> tensors, int count) implements Feeds {

        @Override
        public OptionalInt fixedBatch() {
            for (Value input : graph.requiredInputs()) {
                OptionalLong extent = input.dims().orElseThrow().get(0).extent();
                if (extent.isPresent()) {
                    return OptionalInt.of(Math.toIntExact(extent.getAsLong()));
                }
            }
            return OptionalInt.empty();
        }

        @Override
        public Map<String, Tensor> batch(int from, int size) {
            Map<String, Tensor> batch = new HashMap<>();
            tensors.forEach((name, all) -> {
                int length = all.size() / count;
                float[] values = new float[size * length];
                for (int i = 0; i < size; i++) {
                    all.values().get(all.values().position() + (from + i) % count * length, values, i * length, length);
                }
                long[] dims = all.dims().clone();
                dims[0] = size;
                batch.put(name, Tensor.of(values, dims));
            });
            return batch;
        }

        @Override
        public List<String> assumptions() {
            return List.of("%d given samples".formatted(count));
        }
    }
}
