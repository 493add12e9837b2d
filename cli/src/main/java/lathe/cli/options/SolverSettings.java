package lathe.cli.options;

import java.util.Optional;
import java.util.stream.Stream;
import lathe.cli.shell.Arguments;
import lathe.cli.shell.CommandOption;
import lathe.engine.solve.Solver;

/** The option that says how codes are found, of all layers and of single ones. */
public final class SolverSettings {

    /** The option, which layers may have of their own. */
    public static final CommandOption SOLVER = CommandOption.value(
            "solver",
            String.join("|", names()),
            Solver.BEST.toString(),
            "GPTQ followed by coordinate descent or an exact search, GPTQ only, or round to nearest");

    private SolverSettings() {}

    /** The baseline is for comparisons only. */
    private static String[] names() {
        return Stream.of(Solver.values())
                .filter(solver -> solver != Solver.NEAREST_MINMAX)
                .map(Solver::toString)
                .toArray(String[]::new);
    }

    /** The solver of all layers. */
    public static Solver of(Arguments arguments) {
        String name = arguments.choice(SOLVER.name(), Solver.BEST.toString(), names());
        return Stream.of(Solver.values())
                .filter(solver -> solver.toString().equals(name))
                .findFirst()
                .orElseThrow();
    }

    /** The solver that a layer gets instead. */
    static Optional<Solver> ofLayer(Arguments arguments) {
        return arguments.text(SOLVER.name()).map(word -> of(arguments));
    }
}
