package lathe.synth.statistics;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import lathe.synth.network.Network;
import lathe.synth.network.Tensor;

/**
 * Streams all samples of some feeds through a network, a chunk at a time, several chunks at once, and hands its
 * outputs to sinks. Memory: the outputs of one chunk a thread.
 */
final class ChunkedRun {

    private final Network network;
    private final Feeds feeds;
    private final int samples;
    private final int chunkSize;
    private final Map<String, List<Sink>> computed;
    private final Map<String, List<Sink>> fed;
    private final AtomicInteger next = new AtomicInteger();

    /**
     * @param samples how many of the feeds' samples
     * @param computed where outputs of the network go, by name
     * @param fed where inputs of the network go, by name
     */
    ChunkedRun(
            Network network,
            Feeds feeds,
            int samples,
            int chunkSize,
            Map<String, List<Sink>> computed,
            Map<String, List<Sink>> fed) {
        this.network = network;
        this.feeds = feeds;
        this.samples = samples;
        this.chunkSize = chunkSize;
        this.computed = computed;
        this.fed = fed;
    }

    /** Runs everything; rethrows what the first failing chunk threw. */
    void run(int threads) {
        int chunks = (samples + chunkSize - 1) / chunkSize;
        int workers = Math.max(1, Math.min(threads, chunks));
        ExecutorService pool = Executors.newFixedThreadPool(workers, task -> {
            Thread thread = new Thread(task, "lathe-statistics");
            thread.setDaemon(true);
            return thread;
        });
        try {
            List<Future<?>> running = new ArrayList<>();
            for (int worker = 0; worker < workers; worker++) {
                running.add(pool.submit(() -> work(chunks)));
            }
            await(running);
        } finally {
            pool.shutdown();
        }
    }

    /** Hands inputs to sinks without running anything. */
    static void feed(Feeds feeds, Map<String, List<Sink>> fed) {
        for (int sample = 0; sample < feeds.count(); sample++) {
            Sink.Chunk chunk = new Sink.Chunk(sample, sample, 1, feeds.count());
            Map<String, Tensor> batch = feeds.batch(sample, 1);
            fed.forEach((name, sinks) -> sinks.forEach(sink -> sink.accept(chunk, batch.get(name))));
        }
    }

    private void work(int chunks) {
        try {
            for (int index = next.getAndIncrement(); index < chunks; index = next.getAndIncrement()) {
                int from = index * chunkSize;
                int count = Math.min(chunkSize, samples - from);
                Sink.Chunk chunk = new Sink.Chunk(index, from, count, samples);
                Map<String, Tensor> batch = feeds.batch(from, count);
                fed.forEach((name, sinks) -> sinks.forEach(sink -> sink.accept(chunk, batch.get(name))));
                network.run(
                        batch,
                        computed.keySet(),
                        (name, tensor) -> computed.get(name).forEach(sink -> sink.accept(chunk, tensor)));
            }
        } catch (RuntimeException | Error e) {
            next.set(chunks);
            Stream.of(computed, fed)
                    .flatMap(sinks -> sinks.values().stream())
                    .flatMap(Collection::stream)
                    .forEach(Sink::abort);
            throw e;
        }
    }

    private static void await(List<Future<?>> running) {
        Throwable failure = null;
        for (Future<?> worker : running) {
            try {
                worker.get();
            } catch (ExecutionException e) {
                if (failure == null || failure instanceof CancellationException) {
                    failure = e.getCause();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                failure = new CancellationException("interrupted");
            }
        }
        if (failure instanceof RuntimeException e) {
            throw e;
        }
        if (failure instanceof Error e) {
            throw e;
        }
    }
}
