package lathe.cluster;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import lathe.engine.grid.WeightFormat;
import lathe.engine.layer.LayerProblem;
import lathe.engine.linalg.GramMatrix;
import lathe.engine.pipeline.Workers;
import lathe.engine.task.DamageTask;
import lathe.engine.task.LayerConfig;
import lathe.engine.task.LayerExecutor;
import lathe.engine.task.LayerResult;
import lathe.engine.task.LayerTask;
import lathe.engine.task.PlainData;
import lathe.engine.tensor.WeightMatrix;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

class SparkExecutorTest {

    private static final LayerConfig FOUR_BITS = LayerConfig.of(WeightFormat.perChannel(4));

    private final SparkExecutor executor = new SparkExecutor();

    @AfterEach
    void leave() {
        SparkProperties.clear();
    }

    /** A layer of as many outputs as inputs, which are correlated. */
    static LayerTask task(int size, int seed) {
        Random random = new Random(seed);
        float[] weights = new float[size * size];
        for (int i = 0; i < weights.length; i++) {
            weights[i] = (float) random.nextGaussian();
        }
        double[] gram = new double[size * size];
        for (int i = 0; i < gram.length; i++) {
            gram[i] = Math.pow(0.9, Math.abs(i / size - i % size));
        }
        LayerProblem problem = new LayerProblem(
                "layer " + seed,
                new WeightMatrix(size, size, weights),
                GramMatrix.of(size, gram),
                new double[size],
                new double[size]);
        return new LayerTask(List.of(problem), Optional.empty(), FOUR_BITS, Optional.empty());
    }

    private static List<byte[]> solved(LayerExecutor executor, List<LayerTask> tasks) {
        executor.connect();
        try (Workers workers = new Workers(executor.tasksAtOnce(2), "testing")) {
            List<Supplier<LayerResult>> running = tasks.stream()
                    .map(task -> workers.start(() -> executor.run(task)))
                    .toList();
            return running.stream()
                    .map(Supplier::get)
                    .map(SparkExecutorTest::bytes)
                    .toList();
        }
    }

    /** All of a result but the time it took. */
    private static byte[] bytes(LayerResult result) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            PlainData.write(
                    new LayerResult(result.groups(), result.moments(), result.inputPowers(), result.before(), 0),
                    new DataOutputStream(bytes));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void aLostWorkerChangesNothing() {
        List<LayerTask> tasks =
                IntStream.range(0, 3).mapToObj(seed -> task(512, seed)).toList();
        List<byte[]> here = solved(LayerExecutor.HERE, tasks);
        SparkProperties.nameTwoWorkers();
        WorkerKiller killer = new WorkerKiller();
        Cluster.connection().sc().addSparkListener(killer);
        List<byte[]> there = solved(executor, tasks);
        assertEquals(1, killer.tasksLost(), "tasks that were under way on the worker that was killed");
        for (int i = 0; i < here.size(); i++) {
            assertArrayEquals(here.get(i), there.get(i));
        }
    }

    @Test
    void throwsWhatTheTaskThrows() {
        SparkProperties.name("local[2]");
        DamageTask wrong = new DamageTask(task(2, 0).problems(), List.of(LayerConfig.UNCHANGED), 0);
        assertThrows(NoSuchElementException.class, () -> LayerExecutor.HERE.run(wrong));
        assertThrows(NoSuchElementException.class, () -> executor.run(wrong));
    }

    @Test
    void givesATaskUpWhereItsThreadIsInterrupted() {
        SparkProperties.name("local[2]");
        executor.connect();
        Thread.currentThread().interrupt();
        IllegalStateException thrown = assertThrows(IllegalStateException.class, () -> executor.run(task(64, 0)));
        assertEquals("interrupted while the cluster was solving a layer", thrown.getMessage());
        assertTrue(Thread.interrupted());
    }

    @Test
    void saysThatNoWorkerIsFree() {
        SparkProperties.nameTwoWorkers();
        System.setProperty("spark.executor.cores", "2");
        System.setProperty("spark.scheduler.maxRegisteredResourcesWaitingTime", "1s");
        UncheckedIOException thrown = assertThrows(UncheckedIOException.class, executor::connect);
        assertEquals(
                "spark.master=local-cluster[2,1,1024]: no worker has a free core and 1g of memory; start more workers, or ask for "
                        + "less with -Dspark.executor.memory",
                thrown.getCause().getMessage());
    }
}
