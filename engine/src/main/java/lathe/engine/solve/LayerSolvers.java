package lathe.engine.solve;

import lathe.engine.grid.WeightFormat;

/**
 * The solvers, by name. All keep {@link lathe.engine.layer.LayerProblem#scaleFloor()} and, where asked to, zeros. With
 * one scale for the whole layer that scale is chosen first, and no solver changes it.
 */
public final class LayerSolvers {

    private LayerSolvers() {}

    /** Round to nearest, each scale just holding its largest weight. The baseline; uses no data. */
    public static LayerSolver nearestMinMax(WeightFormat format) {
        SolverOptions one = SolverOptions.DEFAULT.withOneScale();
        return solver("nearest-minmax", "nearest-minmax", format, one);
    }

    /** Round to nearest, each output with the scale of least error among the candidates. */
    public static LayerSolver nearest(WeightFormat format, SolverOptions options) {
        return solver("nearest", "nearest", format, options, new NearestRounding(within(format, options)));
    }

    /**
     * GPTQ: rounds input by input, each error propagated to the remaining inputs. No output is worse than with round to
     * nearest. A layer of more than {@link lathe.engine.linalg.GramMatrix#LARGEST_WHOLE} inputs is rounded to nearest.
     */
    public static LayerSolver gptq(WeightFormat format, SolverOptions options) {
        SolverOptions within = within(format, options);
        return solver("gptq", "nearest", format, options, new Gptq(within), new NearestRounding(within));
    }

    /**
     * The best of all: GPTQ and round to nearest, then coordinate descent over the codes, then, for outputs of at most
     * {@value SphereDecoding#MOST_INPUTS} inputs, the exact optimum at several scales. No output is worse than by any
     * of these alone. Has the step {@link LayerSolver#twoSided}.
     */
    public static LayerSolver best(WeightFormat format, SolverOptions options) {
        SolverOptions within = within(format, options);
        return new TwoSided(
                format,
                solver(
                        "best",
                        "nearest+descent",
                        format,
                        options,
                        new Gptq(within),
                        new NearestRounding(within),
                        new CoordinateDescent(),
                        new SphereDecoding(within)));
    }

    private static LayerSolver solver(
            String name,
            String nameWhereWide,
            WeightFormat format,
            SolverOptions options,
            Improvement... improvements) {
        BlockwiseSolver solver = new BlockwiseSolver(name, nameWhereWide, format, improvements);
        return format.sharing() == WeightFormat.Sharing.TENSOR
                ? new SharedScaleSolver(format, options, solver)
                : solver;
    }

    private static SolverOptions within(WeightFormat format, SolverOptions options) {
        return format.sharing() == WeightFormat.Sharing.TENSOR ? options.withOneScale() : options;
    }
}
