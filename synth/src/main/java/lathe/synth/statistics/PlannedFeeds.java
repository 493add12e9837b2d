package lathe.synth.statistics;

import java.nio.FloatBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import lathe.engine.tensor.ElementType;
import lathe.synth.input.Feeds;
import lathe.synth.input.InputPlan;
import lathe.synth.input.InputTensor;
import lathe.synth.network.Tensor;

/**
 * Inputs as planned. All samples are made once and kept, if they take no more than 256 MB and every input runs over
 * samples; else they are made again for each batch.
 */
final class PlannedFeeds implements Feeds {

    private static final long LARGEST_KEPT = 256L << 20;

    private final InputPlan plan;
    private final boolean keep;
    private final Object lock = new Object();
    private Optional<Map<String, InputTensor>> kept = Optional.empty();

    PlannedFeeds(InputPlan plan) {
        this.plan = plan;
        this.keep = canKeep(plan);
    }

    @Override
    public int count() {
        return plan.images();
    }

    @Override
    public OptionalInt fixedBatch() {
        return plan.batchFixed();
    }

    @Override
    public Map<String, Tensor> batch(int from, int count) {
        Map<String, Tensor> batch = new HashMap<>();
        if (!keep || from + count > count()) {
            plan.batch(from, count)
                    .tensors()
                    .forEach((name, input) -> batch.put(name, Tensor.of(input.values(), input.dims())));
            return batch;
        }
        all().forEach((name, input) -> {
            int size = input.values().length / count();
            long[] dims = input.dims().clone();
            dims[0] = count;
            FloatBuffer values = FloatBuffer.wrap(input.values()).slice(from * size, count * size);
            batch.put(name, new Tensor(ElementType.FLOAT, dims, values));
        });
        return batch;
    }

    private static boolean canKeep(InputPlan plan) {
        if (plan.batchFixed().isPresent() || plan.elementsPerImage() * plan.images() > LARGEST_KEPT / Float.BYTES) {
            return false;
        }
        Map<String, InputTensor> one = plan.batch(0, 1).tensors();
        Map<String, InputTensor> two = plan.batch(0, 2).tensors();
        return one.keySet().stream()
                .allMatch(name ->
                        2 * one.get(name).values().length == two.get(name).values().length);
    }

    private Map<String, InputTensor> all() {
        synchronized (lock) {
            if (kept.isEmpty()) {
                kept = Optional.of(plan.batch(0, count()).tensors());
            }
            return kept.get();
        }
    }

    @Override
    public List<String> assumptions() {
        return plan.assumptions();
    }
}
