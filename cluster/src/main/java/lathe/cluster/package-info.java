/** Layers solved on Apache Spark: {@link lathe.cluster.SparkExecutor} in place of the threads of one process. */
package lathe.cluster;
