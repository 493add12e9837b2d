package lathe.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.concurrent.ExecutionException;
import lathe.engine.task.LayerExecutor;
import lathe.engine.task.Task;
import org.apache.spark.api.java.JavaFutureAction;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;

/**
 * Runs each task as a Spark job of its own on the cluster that the system property {@code spark.master} names, or, without
 * it, in the calling thread. A task is broadcast: the worker that it is given to fetches it from here piece by piece, and if
 * that worker is lost, Spark gives the task to another, which fetches it again. The result is the same, bit for bit, where
 * workers have the same kind of processor as this machine. Found by {@link java.util.ServiceLoader}. Thread-safe.
 *
 * <p>This process holds a task's bytes once more, 8 K² for K inputs, as long as the task is under way; Spark moves those that
 * do not fit into memory to disk. A worker holds them twice beside what it takes to solve the layer.
 */
public final class SparkExecutor implements LayerExecutor {

    /** For {@link java.util.ServiceLoader}. */
    public SparkExecutor() {}

    @Override
    public void connect() {
        if (Cluster.isNamed()) {
            Cluster.connection();
        }
    }

    /** One for each core that works for this process. */
    @Override
    public int tasksAtOnce(int threads) {
        return Cluster.isNamed() ? Cluster.connection().defaultParallelism() : threads;
    }

    @Override
    public <R> R run(Task<R> task) {
        return Cluster.isNamed() ? run(task, Cluster.connection()) : task.solve();
    }

    @SuppressWarnings("unchecked")
    private static <R> R run(Task<R> task, JavaSparkContext spark) {
        try {
            Broadcast<Sent> sent = broadcast(task, spark);
            try {
                return (R) result(spark.parallelize(List.of(sent), 1).map(SparkExecutor::solved))
                        .content();
            } finally {
                sent.destroy();
            }
        } catch (InterruptedException e) { // of any call: what is written in Scala declares none
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while the cluster was solving a layer", e);
        }
    }

    /** One at a time: while it is written, a task takes twice its memory. */
    private static synchronized Broadcast<Sent> broadcast(Task<?> task, JavaSparkContext spark) {
        return spark.broadcast(new Sent(task));
    }

    /** On the worker. */
    private static Sent solved(Broadcast<Sent> task) {
        return new Sent(((Task<?>) task.value().content()).solve());
    }

    private static Sent result(JavaRDD<Sent> asked) throws InterruptedException {
        JavaFutureAction<List<Sent>> job = asked.collectAsync();
        try {
            return job.get().get(0);
        } catch (InterruptedException e) {
            job.cancel(true);
            throw e;
        } catch (ExecutionException e) {
            throw failure(e.getCause());
        }
    }

    /** What the task threw; or, where workers were lost again and again, what Spark says of the last one. */
    private static RuntimeException failure(Throwable givenUp) {
        return givenUp.getCause() instanceof RuntimeException thrown
                ? thrown
                : new UncheckedIOException(new IOException(
                        "%s; if workers run out of memory, raise spark.executor.memory or lower spark.executor.cores"
                                .formatted(
                                        givenUp.getMessage().lines().findFirst().orElse("")),
                        givenUp));
    }
}
