package lathe.engine.solve;

/**
 * One output during coordinate descent: its codes, its scales and the residual error, kept up to date. Arrays are not
 * copied: codes and residual change in place.
 */
final class DescendingRow {
    private final RowScales scales;
    private final float[] codes;
    private final double[] target; // t H, t the weights that the output should have
    private final double[] residual; // (t - ŵ) H
    private float[] steps;
    private float[] columnSteps;
    private boolean changed;

    DescendingRow(RowScales scales, float[] codes, float[] steps, double[] target, double[] residual) {
        this.scales = scales;
        this.codes = codes;
        this.steps = steps;
        this.target = target;
        this.residual = residual;
        this.columnSteps = scales.perColumn(steps);
    }

    /** The scales after the last fit. */
    float[] steps() {
        return steps;
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
            float step = columnSteps[input];
            double change = (double) (step * (float) best) - step * codes[input];
            codes[input] = (float) best;
            changed = true;
            subtractMultiple(change, gramRow, residual);
        }
    }

    private double best(int input, double diagonal) {
        double wanted = codes[input] + residual[input] / (columnSteps[input] * diagonal);
        double lowest = scales.lowest(input, codes);
        double highest = scales.highest(input, codes);
        return scales.levels().nearest(Math.max(lowest, Math.min(highest, wanted)));
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
            double weight = columnSteps[i] * codes[i];
            cross += target[i] * weight;
            own += (target[i] - residual[i]) * weight;
        }
        double factor = cross / own;
        if (own > 0 && factor > 0) {
            float[] fitted = scales.times(steps, factor);
            double taken = (double) fitted[0] / steps[0];
            for (int i = 0; i < residual.length; i++) {
                residual[i] = target[i] - taken * (target[i] - residual[i]);
            }
            steps = fitted;
            columnSteps = scales.perColumn(steps);
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
