package lathe.engine.solve;

import java.util.Optional;
import java.util.stream.IntStream;
import lathe.engine.grid.QuantGrid;
import lathe.engine.layer.CompressedLayer;
import lathe.engine.layer.LayerProblem;
import lathe.engine.linalg.CholeskyFactor;
import lathe.engine.linalg.GramMatrix;

/**
 * Rounds input by input, spreading each error over the inputs left: GPTQ, Frantar et al., arXiv 2210.17323, with inputs
 * in the order of falling diag(H).
 *
 * <p>Deviations. The errors are spread with N, where H = N D Nᵀ and N is unit upper, instead of with the inverse's
 * factor: the same numbers, no inverse (Babai's nearest plane). The scale is fitted to the codes,
 * s = (w H qᵀ) / (q H qᵀ), and the codes found again while that helps. An output for which nearest rounding is better
 * keeps that. O(rows * inputs² + inputs³). Immutable.
 */
final class GptqSolver implements LayerSolver {

    /** Inputs whose errors reach the inputs beyond the block in one product. */
    private static final int BLOCK = 128;

    /** Outputs solved at a time, to bound memory. */
    private static final int ROWS = 512;

    private final QuantGrid grid;
    private final SolverOptions options;
    private final LayerSolver nearest;

    GptqSolver(QuantGrid grid, SolverOptions options) {
        this.grid = grid;
        this.options = options;
        this.nearest = LayerSolvers.nearest(grid, options);
    }

    @Override
    public CompressedLayer solve(LayerProblem problem) {
        CompressedLayer start = nearest.solve(problem);
        double[] diagonal = problem.gram().diagonal();
        int[] order = IntStream.range(0, diagonal.length)
                .boxed()
                .sorted((i, j) -> Double.compare(diagonal[j], diagonal[i]))
                .mapToInt(Integer::intValue)
                .toArray();
        GramMatrix gram = problem.gram().permuted(order);
        Optional<CholeskyFactor> factor = factor(gram);
        if (factor.isEmpty()) {
            return start;
        }
        byte[] codes = start.codes().clone();
        float[] scales = start.scales().clone();
        for (int from = 0; from < start.rows(); from += ROWS) {
            int to = Math.min(start.rows(), from + ROWS);
            RowBlock block = new RowBlock(problem, gram, order, from, to, codes, scales);
            improve(block, factor.get());
            block.storeInto(codes, scales);
        }
        return new CompressedLayer(grid, start.rows(), start.cols(), codes, scales);
    }

    /** Factors the damped matrix; empty if H is zero, for then all codes are equally good. */
    private Optional<CholeskyFactor> factor(GramMatrix gram) {
        double mean = gram.meanDiagonal();
        if (!(mean > 0)) {
            return Optional.empty();
        }
        Optional<CholeskyFactor> factor = Optional.empty();
        for (double damping = options.damping();
                factor.isEmpty() && damping < 1e3;
                damping = Math.max(10 * damping, 1e-6)) {
            factor = gram.damped(damping * mean).cholesky();
        }
        return factor;
    }

    private void improve(RowBlock block, CholeskyFactor factor) {
        int[] rows = IntStream.range(0, block.rows()).toArray();
        for (int pass = 0; pass <= options.refits() && rows.length > 0; pass++) {
            double[] weights = block.weights(rows);
            double[] codes = round(weights, block.trialScales(rows), factor);
            rows = block.refit(rows, weights, codes);
        }
    }

    /**
     * The loop of the paper.
     *
     * @param weights rows x inputs, inputs in the factor's order
     * @param scales one a row
     * @return codes, rows x inputs
     */
    private double[] round(double[] weights, float[] scales, CholeskyFactor factor) {
        int cols = factor.order();
        double[] work = weights.clone(); // the weights, moved by the errors so far
        double[] codes = new double[weights.length];
        for (int from = 0; from < cols; from += BLOCK) {
            int to = Math.min(cols, from + BLOCK);
            double[] errors = new double[scales.length * (to - from)];
            for (int row = 0; row < scales.length; row++) {
                for (int col = from; col < to; col++) {
                    int i = row * cols + col;
                    codes[i] = grid.rounded(work[i] / scales[row]);
                    double error = weights[i] - scales[row] * codes[i];
                    errors[row * (to - from) + col - from] = error;
                    factor.spreadInto(error, col, to, work, row * cols);
                }
            }
            factor.spreadInto(errors, from, to, cols, work, scales.length);
        }
        return codes;
    }

    @Override
    public String name() {
        return "gptq";
    }
}
