package lathe.engine.solve;

import java.util.Arrays;
import lathe.engine.linalg.GramMatrix;

/**
 * Coordinate descent for tr(G E H Eᵀ): with all other outputs held, output o has the objective of a layer by itself,
 * its weights shifted by the errors of the others, and (E H)_o replaced by Σ_p (G_op / G_oo) (E H)_p. Outputs come in
 * the order of falling G_oo; each improves its inputs one by one, as in {@link CoordinateDescent}, and fits its scales.
 * Ends when a sweep changes nothing, or after {@value #SWEEPS}. O(outputs² * inputs) a sweep, most of it products of
 * matrices.
 */
final class TwoSidedDescent {

    private static final int SWEEPS = 4;

    private final TwoSidedWeights start;
    private final GramMatrix gram;
    private final GramMatrix metric;
    private final int cols;
    private final double[] diagonal;
    private final double[] gramRow;
    private final double[] targets; // W H
    private final double[] residuals; // E H
    private final float[][] codes;
    private final float[][] scales;

    private TwoSidedDescent(TwoSidedWeights start) {
        this.start = start;
        this.gram = start.problem().gram();
        this.metric = start.problem().outputMetric();
        this.cols = gram.order();
        this.diagonal = gram.diagonal();
        this.gramRow = new double[cols];
        this.targets = gram.times(start.problem().weights().rows(0, start.codes().length), start.codes().length);
        this.residuals = start.residuals().clone();
        this.codes = start.copiedCodes();
        this.scales = start.scales().clone();
    }

    /** Weights of no larger error, up to rounding. */
    static TwoSidedWeights from(TwoSidedWeights start) {
        TwoSidedDescent descent = new TwoSidedDescent(start);
        run(descent.metric, descent.residuals, descent.cols, descent::improved);
        return start.with(descent.codes, descent.scales);
    }

    /** Improves one output while all others stay. */
    interface Step {
        /**
         * Takes it.
         *
         * @param seen Σ_p G_op (E H)_p, which may be overwritten
         * @return by how much (E H)_o changes; empty where nothing does
         */
        double[] of(int output, double[] seen);
    }

    /**
     * Takes a step with each output in turn, until a sweep changes nothing.
     *
     * @param residuals E H, outputs x cols, kept up to date
     * @return true if anything has changed
     */
    static boolean run(GramMatrix metric, double[] residuals, int cols, Step step) {
        int sweep = 0;
        while (sweep < SWEEPS && sweep(metric, residuals, cols, step)) {
            sweep++;
        }
        return sweep > 0;
    }

    private static boolean sweep(GramMatrix metric, double[] residuals, int cols, Step step) {
        int[] order = metric.byFallingDiagonal();
        boolean changed = false;
        for (int from = 0; from < order.length; from += TwoSidedWeights.ROWS) {
            int[] block = Arrays.copyOfRange(order, from, Math.min(order.length, from + TwoSidedWeights.ROWS));
            double[] seen = metric.rowsTimes(block, residuals, cols);
            for (int k = 0; k < block.length; k++) {
                double[] change = step.of(block[k], Arrays.copyOfRange(seen, k * cols, (k + 1) * cols));
                if (change.length > 0) {
                    changed = true;
                    addMultiple(1, change, residuals, block[k] * cols);
                    for (int later = k + 1; later < block.length; later++) {
                        addMultiple(metric.at(block[later], block[k]), change, seen, later * cols);
                    }
                }
            }
        }
        return changed;
    }

    private double[] improved(int output, double[] seen) {
        double own = metric.at(output, output);
        double[] residual = new double[cols];
        addMultiple(1 / own, seen, residual, 0);
        double[] before = residual.clone();
        double[] target = residual.clone(); // Ŵ H = W H - E H, and what the output should make up for
        for (int col = 0; col < cols; col++) {
            target[col] += targets[output * cols + col] - residuals[output * cols + col];
        }
        DescendingRow row = new DescendingRow(start.ranges()[output], codes[output], scales[output], target, residual);
        for (int input = 0; input < cols; input++) {
            if (diagonal[input] > 0 && row.canImprove(input, diagonal[input])) {
                gram.rowInto(input, gramRow);
                row.improve(input, diagonal[input], gramRow);
            }
        }
        if (!row.fitIfChanged()) {
            return new double[0];
        }
        scales[output] = row.scales();
        addMultiple(-1, before, residual, 0);
        return residual;
    }

    static void addMultiple(double factor, double[] from, double[] to, int start) {
        for (int i = 0; i < from.length; i++) {
            to[start + i] += factor * from[i];
        }
    }
}
