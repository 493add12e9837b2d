package lathe.engine.solve;

import java.util.Arrays;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import lathe.engine.layer.LayerProblem;
import lathe.engine.linalg.GramMatrix;

/**
 * Improves the best codes found so far one input at a time: with all other codes of an output held, the best code of
 * input j is the one nearest to k_j + r_j / (s H_jj), where r = (w - ŵ) H is kept up to date. After each sweep over the
 * inputs the scales are fitted to the codes: with p = w H, the best factor is p ŵᵀ / (p - r) ŵᵀ, and r becomes
 * p - factor (p - r). Outputs with codes that changed go on, at most {@value #SWEEPS} times. O(rows * inputs²) once and
 * O(rows * inputs * (1 + codes changed)) a sweep. Immutable.
 *
 * <p>All outputs take an input together, so that its row of H is read once.
 */
final class CoordinateDescent implements Improvement {

    private static final int SWEEPS = 6;

    @Override
    public Consumer<RowBlock> prepare(LayerProblem problem) {
        GramMatrix gram = problem.gram();
        if (gram.isDiagonal()) {
            return block -> {};
        }
        double[] diagonal = gram.diagonal();
        return block -> descend(block, gram, diagonal);
    }

    private static void descend(RowBlock block, GramMatrix gram, double[] diagonal) {
        int[] rows = IntStream.range(0, block.rows()).toArray();
        float[][] scales = block.scalesOf(rows);
        float[][] codes = block.codesOf(rows);
        double[][] targets = split(gram.times(block.exactWeights(), rows.length), block.cols());
        double[][] residuals = split(gram.times(block.differences(rows, codes, scales), rows.length), block.cols());
        DescendingRow[] active = new DescendingRow[rows.length];
        for (int row : rows) {
            active[row] = new DescendingRow(block.range(row), codes[row], scales[row], targets[row], residuals[row]);
        }
        DescendingRow[] all = active;
        double[] gramRow = new double[block.cols()];
        for (int sweep = 0; sweep < SWEEPS && active.length > 0; sweep++) {
            for (int input = 0; input < gramRow.length; input++) {
                if (diagonal[input] > 0) {
                    gram.rowInto(input, gramRow);
                    improve(active, input, diagonal[input], gramRow);
                }
            }
            active = Stream.of(active).filter(DescendingRow::fitIfChanged).toArray(DescendingRow[]::new);
        }
        for (int row : rows) {
            scales[row] = all[row].scales();
        }
        block.offer(rows, codes, scales);
    }

    /** Separate, because the compiler takes a second over all three loops in one. */
    private static void improve(DescendingRow[] active, int input, double diagonal, double[] gramRow) {
        for (DescendingRow row : active) {
            row.improve(input, diagonal, gramRow);
        }
    }

    private static double[][] split(double[] values, int cols) {
        double[][] rows = new double[values.length / Math.max(1, cols)][];
        for (int row = 0; row < rows.length; row++) {
            rows[row] = Arrays.copyOfRange(values, row * cols, (row + 1) * cols);
        }
        return rows;
    }
}
