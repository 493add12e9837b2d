package lathe.cli.options;

import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import lathe.cli.shell.Arguments;
import lathe.cli.shell.CommandException;
import lathe.cli.shell.CommandOption;
import lathe.synth.input.InputOptions;
import lathe.synth.input.SynthKind;

/** The options that say what synthetic inputs are like, and how much time they may take. */
public final class SynthSettings {

    private static final CommandOption EFFORT = CommandOption.value(
            "effort",
            "normal|high",
            "normal",
            "high refines synthetic images, see --synth, and weighs for targets what each layer does to the outputs; that takes"
                    + " minutes with large networks, and helps where the file has BatchNormalizations");

    private static final CommandOption SYNTH = CommandOption.value(
            "synth",
            "auto|images|refined|noise|gaussian",
            "auto",
            "kind of synthetic inputs; refined: images whose pixels are fitted to the statistics of BatchNormalizations, where"
                    + " the file has any; auto: images, unless --effort says otherwise");

    private static final CommandOption REFINE_STEPS = CommandOption.value(
            "refine-steps",
            "N",
            String.valueOf(InputOptions.DEFAULT.refineSteps()),
            "gradient steps of refined images; each takes about three runs of the network on all images");

    /** The options. */
    public static final List<CommandOption> OPTIONS = List.of(EFFORT, SYNTH, REFINE_STEPS);

    private SynthSettings() {}

    /**
     * The inputs with the kind that is asked for.
     *
     * @throws CommandException if the options contradict each other, or the inputs are real ones
     */
    public static InputOptions of(Arguments arguments, InputOptions inputs) {
        String synth = arguments.choice(SYNTH.name(), "auto", "auto", "images", "refined", "noise", "gaussian");
        if (inputs.real().isPresent()) {
            for (CommandOption option : List.of(SYNTH, REFINE_STEPS)) {
                if (arguments.text(option.name()).isPresent()) {
                    throw CommandException.badInput(
                            "--%s and --inputs exclude each other: synthetic inputs are not used with real ones"
                                    .formatted(option.name()));
                }
            }
        }
        SynthKind kind = synth.equals("auto")
                ? isHigh(arguments) ? SynthKind.REFINED : SynthKind.IMAGES
                : SynthKind.valueOf(synth.toUpperCase(Locale.ROOT));
        if (arguments.text(REFINE_STEPS.name()).isPresent() && kind != SynthKind.REFINED) {
            throw CommandException.badInput(
                    arguments.labelled("--refine-steps needs --synth refined or --effort high"));
        }
        return inputs.withKind(kind).withRefineSteps(arguments.count(REFINE_STEPS.name(), inputs.refineSteps(), 1));
    }

    /** True if the result is to be as good as it gets, whatever time that takes. */
    public static boolean isHigh(Arguments arguments) {
        return arguments.choice(EFFORT.name(), "normal", "normal", "high").equals("high");
    }

    /** What the settings come to, by option. */
    public static Map<String, String> listed(Arguments arguments, InputOptions inputs) {
        Map<String, String> listed = new HashMap<>();
        listed.put(EFFORT.name(), isHigh(arguments) ? "high" : "normal");
        if (inputs.real().isEmpty()) {
            listed.put(SYNTH.name(), inputs.kind().name().toLowerCase(Locale.ROOT));
            if (inputs.kind() == SynthKind.REFINED) {
                listed.put(REFINE_STEPS.name(), String.valueOf(inputs.refineSteps()));
            }
        }
        return listed;
    }
}
