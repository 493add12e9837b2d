package lathe.cli.options;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import lathe.cli.models.InputFiles;
import lathe.cli.models.ModelFiles;
import lathe.cli.shell.Arguments;
import lathe.cli.shell.CommandException;
import lathe.cli.shell.CommandOption;
import lathe.cli.shell.CommandOption.ListForm;
import lathe.cli.shell.Setting;
import lathe.engine.graph.Graph;
import lathe.precondition.GraphPasses;
import lathe.synth.input.InputException;
import lathe.synth.input.InputOptions;
import lathe.synth.input.InputPlan;
import lathe.synth.input.RealInputs;
import lathe.synth.input.RunnableLength;
import lathe.synth.input.Scaling;
import lathe.synth.input.SynthKind;
import lathe.synth.statistics.StatisticsSources;

/** The options that say what goes into a network, shared by the commands that run one. */
public final class InputSettings {

    /** The shape of an input. */
    public static final CommandOption SHAPE = CommandOption.value(
                    "input-shape",
                    "[NAME:]DIMS",
                    "as declared; dynamic height and width 224",
                    "shape of an input with dynamic axes, such as 1,3,224,224 or image:1,3,224,224; may be repeated")
            .withList(ListForm.SHAPES);

    /** Worker threads. */
    public static final CommandOption THREADS =
            CommandOption.value("threads", "N", "all cores", "worker threads; the result does not depend on it");

    /** Real inputs. */
    public static final CommandOption INPUTS = CommandOption.value(
            "inputs",
            "FILE|DIR",
            "synthetic inputs",
            "real inputs: an .npz file of arrays by input name, an .npy file, or a folder of images or of such files; axis 0"
                    + " runs over samples");

    /** What number a pixel becomes. */
    public static final List<CommandOption> SCALING = List.of(
            CommandOption.value("input-range", "LO,HI", "guessed", "input values for pixel 0 and pixel 255")
                    .withList(ListForm.NUMBERS),
            CommandOption.value(
                            "mean",
                            "A,B,C",
                            "guessed",
                            "mean per channel, subtracted from pixels in 0..1 (in 0..255 if a value is above 1); with --std")
                    .withList(ListForm.NUMBERS),
            CommandOption.value(
                            "std",
                            "A,B,C",
                            "guessed",
                            "standard deviation per channel, by which pixels are then divided")
                    .withList(ListForm.NUMBERS));

    /** What the recipe of a compressed model says of how its inputs look. */
    private static final Set<String> NOTED = Stream.concat(SCALING.stream(), Stream.of(SHAPE))
            .map(CommandOption::name)
            .collect(Collectors.toSet());

    private InputSettings() {}

    /**
     * What the options say of the inputs; real ones are read.
     *
     * @param images how many are made where {@code --images} is not given
     * @param seed where {@code --seed} is not given
     */
    public static InputOptions of(Arguments arguments, int images, long seed) {
        return checked(
                arguments,
                () -> new InputOptions(
                                arguments.seed("seed", seed),
                                images,
                                arguments.numbers("input-range"),
                                arguments.numbers("mean"),
                                arguments.numbers("std"),
                                Map.of(),
                                Optional.empty(),
                                SynthKind.IMAGES,
                                InputOptions.DEFAULT.refineSteps(),
                                arguments.text(INPUTS.name()).map(typed -> real(typed, arguments)))
                        .withShapes(arguments.all(SHAPE.name())));
    }

    /** Of real inputs, {@code --images} limits how many are used. */
    private static RealInputs real(String typed, Arguments arguments) {
        return InputFiles.read(typed).first(arguments.count("images", Integer.MAX_VALUE, 1));
    }

    /**
     * The inputs as planned for a network, without running it.
     *
     * @throws CommandException if the options contradict the network
     */
    public static InputPlan check(Arguments arguments, Graph graph, InputOptions options) {
        return checked(arguments, () -> InputPlan.of(graph, options));
    }

    /**
     * The same options, with a length that the network runs with where nothing states one; see {@link RunnableLength}.
     *
     * @throws CommandException if the options contradict the network
     */
    public static InputOptions runnable(Arguments arguments, Graph graph, InputOptions options) {
        return checked(arguments, () -> RunnableLength.of(graph, options));
    }

    /**
     * One sample as planned for a network, with a length that it {@linkplain #runnable runs} with.
     *
     * @throws CommandException if the options contradict the network
     */
    public static InputPlan sample(Arguments arguments, Graph graph) {
        return check(arguments, graph, runnable(arguments, graph, of(arguments, 1, 0)));
    }

    /** The inputs that a compression of the network is measured with, under these options. */
    public static InputPlan plan(Arguments arguments, Graph graph, InputOptions options) {
        Graph folded = GraphPasses.batchNormFold().apply(graph).graph();
        return checked(arguments, () -> StatisticsSources.inputs(folded, options, threads(arguments)));
    }

    /**
     * Sets of inputs with this seed and those that follow it. Where the scaling has to be chosen, all get the first
     * one's. Real inputs are dealt out: those that a compression held out, else all.
     *
     * @param graph the original
     * @param first the inputs of the first set
     * @param seeds number of sets
     */
    public static List<InputPlan> sets(Arguments arguments, Graph graph, InputOptions first, int seeds) {
        if (first.real().isPresent()) {
            return first.real().get().forChecks().sets(seeds).stream()
                    .map(part -> check(arguments, graph, first.withReal(Optional.of(part))))
                    .toList();
        }
        InputPlan plan = plan(arguments, graph, first);
        List<InputPlan> sets = new ArrayList<>(List.of(plan));
        for (int i = 1; i < seeds; i++) {
            InputOptions other = first.withSeed(first.seed() + i);
            sets.add(
                    plan.candidates().isEmpty()
                            ? plan(arguments, graph, other)
                            : InputPlan.of(graph, other)
                                    .scaledAs(plan, "as for the first seed")
                                    .withStates(graph));
        }
        return sets;
    }

    private static <T> T checked(Arguments arguments, Supplier<T> step) {
        try {
            return step.get();
        } catch (InputException e) {
            throw CommandException.badInput(arguments.labelled(e.message(flag(e.setting()))), e);
        } catch (IllegalArgumentException e) {
            throw CommandException.badInput(arguments.labelled(e.getMessage()), e);
        }
    }

    private static String flag(InputException.Setting setting) {
        return switch (setting) {
            case RANGE -> "--input-range";
            case MEAN_STD -> "--mean and --std";
            case SCALING -> "--input-range, or --mean and --std";
            case SHAPE -> "--" + SHAPE.name();
            case REAL -> "--" + INPUTS.name();
        };
    }

    /** How pixels become numbers; empty if the options do not say. */
    public static Optional<Scaling> scaling(InputOptions options) {
        return options.inputRange()
                .map(range -> Scaling.range(range[0], range[1]))
                .or(() -> options.mean()
                        .map(mean -> Scaling.meanStd(mean, options.std().orElseThrow())));
    }

    /** Worker threads. */
    public static int threads(Arguments arguments) {
        return arguments.count(THREADS.name(), Runtime.getRuntime().availableProcessors(), 1);
    }

    /**
     * The same command line, with what a compressed model's recipe says of how its inputs look, unless the command line
     * says otherwise.
     */
    public static Arguments withNotes(Arguments arguments, ConfigFile recipe) {
        Map<String, Setting> notes = new HashMap<>(recipe.options());
        notes.keySet().retainAll(NOTED);
        if (SCALING.stream().anyMatch(option -> arguments.has(option.name()))) {
            SCALING.forEach(option -> notes.remove(option.name()));
        }
        return arguments.withFallbacks(notes);
    }

    /** What a file may set in vain, since the command line says otherwise under another name. */
    public static Set<String> overruled(Arguments typed) {
        if (typed.text("input-range").isPresent()) {
            return Set.of("mean", "std");
        }
        boolean normalized = typed.text("mean").isPresent() || typed.text("std").isPresent();
        return normalized ? Set.of("input-range") : Set.of();
    }

    /** The options that say something, as they were typed, by name. */
    public static Map<String, List<String>> typed(Arguments arguments) {
        Map<String, List<String>> typed = new TreeMap<>();
        Stream.concat(SCALING.stream(), Stream.of(SHAPE))
                .filter(option -> !arguments.all(option.name()).isEmpty())
                .forEach(option -> typed.put(option.name(), arguments.all(option.name())));
        arguments
                .text(INPUTS.name())
                .ifPresent(path -> typed.put(
                        INPUTS.name(),
                        List.of(String.valueOf(ModelFiles.path(path).getFileName()))));
        return typed;
    }
}
