package lathe.engine.pipeline;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Supplier;

/** Threads that work for one caller, who waits for them; what is still under way at the end is interrupted. */
public final class Workers implements AutoCloseable {

    private final ExecutorService threads;
    private final String doing;

    /** @param doing what is interrupted where the caller is, such as {@code layers were being solved} */
    public Workers(int threads, String doing) {
        this.threads = Executors.newFixedThreadPool(threads);
        this.doing = doing;
    }

    /** Starts some work as soon as a thread is free. The answer waits for its result, or throws what it threw. */
    public <T> Supplier<T> start(Supplier<T> work) {
        Future<T> running = threads.submit(work::get);
        return () -> result(running);
    }

    private <T> T result(Future<T> running) {
        try {
            return running.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while " + doing, e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Error failure) {
                throw failure;
            }
            throw (RuntimeException) e.getCause();
        }
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }
}
