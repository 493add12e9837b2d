package lathe.cluster;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.spark.ExecutorLostFailure;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.scheduler.SparkListenerTaskStart;

/** Kills the process of the worker that begins the first task. */
final class WorkerKiller extends SparkListener {

    private final AtomicBoolean hasKilled = new AtomicBoolean();
    private final AtomicInteger lost = new AtomicInteger();

    @Override
    public void onTaskStart(SparkListenerTaskStart start) {
        if (hasKilled.compareAndSet(false, true)) {
            String worker = "--executor-id\0%s\0".formatted(start.taskInfo().executorId());
            ProcessHandle.current()
                    .descendants()
                    .filter(process -> commandLine(process).contains(worker))
                    .forEach(ProcessHandle::destroyForcibly);
        }
    }

    /** All of it; {@link ProcessHandle} leaves out what comes behind a long class path. */
    private static String commandLine(ProcessHandle process) {
        try {
            return Files.readString(Path.of("/proc", Long.toString(process.pid()), "cmdline"));
        } catch (IOException e) {
            return ""; // it has ended
        }
    }

    @Override
    public void onTaskEnd(SparkListenerTaskEnd end) {
        if (end.reason() instanceof ExecutorLostFailure) {
            lost.incrementAndGet();
        }
    }

    /** Tasks that were under way on that worker. */
    int tasksLost() {
        return lost.get();
    }
}
