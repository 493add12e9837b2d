package lathe.engine.prune;

import java.util.BitSet;
import java.util.function.Function;
import java.util.stream.IntStream;
import lathe.engine.layer.LayerProblem;
import lathe.engine.linalg.GramMatrix;
import lathe.engine.linalg.PrincipalSolver;

/**
 * Exact least squares on the remaining weights: of all ŵ that are zero where the mask is, the one that makes
 * (w - ŵ) H (w - ŵ)ᵀ smallest. With S the remaining weights of an output and Z its zeros, those in S move by
 * e_S, where e_S H_SS = w_Z H_ZS.
 *
 * <p>Where most weights remain, the zeros are the smaller system: all weights move by -y (H⁻¹)_Z, where y are the
 * multipliers of the constraint that they move to zero on Z, y (H⁻¹)_ZZ = w_Z.
 *
 * <p>One factorization for each mask that outputs share, O(|S|³ / 3) or O(|Z|³ / 3). For one thread.
 */
final class MaskedLeastSquares {

    /** Outputs in memory at a time. */
    private static final int ROWS = 256;

    private final LayerProblem problem;
    private final GramMatrix gram;
    private final Mask mask;
    private final int cols;

    private MaskedLeastSquares(LayerProblem problem, Mask mask) {
        this.problem = problem;
        this.gram = problem.gram();
        this.mask = mask;
        this.cols = mask.cols();
    }

    /**
     * Ŵ, outputs x inputs, row after row.
     *
     * @param problem with an H that is {@link GramMatrix#regularized}
     */
    static double[] of(LayerProblem problem, Mask mask) {
        MaskedLeastSquares fit = new MaskedLeastSquares(problem, mask);
        if (fit.gram.isDiagonal()) { // no remaining weight can make up for another input
            return fit.fitted((removed, from, to) -> new double[removed.length]);
        }
        return fit.isCheaperFromZeros() ? fit.fromZeros() : fit.fromRemaining();
    }

    private boolean isCheaperFromZeros() {
        double remaining = 0;
        double zeros = 3 * Math.pow(cols, 3); // the inverse
        for (int row = 0; row < mask.rows(); row++) {
            remaining += Math.pow(remaining(mask.bits(row)).length, 3);
            zeros += Math.pow(zeros(mask.bits(row)).length, 3);
        }
        return zeros < remaining;
    }

    private double[] fromRemaining() {
        try (PrincipalSolver solver = gram.principalSolver(most(this::remaining))) {
            RowSystems systems = new RowSystems(problem, solver, this::remaining);
            return fitted((removed, from, to) -> systems.solve(mask, from, to, gram.times(removed, to - from)));
        }
    }

    private double[] fromZeros() {
        GramMatrix inverse = gram.inverse().orElseThrow(() -> Pruning.noGram(problem));
        try (PrincipalSolver solver = inverse.principalSolver(most(this::zeros))) {
            RowSystems systems = new RowSystems(problem, solver, this::zeros);
            return fitted(
                    (removed, from, to) -> negated(inverse.times(systems.solve(mask, from, to, removed), to - from)));
        }
    }

    private int most(Function<BitSet, int[]> inputs) {
        int most = 0;
        for (int row = 0; row < mask.rows(); row++) {
            most = Math.max(most, inputs.apply(mask.bits(row)).length);
        }
        return most;
    }

    /** How the weights of some outputs move, given those that go: blocks of outputs x inputs. */
    private interface Moves {
        double[] of(double[] removed, int from, int to);
    }

    private double[] fitted(Moves moves) {
        double[] fitted = new double[mask.rows() * cols];
        for (int from = 0; from < mask.rows(); from += ROWS) {
            int to = Math.min(mask.rows(), from + ROWS);
            double[] moved = moves.of(removed(from, to), from, to);
            for (int row = from; row < to; row++) {
                for (int input : mask.remaining(row)) {
                    double move = moved[(row - from) * cols + input];
                    fitted[row * cols + input] = problem.weights().at(row, input) + move;
                }
            }
        }
        return fitted;
    }

    /** W, zero where weights remain. */
    private double[] removed(int from, int to) {
        double[] removed = problem.weights().rows(from, to);
        for (int row = from; row < to; row++) {
            for (int input : mask.remaining(row)) {
                removed[(row - from) * cols + input] = 0;
            }
        }
        return removed;
    }

    private static double[] negated(double[] values) {
        for (int i = 0; i < values.length; i++) {
            values[i] = -values[i];
        }
        return values;
    }

    private int[] remaining(BitSet bits) {
        return bits.stream().toArray();
    }

    private int[] zeros(BitSet bits) {
        return IntStream.range(0, cols).filter(input -> !bits.get(input)).toArray();
    }
}
