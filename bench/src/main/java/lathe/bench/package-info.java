/** Benchmarks: the inner loops under JMH, and whole runs of the command. */
package lathe.bench;
