package lathe.engine.solve;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;
import lathe.engine.grid.QuantGrid;
import lathe.engine.layer.LayerProblem;

/**
 * GPTQ for one output, in doubles and without a factorization: the weights that are not rounded yet take the values
 * that make up best for the errors made so far, by a system of equations each time. Steps are told as a fraction of
 * those that just hold the largest weights.
 */
final class SlowGptq {

    private final double[] weights;
    private final double[][] gram;
    private final int[] order;
    private final QuantGrid grid;
    private final double[] full; // of each column the scale that just holds the largest weight of its block

    /**
     * For one output.
     *
     * @param grid symmetric
     * @param block columns in a row that share a scale
     */
    SlowGptq(LayerProblem problem, int row, QuantGrid grid, int block) {
        int n = problem.gram().order();
        this.weights = problem.weights().row(row);
        this.grid = grid;
        this.gram = new double[n][n];
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                gram[i][j] = problem.gram().at(i, j);
            }
        }
        this.order = IntStream.range(0, n)
                .boxed()
                .sorted(Comparator.comparingDouble(i -> -gram[i][i]))
                .mapToInt(i -> i)
                .toArray();
        this.full = new double[n];
        for (int i = 0; i < n; i++) {
            double[] together = Arrays.copyOfRange(weights, i / block * block, Math.min(n, i / block * block + block));
            full[i] = Arrays.stream(together).map(Math::abs).max().orElseThrow() / grid.max();
        }
    }

    /** The scale of a column. */
    double scale(double fraction, int col) {
        return fraction * full[col];
    }

    /** The codes for a fraction. */
    double[] round(double fraction) {
        double[] codes = new double[order.length];
        double[] errors = new double[order.length];
        for (int place = 0; place < order.length; place++) {
            int input = order[place];
            int[] left = Arrays.copyOfRange(order, place, order.length);
            double[] push = new double[left.length];
            for (int i = 0; i < left.length; i++) {
                for (int done = 0; done < place; done++) {
                    push[i] += gram[left[i]][order[done]] * errors[order[done]];
                }
            }
            double moved = weights[input] + solve(square(gram, left), push)[0];
            codes[input] = grid.nearest(moved / scale(fraction, input));
            errors[input] = weights[input] - scale(fraction, input) * codes[input];
        }
        return codes;
    }

    /** (w - ŵ) H (w - ŵ)ᵀ. */
    double error(double fraction, double[] codes) {
        double[] difference = new double[codes.length];
        Arrays.setAll(difference, i -> weights[i] - scale(fraction, i) * codes[i]);
        return product(difference, difference);
    }

    private double product(double[] left, double[] right) {
        double sum = 0;
        for (int i = 0; i < left.length; i++) {
            for (int j = 0; j < right.length; j++) {
                sum += left[i] * gram[i][j] * right[j];
            }
        }
        return sum;
    }

    /** The fraction of least error for given codes. */
    double fitted(double[] codes) {
        double[] rounded = new double[codes.length];
        Arrays.setAll(rounded, i -> full[i] * codes[i]);
        return product(weights, rounded) / product(rounded, rounded);
    }

    /** The errors to be expected: those of nearest rounding, times what the inputs behind do not tell of each. */
    double expectedError(double fraction) {
        double error = 0;
        for (int place = 0; place < order.length; place++) {
            double[] first = new double[order.length - place];
            first[0] = 1;
            double variance = 1 / solve(square(gram, Arrays.copyOfRange(order, place, order.length)), first)[0];
            double scale = scale(fraction, order[place]);
            double off = weights[order[place]] - scale * grid.nearest(weights[order[place]] / scale);
            error += variance * off * off;
        }
        return error;
    }

    /** Every third of the candidates, that of least expected error. */
    double expectedFraction(SolverOptions options) {
        return IntStream.range(0, options.scaleCandidates())
                .filter(candidate -> candidate % 3 == 0)
                .mapToObj(options::fraction)
                .min(Comparator.comparingDouble(this::expectedError))
                .orElseThrow();
    }

    /** The fraction of least error among shares of one. */
    double bestFraction(double centre, double... shares) {
        return Arrays.stream(shares)
                .mapToObj(share -> share * centre)
                .min(Comparator.comparingDouble(fraction -> error(fraction, round(fraction))))
                .orElseThrow();
    }

    private static double[][] square(double[][] matrix, int[] chosen) {
        double[][] part = new double[chosen.length][chosen.length];
        for (int i = 0; i < chosen.length; i++) {
            for (int j = 0; j < chosen.length; j++) {
                part[i][j] = matrix[chosen[i]][chosen[j]];
            }
        }
        return part;
    }

    /** Gauss and Jordan, for positive definite matrices. */
    static double[] solve(double[][] matrix, double[] right) {
        double[] x = right.clone();
        for (int i = 0; i < x.length; i++) {
            for (int k = 0; k < x.length; k++) {
                double factor = k == i ? 0 : matrix[k][i] / matrix[i][i];
                x[k] -= factor * x[i];
                for (int j = 0; j < x.length; j++) {
                    matrix[k][j] -= factor * matrix[i][j];
                }
            }
        }
        for (int i = 0; i < x.length; i++) {
            x[i] /= matrix[i][i];
        }
        return x;
    }
}
