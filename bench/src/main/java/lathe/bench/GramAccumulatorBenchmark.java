package lathe.bench;

import java.util.Random;
import java.util.concurrent.TimeUnit;
import lathe.engine.linalg.GramAccumulator;
import lathe.engine.linalg.GramMatrix;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Time to gather the Gram matrix of 4096 samples; 2 * 4096 * order² / time is the nominal speed in FLOP/s, of which
 * half is done, the matrix being symmetric.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class GramAccumulatorBenchmark {

    private static final int SAMPLES = 4096;

    /** Inputs of the layer. */
    @Param({"9", "32", "63", "64", "144", "576", "1280", "2304"})
    public int order;

    private float[] samples;

    /** Draws the samples. */
    @Setup
    public void draw() {
        Random random = new Random(1);
        samples = new float[SAMPLES * order];
        for (int i = 0; i < samples.length; i++) {
            samples[i] = (float) random.nextGaussian();
        }
    }

    /** As the statistics are gathered. */
    @Benchmark
    public GramMatrix accumulate() {
        GramAccumulator accumulator = new GramAccumulator(order);
        accumulator.add(samples, SAMPLES);
        return accumulator.gram();
    }

    /** What it replaces: three loops in double. */
    @Benchmark
    public double[] plainLoops() {
        double[] gram = new double[order * order];
        double[] x = new double[order];
        for (int sample = 0; sample < SAMPLES; sample++) {
            for (int i = 0; i < order; i++) {
                x[i] = samples[sample * order + i];
            }
            for (int i = 0; i < order; i++) {
                for (int j = i; j < order; j++) {
                    gram[i * order + j] += x[i] * x[j];
                }
            }
        }
        return gram;
    }
}
