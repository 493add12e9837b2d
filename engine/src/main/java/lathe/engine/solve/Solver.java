package lathe.engine.solve;

import java.util.List;
import lathe.engine.grid.CodebookFormat;
import lathe.engine.grid.CodedFormat;
import lathe.engine.grid.TableFormat;
import lathe.engine.grid.WeightFormat;

/**
 * The solvers, by name. All keep {@link lathe.engine.layer.LayerProblem#scaleFloor()} and, where asked to, zeros. With one
 * scale for the whole layer that scale is chosen first, and no solver changes it.
 */
public enum Solver {

    /**
     * The best of all: GPTQ and round to nearest, then coordinate descent over the codes, then, for outputs of at most
     * {@value SphereDecoding#MOST_INPUTS} inputs, the exact optimum at several scales. No output is worse than by any
     * of these alone. Has the step {@link LayerSolver#twoSided}.
     */
    BEST("best", "nearest+descent") {
        @Override
        List<Improvement> improvements(SolverOptions options) {
            return List.of(
                    new Gptq(options),
                    new NearestRounding(options),
                    new CoordinateDescent(),
                    new SphereDecoding(options));
        }

        @Override
        public LayerSolver of(WeightFormat format, SolverOptions options) {
            LayerSolver solver = super.of(format, options);
            return format instanceof CodebookFormat ? solver : new TwoSided(solver);
        }
    },

    /**
     * GPTQ: rounds input by input, each error propagated to the remaining inputs. No output is worse than with round to
     * nearest. A layer of more than {@link lathe.engine.linalg.GramMatrix#LARGEST_WHOLE} inputs is rounded to nearest.
     */
    GPTQ("gptq", "nearest") {
        @Override
        List<Improvement> improvements(SolverOptions options) {
            return List.of(new Gptq(options), new NearestRounding(options));
        }
    },

    /** Round to nearest, each output with the scale of least error among the candidates. */
    NEAREST("nearest", "nearest") {
        @Override
        List<Improvement> improvements(SolverOptions options) {
            return List.of(new NearestRounding(options));
        }
    },

    /** Round to nearest, each scale just holding its largest weight. The baseline; uses no data. */
    NEAREST_MINMAX("nearest-minmax", "nearest-minmax") {
        @Override
        List<Improvement> improvements(SolverOptions options) {
            return List.of();
        }

        @Override
        public LayerSolver of(WeightFormat format, SolverOptions options) {
            return withLevels(format, options.withOneScale());
        }
    };

    /** How often vectors of a codebook are chosen, scales fitted in between. */
    private static final int CODEBOOK_TRIALS = 3;

    private final String text;
    private final String nameWhereWide;

    Solver(String text, String nameWhereWide) {
        this.text = text;
        this.nameWhereWide = nameWhereWide;
    }

    /** What is tried, one after the other, each from the best codes so far. */
    abstract List<Improvement> improvements(SolverOptions options);

    /** The solver of layers whose weights get this format. */
    public LayerSolver of(WeightFormat format, SolverOptions options) {
        if (format instanceof CodedFormat coded) {
            return new CodedSolver(
                    coded, new BlockwiseSolver(text, nameWhereWide, format, improvements(options.withOneScale())));
        }
        if (format instanceof CodebookFormat codebook) {
            return new CodebookSolver(
                    codebook, text, CODEBOOK_TRIALS, improvements(options).size() > 2);
        }
        return format instanceof TableFormat table && table.fitted()
                ? new LloydSolver(table, options, levels -> withLevels(levels, options))
                : withLevels(format, options);
    }

    /** The solver that takes the levels as they are. */
    LayerSolver withLevels(WeightFormat format, SolverOptions options) {
        boolean oneScale = format.sharing() == WeightFormat.Sharing.TENSOR;
        BlockwiseSolver solver = new BlockwiseSolver(
                text, nameWhereWide, format, improvements(oneScale ? options.withOneScale() : options));
        return oneScale ? new SharedScaleSolver(format, options, solver) : solver;
    }

    /** The name, as in reports and options. */
    @Override
    public String toString() {
        return text;
    }
}
