package lathe.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.util.Optional;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkContext;
import org.apache.spark.api.java.JavaSparkContext;

/** The cluster that system properties name, as Spark documents them; some have defaults here that suit large layers. */
final class Cluster {

    private static final String MASTER = "spark.master";
    private static final String STANDALONE = "spark://";
    private static final int MILLIS_TO_ANSWER = 10_000;

    private static JavaSparkContext connection;

    private Cluster() {}

    static boolean isNamed() {
        return System.getProperty(MASTER) != null;
    }

    /**
     * The one connection of this process, made by the first call; it ends with the process.
     *
     * @throws UncheckedIOException if the cluster cannot be reached, or has no worker that is free
     */
    static synchronized JavaSparkContext connection() {
        if (connection == null || connection.sc().isStopped()) {
            connection = JavaSparkContext.fromSparkContext(connected(conf()));
        }
        return connection;
    }

    private static SparkConf conf() {
        return new SparkConf()
                .setIfMissing("spark.app.name", "lathe")
                .setIfMissing("spark.ui.enabled", "false")
                .setIfMissing("spark.driver.maxResultSize", "0") // no limit: a result is as large as its layer
                .setIfMissing("spark.broadcast.compress", "false") // which takes longer than it saves
                .setIfMissing("spark.executorEnv.OMP_NUM_THREADS", "1")
                .setIfMissing("spark.executorEnv.OPENBLAS_CORETYPE", kernels());
    }

    /** The kernels of OpenBLAS that this process is told to use; empty if it chooses by the processor. */
    private static String kernels() {
        return Optional.ofNullable(System.getenv("OPENBLAS_CORETYPE")).orElse("");
    }

    private static SparkContext connected(SparkConf conf) {
        String master = conf.get(MASTER);
        try {
            if (master.startsWith(STANDALONE) && !master.contains(",")) { // several are for Spark to try
                probe(URI.create(master));
            }
            SparkContext context = SparkContext.getOrCreate(conf);
            awaitWorker(context);
            return context;
        } catch (Exception e) { // what is written in Scala throws any
            String why = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
            throw new UncheckedIOException(new IOException("%s=%s: %s".formatted(MASTER, master, why), e));
        }
    }

    /** Spark itself would try for a minute, and end with an error that does not say why. */
    private static void probe(URI master) throws IOException {
        if (master.getHost() == null || master.getPort() < 0) {
            throw new IOException("give it as spark://HOST:PORT");
        }
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(master.getHost(), master.getPort()), MILLIS_TO_ANSWER);
        } catch (IOException e) {
            throw new IOException(
                    "no answer (%s); start a master there, see docs/cluster.md".formatted(e.getMessage()), e);
        }
    }

    /** Spark itself would wait for ever. */
    private static void awaitWorker(SparkContext context) throws IOException {
        SparkConf conf = context.getConf();
        long end = System.nanoTime()
                + conf.getTimeAsMs("spark.scheduler.maxRegisteredResourcesWaitingTime", "60s") * 1_000_000;
        while (!context.isLocal() && context.statusTracker().getExecutorInfos().length < 2) { // this process is one
            if (System.nanoTime() > end) {
                context.stop();
                throw new IOException(
                        "no worker has a free core and %s of memory; start more workers, or ask for less with -Dspark.executor.memory"
                                .formatted(conf.get("spark.executor.memory", "1g")));
            }
            try {
                Thread.sleep(100);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException("interrupted while waiting for a worker", e);
            }
        }
    }
}
