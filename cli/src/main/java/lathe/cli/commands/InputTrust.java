package lathe.cli.commands;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import lathe.cli.options.InputSettings;
import lathe.cli.options.SynthSettings;
import lathe.cli.options.TargetSettings;
import lathe.cli.shell.Arguments;
import lathe.cli.shell.Figures;
import lathe.engine.graph.Graph;
import lathe.engine.pipeline.CompressionResult;
import lathe.synth.input.InputOptions;
import lathe.synth.input.InputPlan;

/**
 * One compression as it suits a network, and as far as its inputs can be trusted: where they are a guess, or the range of
 * their pixels is and matters, activations stay in float, unless the user asks for bits.
 *
 * @param compression what is done to this network
 * @param warnings what to tell of it
 */
record InputTrust(Compression compression, List<String> warnings) {

    private static final String FLOAT =
            "inputs were guessed, so activations stay in float; give real ones with --inputs, or --activations 8";
    private static final String ASKED =
            "inputs were guessed, and so were activation ranges; give real ones with --inputs, or --activations none";
    private static final String GUESSED =
            "inputs were guessed, and weights are fitted to them; give real ones with --inputs for a better result";
    private static final String LITTLE =
            "the range of pixels was guessed, and 8-bit activations leave %s dB for %s, so activations stay in float; give the"
                    + " right range, or --activations 8";

    /**
     * The SNR in dB that 8-bit activations must leave for every guessed range: that of {@link Floor}, and the 10 dB by which
     * real inputs may be worse.
     */
    private static final double ENOUGH = Floor.DECIBELS + 10;

    /** Pixels of a small image, and how many of these {@code --effort high} takes: the last few tenths of a dB (bench/RESULTS.md). */
    private static final int SMALL = 96 * 96;

    private static final int MORE_IMAGES = 256;

    private static final String FEW = "%s: too few to hold some out, so checks use the same inputs";

    /**
     * Looks at what a network will be fed.
     *
     * @param typed the compression as the options have it
     * @throws CommandException if the options contradict the network
     */
    static InputTrust of(Arguments arguments, Graph graph, Compression typed) {
        InputOptions inputs = InputSettings.runnable(arguments, graph, typed.inputs());
        Compression compression = takesMore(arguments, graph, inputs)
                ? typed.withInputs(inputs).withImages(MORE_IMAGES)
                : typed.withInputs(inputs);
        List<String> warnings = new ArrayList<>();
        Optional<Compression> tokens = TokenFormat.of(arguments, graph, compression);
        tokens.ifPresent(format -> warnings.add(TokenFormat.note()));
        Compression suited = tokens.orElse(compression);
        InputPlan plan = InputSettings.check(arguments, graph, compression.inputs());
        if (plan.guessed() && suited.options().activationBits().isPresent()) {
            boolean asked = arguments.text("activations").isPresent();
            warnings.add(asked ? ASKED : FLOAT);
            return new InputTrust(asked ? suited : suited.withFloatActivations(), warnings);
        }
        if (plan.guessed()) {
            warnings.add(GUESSED);
        }
        plan.real()
                .filter(given -> !given.holdsOut())
                .ifPresent(given -> warnings.add(FEW.formatted(Figures.plural(given.count(), "real input"))));
        return new InputTrust(suited, warnings);
    }

    /** True if small images may be many, since results are to be as good as they get. */
    private static boolean takesMore(Arguments arguments, Graph graph, InputOptions inputs) {
        return SynthSettings.isHigh(arguments)
                && arguments.text("images").isEmpty()
                && inputs.real().isEmpty()
                && InputSettings.check(arguments, graph, inputs)
                        .pictures()
                        .filter(pictures -> pictures.height() * pictures.width() <= SMALL)
                        .isPresent();
    }

    /**
     * What is done instead where a finished compression shows that activations do not bear the guess of the pixels' range.
     *
     * @param ranges of this compression
     */
    Optional<InputTrust> withoutActivations(
            CompressionResult result, Optional<RangeAlternatives> ranges, Arguments arguments) {
        boolean chosen = arguments.text("activations").isPresent()
                || TargetSettings.of(arguments).isPresent()
                || !Floor.fallsBack(arguments);
        if (chosen || result.report().activations().isEmpty()) {
            return Optional.empty();
        }
        return ranges.filter(found -> found.decibels().get(found.worst()) < ENOUGH)
                .map(found -> new InputTrust(
                        compression.withFloatActivations(),
                        List.of(LITTLE.formatted(
                                Figures.decibels(found.decibels().get(found.worst())), found.worst()))));
    }

    /** What a finished compression keeps for each range of pixels, where that is a guess; runs both networks. */
    Optional<RangeAlternatives> ranges(CompressionResult result, Arguments arguments, Graph graph) {
        InputOptions inputs = compression.inputs();
        return InputPlan.of(graph, inputs).rangeGuessed()
                ? RangeAlternatives.of(graph, result.graph(), InputSettings.plan(arguments, graph, inputs))
                : Optional.empty();
    }

    /**
     * A finished compression, with what to know of its inputs.
     *
     * @param ranges of this compression
     */
    CompressionResult noted(CompressionResult result, Optional<RangeAlternatives> ranges) {
        List<String> all = new ArrayList<>(warnings);
        ranges.filter(found -> found.decibels().values().stream().anyMatch(decibels -> decibels < ENOUGH))
                .map(RangeAlternatives::line)
                .ifPresent(all::add);
        return new CompressionResult(result.graph(), result.report().withWarnings(all));
    }
}
