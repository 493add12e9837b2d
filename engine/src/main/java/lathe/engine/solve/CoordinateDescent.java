package lathe.engine.solve;

import java.util.function.Consumer;
import java.util.stream.IntStream;
import lathe.engine.layer.LayerProblem;
import lathe.engine.linalg.GramMatrix;

/**
 * Improves the best codes found so far one input at a time: with all other codes of an output held, the best code of
 * input j is the one nearest to k_j + r_j / (s H_jj), where r = (w - ŵ) H is kept up to date. After each sweep over the
 * inputs the scales are fitted to the codes; outputs that get better go on, at most {@value #SWEEPS} times. The error
 * never rises. O(sweeps * rows * inputs * (1 + codes changed)). Immutable.
 *
 * <p>All outputs take an input together, so that its row of H is read once.
 */
final class CoordinateDescent implements Improvement {

    private static final int SWEEPS = 6;

    @Override
    public Consumer<RowBlock> prepare(LayerProblem problem) {
        GramMatrix gram = problem.gram();
        double[] diagonal = gram.diagonal();
        return block -> descend(block, gram, diagonal);
    }

    private static void descend(RowBlock block, GramMatrix gram, double[] diagonal) {
        int[] rows = IntStream.range(0, block.rows()).toArray();
        for (int sweep = 0; sweep < SWEEPS && rows.length > 0; sweep++) {
            float[][] steps = block.stepsOf(rows);
            float[][] codes = block.codesOf(rows);
            sweep(block, gram, diagonal, rows, codes, steps);
            rows = block.offer(rows, codes, steps);
            block.offer(rows, block.codesOf(rows), block.fittedSteps(rows, block.codesOf(rows), block.stepsOf(rows)));
        }
    }

    private static void sweep(
            RowBlock block, GramMatrix gram, double[] diagonal, int[] rows, float[][] codes, float[][] steps) {
        int cols = block.cols();
        double[] products = gram.times(block.differences(rows, codes, steps), rows.length);
        double[][] residuals = new double[rows.length][cols]; // (w - ŵ) H
        float[][] columnSteps = new float[rows.length][];
        for (int k = 0; k < rows.length; k++) {
            System.arraycopy(products, k * cols, residuals[k], 0, cols);
            columnSteps[k] = block.scales(rows[k]).perColumn(steps[k]);
        }
        double[] gramRow = new double[cols];
        for (int input = 0; input < cols; input++) {
            if (!(diagonal[input] > 0)) {
                continue;
            }
            gram.rowInto(input, gramRow);
            for (int k = 0; k < rows.length; k++) {
                RowScales scales = block.scales(rows[k]);
                float step = columnSteps[k][input];
                double wanted = codes[k][input] + residuals[k][input] / (step * diagonal[input]);
                double best = Math.rint(Math.max(scales.lowest()[input], Math.min(scales.highest()[input], wanted)));
                if (best != codes[k][input] && !Double.isNaN(best)) {
                    float before = step * codes[k][input];
                    codes[k][input] = (float) best;
                    subtractMultiple((double) (step * (float) best) - before, gramRow, residuals[k]);
                }
            }
        }
    }

    /** Whole arrays with one index: then the loop is vectorized. */
    private static void subtractMultiple(double factor, double[] from, double[] target) {
        for (int i = 0; i < target.length; i++) {
            target[i] -= factor * from[i];
        }
    }
}
