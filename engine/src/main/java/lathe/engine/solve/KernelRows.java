package lathe.engine.solve;

import lathe.engine.layer.LayerProblem;

/**
 * The vectors chosen for the outputs of a group, their scales, and what is computed from both: p = w H, the residual
 * r = (w - ŵ) H and the error (w - ŵ) H (w - ŵ)ᵀ of each output. For one thread.
 */
final class KernelRows {

    private final LayerProblem problem;
    private final Codewords words;
    private final int vectors;
    private final double[] targets; // p, rows x inputs
    final int[] found; // rows x vectors
    final double[] scales;
    double[] residuals; // r, rows x inputs

    /**
     * Takes over both arrays.
     *
     * @param targets W H, of {@link #targets}, shared by all choices of one problem
     */
    KernelRows(LayerProblem problem, Codewords words, double[] targets, int[] found, double[] scales) {
        this.problem = problem;
        this.words = words;
        this.targets = targets;
        this.found = found;
        this.scales = scales;
        this.vectors = found.length / Math.max(1, scales.length);
    }

    /** W H. */
    static double[] targets(LayerProblem problem) {
        int rows = problem.weights().rows();
        return problem.gram().times(problem.weights().rows(0, rows), rows);
    }

    /** Scales with which the codebook's unit is the root mean square of each output's weights. */
    static double[] unitScales(LayerProblem problem, Codewords words) {
        double[] scales = new double[problem.weights().rows()];
        for (int row = 0; row < scales.length; row++) {
            scales[row] = Math.max(
                    Float.MIN_NORMAL, Math.sqrt(meanSquare(problem.weights().row(row))) / words.unit());
        }
        return scales;
    }

    /** The mean of the squares of an output's weights. */
    static double meanSquare(double[] weights) {
        double squares = 0;
        for (double weight : weights) {
            squares += weight * weight;
        }
        return squares / weights.length;
    }

    /** Gives each output the scale of least error, where that is positive: s = p cᵀ / (c H cᵀ). O(rows * inputs²). */
    void fitScales() {
        double[] numbers = numbers();
        double[] products = problem.gram().times(numbers, scales.length);
        int cols = problem.weights().cols();
        for (int row = 0; row < scales.length; row++) {
            double cross = 0;
            double own = 0;
            for (int i = row * cols; i < (row + 1) * cols; i++) {
                cross += targets[i] * numbers[i];
                own += products[i] * numbers[i];
            }
            double fitted = cross / own;
            if (own > 0 && fitted >= Float.MIN_NORMAL) {
                scales[row] = (float) fitted;
            }
        }
        findResiduals(products);
    }

    /** The residuals of the scales that were given. */
    void keepScales() {
        findResiduals(problem.gram().times(numbers(), scales.length));
    }

    /** @param products c H of each output */
    private void findResiduals(double[] products) {
        residuals = new double[products.length];
        for (int i = 0; i < products.length; i++) {
            residuals[i] = targets[i] - scales[i / problem.weights().cols()] * products[i];
        }
    }

    /** The chosen vectors without their scales, rows x inputs. */
    double[] numbers() {
        double[] numbers = new double[found.length * words.length()];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = words.at(found[i / words.length()], i % words.length());
        }
        return numbers;
    }

    /** Ŵ H of one output. After {@link #fitScales}. */
    double[] product(int row) {
        int cols = problem.weights().cols();
        double[] product = new double[cols];
        for (int i = 0; i < cols; i++) {
            product[i] = targets[row * cols + i] - residuals[row * cols + i];
        }
        return product;
    }

    /**
     * Gives one output the scale of least error where that is positive, for a target t.
     *
     * @param target t H
     * @param residual (t - ŵ) H, kept up to date
     */
    void fitScale(int row, double[] target, double[] residual) {
        double cross = 0;
        double own = 0;
        for (int i = 0; i < target.length; i++) {
            int index = found[row * vectors + i / words.length()];
            cross += target[i] * words.at(index, i % words.length());
            own += (target[i] - residual[i]) * words.at(index, i % words.length());
        }
        float fitted = (float) (scales[row] * cross / own);
        if (own > 0 && fitted >= Float.MIN_NORMAL) {
            double factor = fitted / scales[row];
            for (int i = 0; i < target.length; i++) {
                residual[i] = target[i] - factor * (target[i] - residual[i]);
            }
            scales[row] = fitted;
        }
    }

    /** (w - ŵ) H (w - ŵ)ᵀ of each output. After {@link #fitScales}. */
    double[] errors() {
        int cols = problem.weights().cols();
        double[] errors = new double[scales.length];
        for (int i = 0; i < residuals.length; i++) {
            int row = i / cols;
            double number = words.at(found[i / words.length()], i % words.length());
            errors[row] += residuals[i] * (problem.weights().at(row, i % cols) - scales[row] * number);
        }
        return errors;
    }

    /** Takes over the outputs that another choice does better. */
    void keepBetter(KernelRows other) {
        int cols = problem.weights().cols();
        double[] own = errors();
        double[] others = other.errors();
        for (int row = 0; row < scales.length; row++) {
            if (others[row] < own[row]) {
                scales[row] = other.scales[row];
                System.arraycopy(other.found, row * vectors, found, row * vectors, vectors);
                System.arraycopy(other.residuals, row * cols, residuals, row * cols, cols);
            }
        }
    }
}
