package lathe.cluster;

import org.apache.spark.SparkContext;
import org.apache.spark.SparkEnv;

/** The system properties that a test sets for Spark. */
final class SparkProperties {

    private SparkProperties() {}

    static void name(String master) {
        System.setProperty("spark.master", master);
    }

    /** Two workers that are processes of their own, of one core each, with a master in this one. */
    static void nameTwoWorkers() {
        name("local-cluster[2,1,1024]");
        System.setProperty("spark.scheduler.maxRegisteredResourcesWaitingTime", "10min");
        System.setProperty("spark.executor.extraJavaOptions", "-XX:TieredStopAtLevel=1"); // they live for seconds
        System.setProperty("spark.executor.extraClassPath", System.getProperty("java.class.path"));
    }

    /** Leaves the cluster, and forgets what was set. */
    static void clear() {
        if (SparkEnv.get() != null) {
            SparkContext.getOrCreate().stop();
        }
        System.getProperties().stringPropertyNames().stream()
                .filter(name -> name.startsWith("spark."))
                .forEach(System::clearProperty);
    }
}
