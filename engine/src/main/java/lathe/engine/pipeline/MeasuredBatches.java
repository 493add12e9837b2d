package lathe.engine.pipeline;

import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Predicate;
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

    /** What the Gram matrices of a batch may take; a layer that alone takes more is a batch of its own. */
    static final long GRAM_BYTES = 512L << 20;

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
     */
    MeasuredBatches(
            Collection<SharedLayers> layers,
            Measurement measurement,
            Collection<String> values,
            int threads,
            ProgressListener progress) {
        this.batches = SharedLayers.batches(layers, GRAM_BYTES);
        this.measurement = measurement;
        this.threads = threads;
        this.progress = progress;
        this.first = measurement.measure(users(batches.get(0)), values);
        this.values = first.values();
    }

    /** The distributions of the values. */
    Map<String, Histogram> values() {
        return values;
    }

    /**
     * Does something with each layer and what was measured of it, several layers at once, large ones first.
     *
     * @param stage what is done, for the progress
     * @return the results, in the order of the layers
     */
    <T> Map<SharedLayers, T> each(String stage, BiFunction<SharedLayers, Map<String, InputStatistics>, T> task) {
        return each(stage, shared -> true, task);
    }

    /** As above, with some of the layers; a batch without any of them is not measured. */
    <T> Map<SharedLayers, T> each(
            String stage,
            Predicate<SharedLayers> wanted,
            BiFunction<SharedLayers, Map<String, InputStatistics>, T> task) {
        Map<SharedLayers, T> results = new LinkedHashMap<>();
        for (int i = 0; i < batches.size(); i++) {
            List<SharedLayers> batch = batches.get(i).stream().filter(wanted).toList();
            if (batch.isEmpty()) {
                continue;
            }
            Map<String, InputStatistics> statistics = statistics(i).layers();
            progress.begin(stage, batch.size());
            results.putAll(inParallel(batch, shared -> {
                T result = task.apply(shared, statistics);
                progress.step();
                return result;
            }));
        }
        return results;
    }

    private Statistics statistics(int index) {
        Statistics known = index == 0 ? first : null;
        if (batches.size() > 1) {
            first = null; // to be measured again by the next step, so that two batches are never held
        }
        return known != null ? known : measurement.measure(users(batches.get(index)), List.of());
    }

    private static List<Layer> users(List<SharedLayers> batch) {
        return batch.stream().flatMap(shared -> shared.users().stream()).toList();
    }

    private <T> Map<SharedLayers, T> inParallel(List<SharedLayers> batch, Function<SharedLayers, T> task) {
        List<SharedLayers> biggestFirst = batch.stream()
                .sorted(Comparator.comparingLong(SharedLayers::gramBytes).reversed())
                .toList();
        ExecutorService workers = Executors.newFixedThreadPool(threads);
        try {
            Map<SharedLayers, Future<T>> running = new HashMap<>();
            for (SharedLayers shared : biggestFirst) {
                running.put(shared, workers.submit(() -> task.apply(shared)));
            }
            Map<SharedLayers, T> results = new LinkedHashMap<>();
            for (SharedLayers shared : batch) {
                results.put(shared, get(running.get(shared)));
            }
            return results;
        } finally {
            workers.shutdownNow();
        }
    }

    private static <T> T get(Future<T> result) {
        try {
            return result.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while layers were being solved", e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException failure) {
                throw failure;
            }
            if (e.getCause() instanceof Error failure) {
                throw failure;
            }
            throw new IllegalStateException(e.getCause());
        }
    }
}
