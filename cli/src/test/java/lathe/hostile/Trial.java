package lathe.hostile;

import com.sun.management.ThreadMXBean;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.management.ManagementFactory;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Runs cases one after the other, each within a time and a memory limit. Bytes are counted as they are allocated, so that
 * the limit is the same whenever garbage is collected.
 */
final class Trial implements AutoCloseable {

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private final ExecutorService worker = Executors.newSingleThreadExecutor(runnable -> {
        Thread thread = new Thread(runnable, "trial");
        thread.setDaemon(true);
        return thread;
    });
    private final int seconds;
    private final long bytes;

    /**
     * @param seconds what a case may take
     * @param bytes what a case may allocate, all in all
     */
    Trial(int seconds, long bytes) {
        this.seconds = seconds;
        this.bytes = bytes;
    }

    /** What went wrong; empty if nothing did. */
    Optional<String> failure(Callable<Boolean> step) {
        Future<Long> done = worker.submit(() -> {
            long before = THREADS.getCurrentThreadAllocatedBytes();
            step.call();
            return THREADS.getCurrentThreadAllocatedBytes() - before;
        });
        try {
            long allocated = done.get(seconds, TimeUnit.SECONDS);
            return allocated <= bytes ? Optional.empty() : Optional.of("allocated %,d bytes".formatted(allocated));
        } catch (TimeoutException e) {
            done.cancel(true);
            return Optional.of("still running after %d s".formatted(seconds));
        } catch (ExecutionException e) {
            StringWriter trace = new StringWriter();
            e.getCause().printStackTrace(new PrintWriter(trace));
            return Optional.of(trace.toString());
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        worker.shutdownNow();
    }
}
