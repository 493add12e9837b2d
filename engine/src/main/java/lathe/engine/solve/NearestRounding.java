package lathe.engine.solve;

import java.util.Comparator;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import lathe.engine.layer.LayerProblem;
import lathe.engine.linalg.EnergyBound;

/**
 * Rounds each weight to the nearest code with the best of many scales: of the scale that just holds an output's largest
 * weight, and of fractions of it, equally spaced, the one with the least (w - ŵ) H (w - ŵ)ᵀ.
 *
 * <p>Measuring a candidate costs O(inputs²), so lower bounds go first, a coarse and a fine one, and only candidates
 * that may still win are measured. The answer is that of measuring all, but for ties.
 * O(candidates * rows * inputs * {@value #COARSE}) and a few times O(rows * inputs²). Immutable.
 */
final class NearestRounding implements Improvement {

    /** Columns of the bound that all candidates get; it leaves about one in five. */
    private static final int COARSE = 8;

    /** Columns of the bound that those get; it leaves about one in fifty. */
    private static final int FINE = 64;

    private final SolverOptions options;

    NearestRounding(SolverOptions options) {
        this.options = options;
    }

    @Override
    public Consumer<RowBlock> prepare(LayerProblem problem) {
        EnergyBound fine = problem.gram().bound(FINE);
        EnergyBound coarse = fine.first(COARSE);
        return block -> improve(block, coarse, fine);
    }

    private void improve(RowBlock block, EnergyBound coarse, EnergyBound fine) {
        int[] rows = IntStream.range(0, block.rows()).toArray();
        double[] differences = new double[rows.length * block.cols()];
        double[][] bounds = new double[options.scaleCandidates() + 1][];
        for (int candidate = 0; candidate < bounds.length; candidate++) {
            float[][] scales = block.fractions(fraction(candidate));
            bounds[candidate] = bounds(coarse, block, rows, scales, differences);
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
            int[] contenders = contenders(block, fine, rows, scales(block, rows, ranked, turn), differences);
            float[][] scales = scales(block, contenders, ranked, turn);
            block.offer(contenders, block.nearestCodes(contenders, scales), scales);
        }
    }

    private double fraction(int candidate) {
        return candidate == 0 ? 1 : options.fraction(candidate - 1);
    }

    private static int[] promisingFirst(double[][] bounds, int row) {
        return IntStream.range(0, bounds.length)
                .boxed()
                .sorted(Comparator.comparingDouble(candidate -> bounds[candidate][row]))
                .mapToInt(Integer::intValue)
                .toArray();
    }

    private static double[] bounds(
            EnergyBound bound, RowBlock block, int[] rows, float[][] scales, double[] differences) {
        block.nearestDifferences(rows, scales, differences);
        return bound.of(differences, rows.length);
    }

    private static int[] contenders(
            RowBlock block, EnergyBound fine, int[] rows, float[][] scales, double[] differences) {
        double[] bounds = bounds(fine, block, rows, scales, differences);
        return IntStream.range(0, rows.length)
                .filter(k -> bounds[k] < block.error(rows[k]))
                .map(k -> rows[k])
                .toArray();
    }

    /** The scales of the candidates whose turn it is. */
    private float[][] scales(RowBlock block, int[] rows, int[][] ranked, int turn) {
        float[][] scales = new float[rows.length][];
        for (int k = 0; k < rows.length; k++) {
            scales[k] = block.range(rows[k]).scales(fraction(ranked[rows[k]][turn]));
        }
        return scales;
    }
}
