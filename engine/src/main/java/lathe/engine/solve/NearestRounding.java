package lathe.engine.solve;

import java.util.Comparator;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import lathe.engine.layer.LayerProblem;
import lathe.engine.linalg.EnergyBound;

/**
 * Rounds each weight to the nearest code with the best of many scales: of fractions, equally spaced, of the scale that
 * just holds an output's largest weight, the one with the least (w - ŵ) H (w - ŵ)ᵀ.
 *
 * <p>The error of a candidate costs O(inputs²), so a cheap lower bound goes first and only candidates that may still
 * win are measured. The answer is that of measuring all, but for ties. O(candidates * rows * inputs * rank) and a few
 * times O(rows * inputs²). Immutable.
 */
final class NearestRounding implements Improvement {

    /** Columns of the bound: enough to leave about one candidate in twenty. */
    private static final int RANK = 32;

    private final SolverOptions options;

    NearestRounding(SolverOptions options) {
        this.options = options;
    }

    @Override
    public Consumer<RowBlock> prepare(LayerProblem problem) {
        EnergyBound bound = problem.gram().bound(RANK);
        return block -> improve(block, bound);
    }

    private void improve(RowBlock block, EnergyBound bound) {
        int[] rows = IntStream.range(0, block.rows()).toArray();
        double[][] bounds = new double[options.scaleCandidates()][];
        for (int candidate = 0; candidate < bounds.length; candidate++) {
            float[] scales = block.scales(options.fraction(candidate));
            bounds[candidate] =
                    bound.of(block.differences(rows, block.nearestCodes(rows, scales), scales), rows.length);
        }
        int[][] ranked = new int[rows.length][];
        for (int row : rows) {
            ranked[row] = promisingFirst(bounds, row);
        }
        for (int turn = 0; turn < bounds.length && rows.length > 0; turn++) {
            int now = turn;
            rows = IntStream.of(rows)
                    .filter(row -> bounds[ranked[row][now]][row] < block.error(row))
                    .toArray();
            float[] scales = new float[rows.length];
            for (int k = 0; k < rows.length; k++) {
                scales[k] = block.scales(options.fraction(ranked[rows[k]][turn]))[rows[k]];
            }
            block.offer(rows, block.nearestCodes(rows, scales), scales);
        }
    }

    private static int[] promisingFirst(double[][] bounds, int row) {
        return IntStream.range(0, bounds.length)
                .boxed()
                .sorted(Comparator.comparingDouble(candidate -> bounds[candidate][row]))
                .mapToInt(Integer::intValue)
                .toArray();
    }
}
