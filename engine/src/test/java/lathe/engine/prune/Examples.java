package lathe.engine.prune;

import java.util.BitSet;
import java.util.Random;
import lathe.engine.layer.LayerProblem;
import lathe.engine.linalg.GramMatrix;
import lathe.engine.tensor.WeightMatrix;

/** Layer problems and masks to try pruning on, and slow, obvious ways to judge the answers. */
final class Examples {

    private Examples() {}

    /** Correlated inputs after a ReLU, as many samples as asked for; sums in double throughout. */
    static LayerProblem problem(int rows, int cols, int samples, long seed) {
        Random random = new Random(seed);
        double[] gram = new double[cols * cols];
        double[] x = new double[cols];
        for (int sample = 0; sample < samples; sample++) {
            double level = random.nextGaussian();
            for (int col = 0; col < cols; col++) {
                level = 0.8 * level + 0.6 * random.nextGaussian();
                x[col] = Math.max(0, level + 0.2);
            }
            for (int i = 0; i < cols; i++) {
                for (int j = 0; j < cols; j++) {
                    gram[i * cols + j] += x[i] * x[j] / samples;
                }
            }
        }
        return of(weights(rows, cols, seed + 1), GramMatrix.of(cols, gram));
    }

    static WeightMatrix weights(int rows, int cols, long seed) {
        Random random = new Random(seed);
        float[] weights = new float[rows * cols];
        for (int i = 0; i < weights.length; i++) {
            weights[i] = (float) random.nextGaussian();
        }
        return new WeightMatrix(rows, cols, weights);
    }

    static LayerProblem of(WeightMatrix weights, GramMatrix gram) {
        return new LayerProblem("layer", weights, gram, new double[gram.order()], new double[weights.rows()]);
    }

    static GramMatrix diagonal(double... entries) {
        double[] values = new double[entries.length * entries.length];
        for (int i = 0; i < entries.length; i++) {
            values[i * entries.length + i] = entries[i];
        }
        return GramMatrix.of(entries.length, values);
    }

    /** The same problem with some inputs that are always zero. */
    static LayerProblem withDead(LayerProblem problem, int... dead) {
        int cols = problem.gram().order();
        double[] values = entries(problem.gram());
        for (int input : dead) {
            for (int i = 0; i < cols; i++) {
                values[input * cols + i] = 0;
                values[i * cols + input] = 0;
            }
        }
        return of(problem.weights(), GramMatrix.of(cols, values));
    }

    /** The same problem with an amount added to H's diagonal. */
    static LayerProblem damped(LayerProblem problem, double share) {
        int cols = problem.gram().order();
        double[] values = entries(problem.gram());
        for (int i = 0; i < cols; i++) {
            values[i * cols + i] += share * problem.gram().meanDiagonal();
        }
        return of(problem.weights(), GramMatrix.of(cols, values));
    }

    /** The same problem with its inputs in another order. */
    static LayerProblem permuted(LayerProblem problem, int[] inputs) {
        WeightMatrix weights = problem.weights();
        float[] moved = new float[weights.rows() * weights.cols()];
        for (int i = 0; i < moved.length; i++) {
            moved[i] = weights.at(i / inputs.length, inputs[i % inputs.length]);
        }
        return of(
                new WeightMatrix(weights.rows(), weights.cols(), moved),
                problem.gram().principal(inputs));
    }

    static double[] entries(GramMatrix gram) {
        double[] entries = new double[gram.order() * gram.order()];
        for (int i = 0; i < entries.length; i++) {
            entries[i] = gram.at(i / gram.order(), i % gram.order());
        }
        return entries;
    }

    /** Each weight remains by chance. */
    static Mask mask(int rows, int cols, double remaining, long seed) {
        Random random = new Random(seed);
        BitSet bits = new BitSet();
        for (int i = 0; i < rows * cols; i++) {
            bits.set(i, random.nextDouble() < remaining);
        }
        return new Mask(rows, cols, bits);
    }

    /** (w - ŵ) H (w - ŵ)ᵀ of one output, summed without any cleverness. */
    static double error(LayerProblem problem, double[] fitted, int row) {
        int cols = problem.gram().order();
        double error = 0;
        for (int i = 0; i < cols; i++) {
            for (int j = 0; j < cols; j++) {
                double left = problem.weights().at(row, i) - fitted[row * cols + i];
                double right = problem.weights().at(row, j) - fitted[row * cols + j];
                error += left * problem.gram().at(i, j) * right;
            }
        }
        return error;
    }

    static double error(LayerProblem problem, double[] fitted) {
        double error = 0;
        for (int row = 0; row < problem.weights().rows(); row++) {
            error += error(problem, fitted, row);
        }
        return error;
    }

    /** Least squares on some inputs of one output: normal equations by Gaussian elimination with pivoting. */
    static double[] leastSquares(LayerProblem problem, int row, int[] inputs) {
        int n = inputs.length;
        int cols = problem.gram().order();
        double[][] a = new double[n][n + 1];
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                a[i][j] = problem.gram().at(inputs[i], inputs[j]);
            }
            for (int j = 0; j < cols; j++) {
                a[i][n] += problem.weights().at(row, j) * problem.gram().at(j, inputs[i]);
            }
        }
        for (int k = 0; k < n; k++) {
            int pivot = k;
            for (int i = k + 1; i < n; i++) {
                pivot = Math.abs(a[i][k]) > Math.abs(a[pivot][k]) ? i : pivot;
            }
            double[] swapped = a[k];
            a[k] = a[pivot];
            a[pivot] = swapped;
            for (int i = 0; i < n; i++) {
                double factor = i == k ? 0 : a[i][k] / a[k][k];
                for (int j = k; j <= n; j++) {
                    a[i][j] -= factor * a[k][j];
                }
            }
        }
        double[] fitted = new double[cols];
        for (int k = 0; k < n; k++) {
            fitted[inputs[k]] = a[k][n] / a[k][k];
        }
        return fitted;
    }
}
