package lathe.bench;

import java.util.Random;
import java.util.concurrent.TimeUnit;
import lathe.engine.grid.WeightFormat;
import lathe.engine.layer.LayerProblem;
import lathe.engine.layer.QuantizedWeights;
import lathe.engine.linalg.GramAccumulator;
import lathe.engine.solve.LayerSolver;
import lathe.engine.solve.Solver;
import lathe.engine.solve.SolverOptions;
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

/** Time to solve one layer, one thread: shapes of MobileNetV2, ResNet and a language model; for the last add {@code -jvmArgs -Xmx8g}. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(1)
@Warmup(iterations = 2, time = 2)
@Measurement(iterations = 3, time = 2)
public class LayerSolverBenchmark {

    /** Outputs x inputs. */
    @Param({
        "1x9",
        "64x144",
        "96x576",
        "160x960",
        "960x160",
        "320x960",
        "1280x320",
        "1000x1280",
        "256x2304",
        "512x4608",
        "512x11008"
    })
    public String shape;

    /** Which solver. */
    @Param({"nearest", "gptq", "best"})
    public String solver;

    /** Bits of a weight. */
    @Param({"8", "4"})
    public int bits;

    private LayerProblem problem;
    private LayerSolver chosen;

    /** Draws correlated inputs after a ReLU, and weights. */
    @Setup
    public void draw() {
        int rows = Integer.parseInt(shape.substring(0, shape.indexOf('x')));
        int cols = Integer.parseInt(shape.substring(shape.indexOf('x') + 1));
        Random random = new Random(1);
        int samples = Math.min(2 * cols, 12_000);
        float[] inputs = new float[samples * cols];
        for (int sample = 0; sample < samples; sample++) {
            double common = random.nextGaussian();
            double level = 0;
            for (int col = 0; col < cols; col++) {
                level = 0.8 * level + 0.6 * random.nextGaussian();
                inputs[sample * cols + col] = (float) Math.max(0, common + level);
            }
        }
        GramAccumulator accumulator = new GramAccumulator(cols);
        accumulator.add(inputs, samples);
        float[] weights = new float[rows * cols];
        for (int i = 0; i < weights.length; i++) {
            weights[i] = (float) random.nextGaussian();
        }
        problem = new LayerProblem(
                shape, new WeightMatrix(rows, cols, weights), accumulator.gram(), accumulator.mean(), new double[rows]);
        WeightFormat format = WeightFormat.perChannel(bits);
        chosen = switch (solver) {
            case "best" -> Solver.BEST.of(format, SolverOptions.DEFAULT);
            case "gptq" -> Solver.GPTQ.of(format, SolverOptions.DEFAULT);
            default -> Solver.NEAREST.of(format, SolverOptions.DEFAULT);
        };
    }

    /** The whole solve. */
    @Benchmark
    public QuantizedWeights solve() {
        return chosen.solve(problem);
    }
}
