package lathe.cli.options;

import java.util.Locale;
import java.util.Optional;
import lathe.cli.shell.Arguments;
import lathe.cli.shell.CommandOption;
import lathe.engine.solve.Solver;

/** The option that says how codes are found, of all layers and of single ones. */
public final class SolverSettings {

    /** The option, which layers may have of their own. */
    public static final CommandOption SOLVER = CommandOption.value(
            "solver",
            "best|gptq|nearest",
            "best",
            "GPTQ followed by coordinate descent or an exact search, GPTQ only, or round to nearest");

    private SolverSettings() {}

    /** The solver of all layers. */
    public static Solver of(Arguments arguments) {
        return Solver.valueOf(arguments
                .choice(SOLVER.name(), "best", "best", "gptq", "nearest")
                .toUpperCase(Locale.ROOT));
    }

    /** The solver that a layer gets instead. */
    static Optional<Solver> ofLayer(Arguments arguments) {
        return arguments.text(SOLVER.name()).map(word -> of(arguments));
    }

    /** The name of a solver. */
    public static String name(Solver solver) {
        return solver.name().toLowerCase(Locale.ROOT);
    }
}
