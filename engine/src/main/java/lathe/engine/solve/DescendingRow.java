package lathe.engine.solve;

/**
 * One output during coordinate descent: its codes, its scales and the residual error, kept up to date. Arrays are not
 * copied: codes and residual change in place.
 */
final class DescendingRow {
    private final ScaleRange range;
    private final float[] codes;
    private final double[] target; // t H, t the weights that the output should have
    private final double[] residual; // (t - ŵ) H
    private float[] scales;
    private float[] columnScales;
    private boolean changed;

    DescendingRow(ScaleRange range, float[] codes, float[] scales, double[] target, double[] residual) {
        this.range = range;
        this.codes = codes;
        this.scales = scales;
        this.target = target;
        this.residual = residual;
        this.columnScales = range.perColumn(scales);
    }

    /** The scales after the last fit. */
    float[] scales() {
        return scales;
    }

    /** True if another code of an input is better while all others stay. */
    boolean canImprove(int input, double diagonal) {
        double best = best(input, diagonal);
        return best != codes[input] && !Double.isNaN(best);
    }

    /** Gives one input the best code that it can have while all others stay. */
    void improve(int input, double diagonal, double[] gramRow) {
        double best = best(input, diagonal);
        if (best != codes[input] && !Double.isNaN(best)) {
            float scale = columnScales[input];
            double change = (double) (scale * (float) best) - scale * codes[input];
            codes[input] = (float) best;
            changed = true;
            subtractMultiple(change, gramRow, residual);
        }
    }

    private double best(int input, double diagonal) {
        double wanted = codes[input] + residual[input] / (columnScales[input] * diagonal);
        double lowest = range.lowest(input, codes);
        double highest = range.highest(input, codes);
        return range.levels().nearest(Math.max(lowest, Math.min(highest, wanted)));
    }

    /** Fits the scales if a code has changed since the last time, which is the answer. */
    boolean fitIfChanged() {
        if (!changed) {
            return false;
        }
        changed = false;
        double cross = 0;
        double own = 0;
        for (int i = 0; i < codes.length; i++) {
            double weight = columnScales[i] * codes[i];
            cross += target[i] * weight;
            own += (target[i] - residual[i]) * weight;
        }
        double factor = cross / own;
        if (own > 0 && factor > 0) {
            float[] fitted = range.times(scales, factor);
            double taken = (double) fitted[0] / scales[0];
            for (int i = 0; i < residual.length; i++) {
                residual[i] = target[i] - taken * (target[i] - residual[i]);
            }
            scales = fitted;
            columnScales = range.perColumn(scales);
        }
        return true;
    }

    /** Whole arrays with one index: then the loop is vectorized. */
    private static void subtractMultiple(double factor, double[] from, double[] target) {
        for (int i = 0; i < target.length; i++) {
            target[i] -= factor * from[i];
        }
    }
}
