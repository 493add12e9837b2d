package lathe.engine.solve;

import java.util.Arrays;
import lathe.engine.grid.QuantGrid;
import lathe.engine.layer.LayerProblem;
import lathe.engine.linalg.GramMatrix;

/**
 * Chooses each output's scale: of fractions, equally spaced, of the scale that just holds the largest weight, the one
 * with the least (w - ŵ) H (w - ŵ)ᵀ under nearest rounding. Immutable.
 */
final class ScaleSearch {

    /** Rows searched at a time, to bound memory. */
    private static final int ROWS = 512;

    private final QuantGrid grid;
    private final int candidates;
    private final double smallest;
    private final double largest;

    ScaleSearch(QuantGrid grid, int candidates, double smallest, double largest) {
        this.grid = grid;
        this.candidates = candidates;
        this.smallest = smallest;
        this.largest = largest;
    }

    static ScaleSearch of(QuantGrid grid, SolverOptions options) {
        return new ScaleSearch(grid, options.scaleCandidates(), options.smallestFraction(), options.largestFraction());
    }

    /** One positive, finite scale an output. */
    float[] scales(LayerProblem problem) {
        int rows = problem.weights().rows();
        float[] scales = new float[rows];
        for (int from = 0; from < rows; from += ROWS) {
            int to = Math.min(rows, from + ROWS);
            double[] weights = problem.weights().rows(from, to);
            double[] floors = Arrays.copyOfRange(problem.scaleFloor(), from, to);
            System.arraycopy(scales(weights, floors, problem.gram()), 0, scales, from, to - from);
        }
        return scales;
    }

    private float[] scales(double[] weights, double[] floors, GramMatrix gram) {
        int rows = floors.length;
        float[] best = candidate(candidates - 1, weights, floors);
        if (candidates == 1) {
            return best;
        }
        double[] errors = new double[weights.length];
        double[] least = new double[rows];
        Arrays.fill(least, Double.POSITIVE_INFINITY);
        for (int index = candidates - 1; index >= 0; index--) {
            float[] scales = candidate(index, weights, floors);
            Rounding.errorsInto(grid, weights, scales, errors);
            double[] energies = gram.energies(errors, rows);
            for (int row = 0; row < rows; row++) {
                if (energies[row] < least[row]) {
                    least[row] = energies[row];
                    best[row] = scales[row];
                }
            }
        }
        return best;
    }

    private float[] candidate(int index, double[] weights, double[] floors) {
        double step = candidates == 1 ? 0 : (largest - smallest) / (candidates - 1);
        double fraction = largest - step * (candidates - 1 - index);
        int rows = floors.length;
        int cols = weights.length / rows;
        float[] scales = new float[rows];
        for (int row = 0; row < rows; row++) {
            double magnitude = 0;
            for (int i = row * cols; i < (row + 1) * cols; i++) {
                magnitude = Math.max(magnitude, Math.abs(weights[i]));
            }
            scales[row] = Rounding.scale(magnitude / grid.largestMagnitude() * fraction, floors[row]);
        }
        return scales;
    }
}
