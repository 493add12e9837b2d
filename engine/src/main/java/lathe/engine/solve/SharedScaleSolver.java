package lathe.engine.solve;

import java.util.List;
import java.util.Optional;
import lathe.engine.grid.WeightFormat;
import lathe.engine.layer.LayerProblem;
import lathe.engine.layer.QuantizedWeights;

/**
 * Gives all outputs of a layer one scale: that of least error under round to nearest, summed over up to
 * {@value #SAMPLED} outputs of each group, out of the candidates; then each group is solved with it. Immutable.
 */
final class SharedScaleSolver implements LayerSolver {

    private static final int SAMPLED = 64;

    private final WeightFormat format;
    private final SolverOptions options;
    private final BlockwiseSolver groupSolver;

    /** @param groupSolver solves a group with a given scale */
    SharedScaleSolver(WeightFormat format, SolverOptions options, BlockwiseSolver groupSolver) {
        this.format = format;
        this.options = options;
        this.groupSolver = groupSolver;
    }

    @Override
    public List<QuantizedWeights> solve(List<LayerProblem> groups) {
        CoveringScale covering = CoveringScale.covering(format, groups);
        for (LayerProblem group : groups) {
            CodePairs pairs = CodePairs.of(format, group.pairs());
            for (int row = 0; row < group.weights().rows(); row++) {
                covering = covering.atLeast(pairs.leastScale(group.weights().floatRow(row)));
            }
        }
        double floor = 0;
        for (LayerProblem group : groups) {
            for (double least : group.scaleFloor()) {
                floor = Math.max(floor, least);
            }
        }
        CoveringScale best = atLeast(covering, 1, floor);
        double leastError = Double.POSITIVE_INFINITY;
        for (int candidate = 0; candidate < options.scaleCandidates(); candidate++) {
            CoveringScale tried = atLeast(covering, options.fraction(candidate), floor);
            double error = 0;
            for (LayerProblem group : groups) {
                error += nearestError(group, tried);
            }
            if (error < leastError) {
                leastError = error;
                best = tried;
            }
        }
        Optional<CoveringScale> shared = Optional.of(best);
        return groups.stream().map(group -> groupSolver.solve(group, shared)).toList();
    }

    private static CoveringScale atLeast(CoveringScale covering, double fraction, double floor) {
        float scale = (float) Math.min(Float.MAX_VALUE, Math.max(floor, fraction * covering.scale()));
        return new CoveringScale(scale < floor ? Math.nextUp(scale) : scale, covering.zeroPoint());
    }

    private double nearestError(LayerProblem problem, CoveringScale shared) {
        int rows = problem.weights().rows();
        int stride = (rows + SAMPLED - 1) / SAMPLED;
        double error = 0;
        int count = (rows + stride - 1) / stride;
        int cols = problem.weights().cols();
        double[] differences = new double[count * cols];
        for (int k = 0; k < count; k++) {
            RowBlock row = new RowBlock(format, problem, Optional.of(shared), Math::rint, k * stride, k * stride + 1);
            System.arraycopy(row.currentDifferences(), 0, differences, k * cols, cols);
        }
        for (double energy : problem.gram().energies(differences, count)) {
            error += energy;
        }
        return error;
    }

    @Override
    public String name() {
        return groupSolver.name();
    }

    @Override
    public String nameFor(int inputs) {
        return groupSolver.nameFor(inputs);
    }

    @Override
    public String toString() {
        return groupSolver + ", one scale";
    }
}
