package lathe.bench;

import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import lathe.engine.layer.LayerError;
import lathe.engine.layer.LayerProblem;
import lathe.engine.linalg.GramAccumulator;
import lathe.engine.prune.LayerShare;
import lathe.engine.prune.Mask;
import lathe.engine.prune.PrunedWeights;
import lathe.engine.prune.Pruning;
import lathe.engine.prune.Saliency;
import lathe.engine.tensor.WeightMatrix;
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

/** Time to rank the weights of a layer and to fit the remaining weights, one thread: shapes of ResNet and MobileNetV2. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(value = 1, jvmArgsAppend = "-Xmx6g")
@Warmup(iterations = 1)
@Measurement(iterations = 2)
public class PruningBenchmark {

    /** Outputs x inputs. */
    @Param({"64x144", "64x576", "128x1152", "256x2304", "512x4608"})
    public String shape;

    /** Zeros in percent. */
    @Param({"30", "50", "70", "90"})
    public int zeros;

    private LayerProblem problem;
    private Pruning exact;
    private Pruning estimated;
    private double energy;
    private Mask mask;

    /** Draws correlated inputs after a ReLU, and weights; chooses zeros. */
    @Setup
    public void draw() {
        int rows = Integer.parseInt(shape.substring(0, shape.indexOf('x')));
        int cols = Integer.parseInt(shape.substring(shape.indexOf('x') + 1));
        Random random = new Random(1);
        GramAccumulator accumulator = new GramAccumulator(cols);
        int samples = 2 * cols;
        float[] inputs = new float[samples * cols];
        for (int sample = 0; sample < samples; sample++) {
            double common = random.nextGaussian();
            double level = 0;
            for (int col = 0; col < cols; col++) {
                level = 0.8 * level + 0.6 * random.nextGaussian();
                inputs[sample * cols + col] = (float) Math.max(0, common + level);
            }
        }
        accumulator.add(inputs, samples);
        float[] weights = new float[rows * cols];
        for (int i = 0; i < weights.length; i++) {
            weights[i] = (float) random.nextGaussian();
        }
        problem = new LayerProblem(
                shape, new WeightMatrix(rows, cols, weights), accumulator.gram(), accumulator.mean(), new double[rows]);
        energy = LayerError.of(problem, problem.weights()).energy();
        LayerShare share = new LayerShare(zeros / 100.0);
        exact = new Pruning(share, Integer.MAX_VALUE);
        estimated = new Pruning(share, 0);
        mask = estimated.masks(List.of(estimatedSaliency()), 1, 1).get(0);
    }

    /** Ranking by the diagonal of one inverse. */
    @Benchmark
    public Saliency estimatedSaliency() {
        return estimated.saliency(problem, PrunedWeights.all(problem.weights()), energy);
    }

    /** Ranking by removing every weight of every output, up to the shapes where {@link Pruning#rankingFor} does so. */
    @Benchmark
    public Saliency exactSaliency() {
        return exact.saliency(problem, PrunedWeights.all(problem.weights()), energy);
    }

    /** Least squares on the remaining weights. */
    @Benchmark
    public PrunedWeights fit() {
        return estimated.fit(problem, mask);
    }
}
