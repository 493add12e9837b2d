package lathe.engine.solve;

import lathe.engine.grid.WeightFormat;

/** The solvers by name, as data. */
public enum Solver {
    /** Round to nearest, each scale just holding its largest weight. */
    NEAREST_MINMAX,
    /** Round to nearest with the best scale. */
    NEAREST,
    /** GPTQ. */
    GPTQ,
    /** GPTQ, then coordinate descent or an exact search. */
    BEST;

    /** The solver of layers whose weights get this format. */
    public LayerSolver of(WeightFormat format, SolverOptions options) {
        return switch (this) {
            case NEAREST_MINMAX -> LayerSolvers.nearestMinMax(format);
            case NEAREST -> LayerSolvers.nearest(format, options);
            case GPTQ -> LayerSolvers.gptq(format, options);
            case BEST -> LayerSolvers.best(format, options);
        };
    }
}
