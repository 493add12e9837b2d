package lathe.synth.statistics;

import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.SplittableRandom;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Value;
import lathe.engine.tensor.ElementType;
import lathe.synth.input.Feeds;
import lathe.synth.network.Tensor;

/** Normal noise for every floating input of a graph with a batch axis, zeros for the rest. */
record NoiseFeeds(Graph graph, int count, int side) implements Feeds {

    static NoiseFeeds of(Graph graph, int count) {
        return new NoiseFeeds(graph, count, 12);
    }

    @Override
    public OptionalInt fixedBatch() {
        boolean fixed = graph.requiredInputs().stream()
                .filter(input -> batched().contains(input.name()))
                .anyMatch(input -> input.dims().orElseThrow().get(0).extent().isPresent());
        return fixed ? OptionalInt.of(1) : OptionalInt.empty();
    }

    private Set<String> batched() {
        Set<String> names = new LinkedHashSet<>();
        for (Value input : graph.requiredInputs()) {
            List<Value.Dim> dims = input.dims().orElseThrow();
            boolean several = dims.size() > 1 && dims.get(0).extent().orElse(1) == 1;
            if (several && input.type() != ElementType.INT64) {
                names.add(input.name());
            }
        }
        return names;
    }

    @Override
    public Map<String, Tensor> batch(int from, int count) {
        Map<String, Tensor> feeds = new HashMap<>();
        for (Value input : graph.requiredInputs()) {
            boolean batched = batched().contains(input.name());
            List<Value.Dim> axes = input.dims().orElseThrow();
            long[] dims = new long[axes.size()];
            for (int axis = 0; axis < dims.length; axis++) {
                dims[axis] =
                        axis == 0 && batched ? count : axes.get(axis).extent().orElse(side);
            }
            float[] values = new float[(int) Tensor.elements(dims)];
            if (!batched && input.type() == ElementType.FLOAT) {
                SplittableRandom random = new SplittableRandom(from);
                for (int i = 0; i < values.length; i++) {
                    values[i] = (float) random.nextGaussian();
                }
            }
            if (batched) {
                for (int sample = 0; sample < count; sample++) {
                    SplittableRandom random = new SplittableRandom(
                            1000L * (from + sample) + input.name().hashCode());
                    double gain = random.nextDouble(0.5, 2);
                    for (int i = 0; i < values.length / count; i++) {
                        values[sample * (values.length / count) + i] = (float) (gain * random.nextGaussian());
                    }
                }
            }
            feeds.put(input.name(), Tensor.of(values, dims));
        }
        return feeds;
    }

    @Override
    public List<String> assumptions() {
        return List.of("noise");
    }
}
