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
    private Optional<Map<String, Tensor>> kept = Optional.empty();

    PlannedFeeds(InputPlan plan) {
        this.plan = plan;
        this.keep = canKeep(plan);
    }

    @Override
    public int count() {
        return plan.count();
    }

    @Override
    public OptionalInt fixedBatch() {
        return plan.fixedBatch();
    }

    @Override
    public Map<String, Tensor> batch(int from, int count) {
        if (!keep || from + count > count()) {
            return plan.batch(from, count);
        }
        Map<String, Tensor> batch = new HashMap<>();
        all().forEach((name, input) -> {
            int size = input.size() / count();
            long[] dims = input.dims().clone();
            dims[0] = count;
            FloatBuffer values = input.values().slice(from * size, count * size);
            batch.put(name, new Tensor(ElementType.FLOAT, dims, values));
        });
        return batch;
    }

    private static boolean canKeep(InputPlan plan) {
        if (plan.fixedBatch().isPresent() || plan.elementsPerImage() * plan.count() > LARGEST_KEPT / Float.BYTES) {
            return false;
        }
        Map<String, Tensor> one = plan.batch(0, 1);
        Map<String, Tensor> two = plan.batch(0, 2);
        return one.keySet().stream()
                .allMatch(name -> 2 * one.get(name).size() == two.get(name).size());
    }

    private Map<String, Tensor> all() {
        synchronized (lock) {
            if (kept.isEmpty()) {
                kept = Optional.of(plan.batch(0, count()));
            }
            return kept.get();
        }
    }

    @Override
    public List<String> assumptions() {
        return plan.assumptions();
    }
}
