package lathe.engine.solve;

import java.util.Arrays;
import lathe.engine.layer.LayerProblem;
import lathe.engine.linalg.GramMatrix;

/**
 * {@link TwoSidedDescent} with the vectors of a codebook in the place of single codes: each output in turn, in the order of
 * falling G_oo, has its vectors improved with (E H)_o replaced by Σ_p (G_op / G_oo) (E H)_p, then its scale fitted.
 * O(outputs² * inputs) a sweep. For one thread.
 */
final class KernelTwoSided {

    private static final int SWEEPS = 4;

    private final GramMatrix metric;
    private final KernelDescent descent;
    private final KernelRows rows;
    private final int cols;
    private final int places;

    KernelTwoSided(LayerProblem problem, Codewords words, KernelRows rows) {
        this.metric = problem.outputMetric();
        this.descent = new KernelDescent(problem.gram(), words);
        this.rows = rows;
        this.cols = problem.gram().order();
        this.places = cols / words.length();
    }

    /** Improves what was found, E H up to date; true if anything has changed. */
    boolean run() {
        int sweep = 0;
        while (sweep < SWEEPS && sweep()) {
            sweep++;
        }
        return sweep > 0;
    }

    private boolean sweep() {
        int[] order = metric.byFallingDiagonal();
        boolean changed = false;
        for (int from = 0; from < order.length; from += TwoSidedWeights.ROWS) {
            int[] block = Arrays.copyOfRange(order, from, Math.min(order.length, from + TwoSidedWeights.ROWS));
            double[] seen = metric.rowsTimes(block, rows.residuals, cols);
            for (int k = 0; k < block.length; k++) {
                double[] change = new double[cols];
                if (improve(block[k], Arrays.copyOfRange(seen, k * cols, (k + 1) * cols), change)) {
                    changed = true;
                    addMultiple(1, change, rows.residuals, block[k] * cols);
                    for (int later = k + 1; later < block.length; later++) {
                        addMultiple(metric.at(block[later], block[k]), change, seen, later * cols);
                    }
                }
            }
        }
        return changed;
    }

    /**
     * Improves one output.
     *
     * @param seen Σ_p G_op (E H)_p, overwritten
     * @param change gets what its (E H)_o changes by
     */
    private boolean improve(int output, double[] seen, double[] change) {
        double own = metric.at(output, output);
        for (int col = 0; col < cols; col++) {
            seen[col] /= own;
        }
        addMultiple(-1, seen, change, 0);
        double[] target = rows.product(output); // Ŵ H, and what the output should make up for
        addMultiple(1, seen, target, 0);
        if (!descent.improve(rows.found, output * places, rows.scales[output], seen, 0)) {
            return false;
        }
        rows.fitScale(output, target, seen);
        addMultiple(1, seen, change, 0);
        return true;
    }

    private static void addMultiple(double factor, double[] from, double[] to, int start) {
        for (int i = 0; i < from.length; i++) {
            to[start + i] += factor * from[i];
        }
    }
}
