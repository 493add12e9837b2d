package lathe.engine.solve;

import java.util.List;
import java.util.Random;
import lathe.engine.grid.PairBound;
import lathe.engine.grid.WeightFormat;
import lathe.engine.layer.LayerProblem;
import lathe.engine.layer.QuantizedWeights;
import lathe.engine.linalg.GramAccumulator;
import lathe.engine.linalg.GramMatrix;
import lathe.engine.tensor.WeightMatrix;

/** Layer problems to try solvers on, and slow, obvious ways to judge the answers. */
final class Problems {

    private Problems() {}

    /** A solver of these improvements alone. */
    static BlockwiseSolver solver(String name, WeightFormat format, Improvement... improvements) {
        return new BlockwiseSolver(name, name, format, List.of(improvements));
    }

    /** Correlated inputs after a ReLU, as many samples as asked for, weights of a different size in each output. */
    static LayerProblem random(int rows, int cols, int samples, long seed) {
        Random random = new Random(seed);
        float[] inputs = new float[samples * cols];
        for (int sample = 0; sample < samples; sample++) {
            double level = random.nextGaussian();
            for (int col = 0; col < cols; col++) {
                level = 0.8 * level + 0.6 * random.nextGaussian();
                inputs[sample * cols + col] = (float) Math.max(0, level + 0.2);
            }
        }
        GramAccumulator accumulator = new GramAccumulator(cols);
        accumulator.add(inputs, samples);
        float[] weights = new float[rows * cols];
        for (int row = 0; row < rows; row++) {
            double size = Math.exp(random.nextGaussian());
            for (int col = 0; col < cols; col++) {
                weights[row * cols + col] = (float) (size * random.nextGaussian());
            }
        }
        return of(new WeightMatrix(rows, cols, weights), accumulator.gram());
    }

    /** The same with a share of H's mean diagonal added to its diagonal. */
    static LayerProblem damped(LayerProblem problem, double share) {
        return problem.withGram(problem.gram().damped(share * problem.gram().meanDiagonal()));
    }

    static LayerProblem of(WeightMatrix weights, GramMatrix gram) {
        return new LayerProblem("layer", weights, gram, new double[gram.order()], new double[weights.rows()]);
    }

    /** The same problem with inputs of so many times the power. */
    static LayerProblem louder(LayerProblem problem, double power) {
        int order = problem.gram().order();
        double[] values = new double[order * order];
        for (int i = 0; i < values.length; i++) {
            values[i] = power * problem.gram().at(i / order, i % order);
        }
        return of(problem.weights(), GramMatrix.of(order, values));
    }

    /** The same problem, its columns those of a kernel. */
    static LayerProblem withTaps(LayerProblem problem, int taps) {
        return new LayerProblem(
                problem.layer(),
                problem.weights(),
                taps,
                problem.gram(),
                problem.mean(),
                problem.scaleFloor(),
                problem.pairs(),
                problem.keepsZeros());
    }

    /** The same problem, neighbouring codes of the same sign adding up to at most so much. */
    static LayerProblem paired(LayerProblem problem, int most) {
        return new LayerProblem(
                problem.layer(),
                problem.weights(),
                problem.taps(),
                problem.gram(),
                problem.mean(),
                problem.scaleFloor(),
                new PairBound(problem.weights().cols(), problem.taps(), most),
                problem.keepsZeros());
    }

    /** The same problem with every so-many-th weight only, and zeros that have to stay. */
    static LayerProblem sparse(LayerProblem problem, int every) {
        float[] kept = new float[problem.weights().rows() * problem.weights().cols()];
        for (int i = 0; i < kept.length; i += every) {
            kept[i] = problem.weights()
                    .at(i / problem.weights().cols(), i % problem.weights().cols());
        }
        return problem.pruned(
                new WeightMatrix(problem.weights().rows(), problem.weights().cols(), kept));
    }

    static LayerProblem row(GramMatrix gram, float... weights) {
        return of(new WeightMatrix(1, weights.length, weights), gram);
    }

    static GramMatrix diagonal(double... entries) {
        double[] values = new double[entries.length * entries.length];
        for (int i = 0; i < entries.length; i++) {
            values[i * entries.length + i] = entries[i];
        }
        return GramMatrix.of(entries.length, values);
    }

    /** The same problem with one output only. */
    static LayerProblem rowOf(LayerProblem problem, int row) {
        return new LayerProblem(
                problem.layer(),
                new WeightMatrix(1, problem.weights().cols(), problem.weights().floatRow(row)),
                problem.gram(),
                problem.mean(),
                new double[] {problem.scaleFloor()[row]});
    }

    /** (w - ŵ) H (w - ŵ)ᵀ of one output, summed without any cleverness. */
    static double error(LayerProblem problem, QuantizedWeights solved, int row) {
        WeightMatrix compressed = solved.weights();
        GramMatrix gram = problem.gram();
        double error = 0;
        for (int i = 0; i < gram.order(); i++) {
            for (int j = 0; j < gram.order(); j++) {
                double left = (double) problem.weights().at(row, i) - compressed.at(row, i);
                double right = (double) problem.weights().at(row, j) - compressed.at(row, j);
                error += left * gram.at(i, j) * right;
            }
        }
        return error;
    }

    /** w H wᵀ of one output. */
    static double energy(LayerProblem problem, int row) {
        return problem.gram().energy(problem.weights().row(row));
    }
}
