package lathe.engine.pipeline;

import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import lathe.engine.graph.UnsupportedModelException;
import lathe.engine.grid.Histogram;
import lathe.engine.layer.InputStatistics;
import lathe.engine.layer.Layer;
import lathe.engine.pipeline.StatisticsSource.Measurement;
import lathe.engine.pipeline.StatisticsSource.Statistics;

/**
 * The layers of a network in batches whose Gram matrices fit into memory. Each step over all layers measures batch
 * after batch, unless there is just one batch, whose statistics are kept. For one thread; its steps use several.
 */
final class MeasuredBatches {

    private final List<List<SharedLayers>> batches;
    private final Measurement measurement;
    private final int threads;
    private final ProgressListener progress;
    private final Map<String, Histogram> values;
    private Statistics first;

    /**
     * Measures the first batch.
     *
     * @param values whose distribution is wanted
     * @param threads layers worked on at once
     * @param memory for the Gram matrices
     */
    MeasuredBatches(
            Collection<SharedLayers> layers,
            Measurement measurement,
            Collection<String> values,
            int threads,
            MemoryBudget memory,
            ProgressListener progress) {
        this.batches = memory.batches(layers, SharedLayers::gramBytes);
        this.measurement = measurement;
        this.threads = threads;
        this.progress = progress;
        this.first = measure(batches.isEmpty() ? List.of() : batches.get(0), values);
        this.values = first.values();
    }

    /** All layers, batch after batch. */
    List<SharedLayers> layers() {
        return batches.stream().flatMap(List::stream).toList();
    }

    /** The distributions of the values. */
    Map<String, Histogram> values() {
        return values;
    }

    /**
     * Applies the task to every layer's statistics, several layers at once, large ones first.
     *
     * @param stage what is done, for the progress
     * @return the results, in the order of the layers
     */
    <T> Map<SharedLayers, T> each(String stage, BiFunction<SharedLayers, Map<String, InputStatistics>, T> task) {
        return each(stage, shared -> true, task);
    }

    /** The same for some of the layers. Batches that have none of these are not measured. */
    <T> Map<SharedLayers, T> each(
            String stage,
            Predicate<SharedLayers> wanted,
            BiFunction<SharedLayers, Map<String, InputStatistics>, T> task) {
        return each(stage, threads, wanted, task);
    }

    /** The same with so many layers at once, where the work is done elsewhere. */
    <T> Map<SharedLayers, T> each(
            String stage,
            int atOnce,
            Predicate<SharedLayers> wanted,
            BiFunction<SharedLayers, Map<String, InputStatistics>, T> task) {
        Map<SharedLayers, T> results = new LinkedHashMap<>();
        each(stage, atOnce, wanted, task, (shared, statistics, result) -> results.put(shared, result));
        return results;
    }

    /** Takes what a task made of a layer. */
    interface Taker<T> {
        void take(SharedLayers shared, Map<String, InputStatistics> statistics, T result);
    }

    /** The same with results taken in the order of the layers by the calling thread, while statistics are at hand. */
    <T> void each(
            String stage,
            Predicate<SharedLayers> wanted,
            BiFunction<SharedLayers, Map<String, InputStatistics>, T> task,
            Taker<T> taker) {
        each(stage, threads, wanted, task, taker);
    }

    private <T> void each(
            String stage,
            int atOnce,
            Predicate<SharedLayers> wanted,
            BiFunction<SharedLayers, Map<String, InputStatistics>, T> task,
            Taker<T> taker) {
        for (int i = 0; i < batches.size(); i++) {
            List<SharedLayers> batch = batches.get(i).stream().filter(wanted).toList();
            if (batch.isEmpty()) {
                continue;
            }
            Map<String, InputStatistics> statistics = statistics(i).layers();
            progress.begin(stage, batch.size());
            inParallel(atOnce, batch, shared -> {
                        T result = task.apply(shared, statistics);
                        progress.step();
                        return result;
                    })
                    .forEach((shared, result) -> taker.take(shared, statistics, result));
        }
    }

    private Statistics statistics(int index) {
        Statistics known = index == 0 ? first : null;
        if (batches.size() > 1) {
            first = null; // to be measured again by the next step, so that two batches are never held
        }
        return known != null ? known : measure(batches.get(index), List.of());
    }

    /** @throws UnsupportedModelException if a layer has no input, or non-finite values */
    private Statistics measure(List<SharedLayers> batch, Collection<String> wanted) {
        List<Layer> users = users(batch);
        Statistics measured = measurement.measure(users, wanted);
        for (Layer layer : users) {
            InputStatistics seen = measured.layers().get(layer.name());
            if (seen == null || !seen.isFinite()) {
                throw new UnsupportedModelException(
                        "layer '%s' gets %s on synthetic inputs; exclude it, or say which inputs the network expects"
                                .formatted(layer.name(), seen == null ? "no floats" : "NaN or infinite numbers"));
            }
        }
        return measured;
    }

    private static List<Layer> users(List<SharedLayers> batch) {
        return batch.stream().flatMap(shared -> shared.users().stream()).toList();
    }

    private static <T> Map<SharedLayers, T> inParallel(
            int atOnce, List<SharedLayers> batch, Function<SharedLayers, T> task) {
        List<SharedLayers> biggestFirst = batch.stream()
                .sorted(Comparator.comparingLong(SharedLayers::gramBytes).reversed())
                .toList();
        try (Workers workers = new Workers(atOnce, "layers were being solved")) {
            Map<SharedLayers, Supplier<T>> running = new HashMap<>();
            for (SharedLayers shared : biggestFirst) {
                running.put(shared, workers.start(() -> task.apply(shared)));
            }
            Map<SharedLayers, T> results = new LinkedHashMap<>();
            for (SharedLayers shared : batch) {
                results.put(shared, running.get(shared).get());
            }
            return results;
        }
    }
}
