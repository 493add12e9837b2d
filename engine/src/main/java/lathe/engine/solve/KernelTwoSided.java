package lathe.engine.solve;

import lathe.engine.layer.LayerProblem;
import lathe.engine.linalg.GramMatrix;

/**
 * {@link TwoSidedDescent} with the vectors of a codebook in the place of single codes: each output in turn, in the order of
 * falling G_oo, has its vectors improved with (E H)_o replaced by Σ_p (G_op / G_oo) (E H)_p, then its scale fitted.
 * O(outputs² * inputs) a sweep. For one thread.
 */
final class KernelTwoSided {

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
        return TwoSidedDescent.run(metric, rows.residuals, cols, this::improved);
    }

    private double[] improved(int output, double[] seen) {
        double own = metric.at(output, output);
        for (int col = 0; col < cols; col++) {
            seen[col] /= own;
        }
        double[] before = seen.clone();
        double[] target = rows.product(output); // Ŵ H, and what the output should make up for
        TwoSidedDescent.addMultiple(1, seen, target, 0);
        if (!descent.improve(rows.found, output * places, rows.scales[output], seen, 0)) {
            return new double[0];
        }
        rows.fitScale(output, target, seen);
        TwoSidedDescent.addMultiple(-1, before, seen, 0);
        return seen;
    }
}
