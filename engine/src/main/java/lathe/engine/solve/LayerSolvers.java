package lathe.engine.solve;

import lathe.engine.grid.QuantGrid;

/** The solvers, by name. All keep {@link lathe.engine.layer.LayerProblem#scaleFloor()}. */
public final class LayerSolvers {

    private LayerSolvers() {}

    /** Nearest rounding, the scale just holding each output's largest weight. The baseline; looks at no data. */
    public static LayerSolver nearestMinMax(QuantGrid grid) {
        return new BlockwiseSolver("nearest-minmax", grid, problem -> block -> {});
    }

    /** Nearest rounding, each output with the scale of least error among the candidates. */
    public static LayerSolver nearest(QuantGrid grid, SolverOptions options) {
        return new BlockwiseSolver("nearest", grid, new NearestRounding(options));
    }

    /** GPTQ: rounds input by input, each error spread over the inputs left. No output is worse than by nearest.
     * A layer of more than {@value Gptq#LARGEST_ORDER} inputs gets nearest rounding. */
    public static LayerSolver gptq(QuantGrid grid, SolverOptions options) {
        return new BlockwiseSolver("gptq", "nearest", grid, new Gptq(options), new NearestRounding(options));
    }
}
