package lathe.engine.solve;

import java.util.ArrayList;
import java.util.List;
import lathe.engine.layer.LayerProblem;
import lathe.engine.layer.QuantizedWeights;

/**
 * Adds the two-sided objective to a solver of single outputs: {@link TwoSidedDescent} minimises tr(G E H Eᵀ),
 * E = W - Ŵ, from the codes that the solver has found, or from those of {@link TwoSidedRounding} with the same scales
 * where these are better. The result is kept where it is better. Immutable.
 */
final class TwoSided implements LayerSolver {

    /** Multiplications of a sweep of the descent, outputs² * inputs, beyond which a layer is skipped. */
    private static final long MOST_WORK = 1L << 33;

    private final LayerSolver solver;

    TwoSided(LayerSolver solver) {
        this.solver = solver;
    }

    @Override
    public List<QuantizedWeights> solve(List<LayerProblem> groups) {
        return solver.solve(groups);
    }

    @Override
    public boolean isTwoSided() {
        return true;
    }

    @Override
    public List<QuantizedWeights> twoSided(List<LayerProblem> groups, List<QuantizedWeights> solved) {
        List<QuantizedWeights> improved = new ArrayList<>();
        for (int group = 0; group < solved.size(); group++) {
            improved.add(improved(groups.get(group), solved.get(group)));
        }
        return improved;
    }

    /** True unless a sweep would take too long. */
    static boolean isAffordable(LayerProblem problem) {
        long outputs = problem.weights().rows();
        return outputs * outputs * problem.weights().cols() <= MOST_WORK;
    }

    private QuantizedWeights improved(LayerProblem problem, QuantizedWeights solved) {
        if (problem.outputMetric().isDiagonal() || problem.gram().isDiagonal() || !isAffordable(problem)) {
            return solved;
        }
        TwoSidedWeights start = TwoSidedWeights.of(problem, solved);
        TwoSidedWeights rounded = TwoSidedRounding.of(start);
        TwoSidedWeights found = TwoSidedDescent.from(rounded.error() < start.error() ? rounded : start);
        return found.error() < start.error() ? found.quantized() : solved;
    }

    @Override
    public String name() {
        return solver.name();
    }

    @Override
    public String nameFor(int inputs) {
        return solver.nameFor(inputs);
    }

    @Override
    public String toString() {
        return solver.toString();
    }
}
