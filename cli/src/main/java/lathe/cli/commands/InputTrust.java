package lathe.cli.commands;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import lathe.cli.options.InputSettings;
import lathe.cli.shell.Arguments;
import lathe.cli.shell.Figures;
import lathe.engine.graph.Graph;
import lathe.engine.pipeline.CompressionResult;
import lathe.synth.input.InputOptions;
import lathe.synth.input.InputPlan;
import lathe.synth.input.RealInputs;

/**
 * One compression as far as its inputs can be trusted: where they are a guess, activations stay in float, unless the user
 * asks for bits.
 *
 * @param compression what is done to this network
 * @param warnings what to tell of it
 */
record InputTrust(Compression compression, List<String> warnings) {

    private static final String FLOAT =
            "inputs were guessed, so activations stay in float; give real ones with --inputs, or --activations 8";
    private static final String ASKED =
            "inputs were guessed, and so were activation ranges; give real ones with --inputs, or --activations none";
    private static final String FEW = "%s: too few to hold some out, so checks use the same inputs";

    /**
     * Looks at what a network will be fed.
     *
     * @param compression as the options have it
     * @throws CommandException if the options contradict the network
     */
    static InputTrust of(Arguments arguments, Graph graph, Compression compression) {
        InputPlan plan = InputSettings.check(arguments, graph, compression.inputs());
        Optional<RealInputs> real = plan.real();
        OptionalInt bits = compression.options().activationBits();
        if (plan.guessed() && bits.isPresent()) {
            boolean asked = arguments.text("activations").isPresent();
            return asked
                    ? new InputTrust(compression, List.of(ASKED))
                    : new InputTrust(compression.withFloatActivations(), List.of(FLOAT));
        }
        List<String> few = real
                .filter(given -> !given.holdsOut())
                .map(given -> FEW.formatted(Figures.plural(given.count(), "real input")))
                .stream()
                .toList();
        return new InputTrust(compression, few);
    }

    /** A finished compression, with what to know of its inputs. */
    CompressionResult noted(CompressionResult result, Arguments arguments, Graph graph) {
        List<String> all = new ArrayList<>(warnings);
        InputOptions inputs = compression.inputs();
        if (InputPlan.of(graph, inputs).rangeGuessed()) {
            RangeAlternatives.line(graph, result.graph(), InputSettings.plan(arguments, graph, inputs))
                    .ifPresent(all::add);
        }
        return new CompressionResult(result.graph(), result.report().withWarnings(all));
    }
}
