package lathe.cli.options;

import java.util.List;
import lathe.cli.shell.Arguments;
import lathe.cli.shell.Command;
import lathe.cli.shell.CommandOption;
import lathe.engine.grid.WeightFormat;
import lathe.engine.layer.Layer;
import lathe.engine.pipeline.LayerOverride;
import lathe.engine.solve.LayerSolver;
import lathe.engine.solve.LayerSolvers;
import lathe.engine.solve.SolverOptions;

/**
 * Which solver a layer gets.
 *
 * @param all the name of the solver of all layers
 * @param layers of single ones; later ones win
 */
public record SolverChoice(String all, List<OfLayers> layers) {

    /** The option, which layers may have of their own. */
    public static final CommandOption SOLVER = CommandOption.value(
            "solver",
            "best|gptq|nearest",
            "best",
            "GPTQ followed by coordinate descent or an exact search, GPTQ only, or round to nearest");

    /** Least squares with all there is. */
    public static final SolverChoice BEST = new SolverChoice("best", List.of());

    public SolverChoice {
        layers = List.copyOf(layers);
    }

    /** The solver of the layers that a glob names. */
    record OfLayers(LayerOverride glob, String solver) {}

    /** What the options ask for, for all layers and for single ones. */
    public static SolverChoice of(Command command, Arguments arguments, ConfigFile config) {
        List<OfLayers> layers = config.layers().stream()
                .filter(section -> section.options().containsKey(SOLVER.name()))
                .map(section ->
                        new OfLayers(LayerOverride.of(section.glob()), name(Arguments.of(command, section.options()))))
                .toList();
        return new SolverChoice(name(arguments), layers);
    }

    private static String name(Arguments arguments) {
        return arguments.choice(SOLVER.name(), "best", "best", "gptq", "nearest");
    }

    /** The solver for a layer whose weights get a format. */
    public LayerSolver solver(Layer layer, WeightFormat format) {
        String name = all;
        for (OfLayers own : layers) {
            name = own.glob().matches(layer) ? own.solver() : name;
        }
        return switch (name) {
            case "best" -> LayerSolvers.best(format, SolverOptions.DEFAULT);
            case "gptq" -> LayerSolvers.gptq(format, SolverOptions.DEFAULT);
            default -> LayerSolvers.nearest(format, SolverOptions.DEFAULT);
        };
    }
}
