package lathe.synth.statistics;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import lathe.synth.input.Feeds;
import lathe.synth.network.Tensor;

/**
 * All samples of some feeds, a chunk at a time, several chunks at once.
 *
 * @param feeds where samples come from
 * @param samples how many of them
 * @param chunkSize samples of a chunk; the last one may be smaller
 */
record ChunkedRun(Feeds feeds, int samples, int chunkSize) {

    /** What is done with each chunk. Thread-safe. */
    interface Step {

        /** Takes one chunk and what is fed for it. */
        void take(Sink.Chunk chunk, Map<String, Tensor> batch);

        /** Called when a chunk will never come. */
        default void abort() {}
    }

    /** Takes a step with every chunk; rethrows what the first failing one threw. */
    void run(int threads, Step step) {
        int chunks = (samples + chunkSize - 1) / chunkSize;
        int workers = Math.max(1, Math.min(threads, chunks));
        AtomicInteger next = new AtomicInteger();
        ExecutorService pool = Executors.newFixedThreadPool(workers, task -> {
            Thread thread = new Thread(task, "lathe-statistics");
            thread.setDaemon(true);
            return thread;
        });
        try {
            List<Future<?>> running = new ArrayList<>();
            for (int worker = 0; worker < workers; worker++) {
                running.add(pool.submit(() -> work(next, chunks, step)));
            }
            await(running);
        } finally {
            pool.shutdown();
        }
    }

    private void work(AtomicInteger next, int chunks, Step step) {
        try {
            for (int index = next.getAndIncrement(); index < chunks; index = next.getAndIncrement()) {
                int from = index * chunkSize;
                int count = Math.min(chunkSize, samples - from);
                step.take(new Sink.Chunk(index, from, count, samples), feeds.batch(from, count));
            }
        } catch (RuntimeException | Error e) {
            next.set(chunks);
            step.abort();
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
