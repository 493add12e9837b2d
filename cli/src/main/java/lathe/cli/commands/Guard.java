package lathe.cli.commands;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import lathe.cli.options.Gates;
import lathe.cli.shell.Arguments;
import lathe.cli.shell.CommandException;
import lathe.cli.shell.CommandOption;
import lathe.synth.comparison.OutputComparison;
import lathe.synth.comparison.OutputFigures;

/**
 * Checks a compressed network before it is written, on inputs that had no part in the compression, and lets layers fall
 * back until the gates that a user asked for hold.
 *
 * @param gates what must hold
 */
record Guard(Gates gates) implements FallbackSearch.Judge {

    static final CommandOption OPTION = CommandOption.flag(
            "guard",
            "check the result on fresh inputs before it is written, and let layers fall back to more bits or FP32 until it"
                    + " passes; implied by each of the next three options; alone it means --min-snr "
                    + (int) Guard.DEFAULT_SNR);

    /** Where gates are asked for and none is named. */
    static final double DEFAULT_SNR = 15;

    /** Neither the seed that {@code compress} takes nor those of {@code verify}, which stays an independent check. */
    static final long SEED = 2000;

    /** The gates that the options ask for; empty if they ask for no guard. */
    static Optional<Gates> gates(Arguments arguments) {
        Gates gates = Gates.of(arguments);
        if (gates.isEmpty()) {
            return arguments.has(OPTION.name()) ? Optional.of(Gates.ofSnr(DEFAULT_SNR)) : Optional.empty();
        }
        return Optional.of(gates);
    }

    /** The gates as options by name, for the record. */
    static Map<String, String> listed(Arguments arguments) {
        Map<String, String> typed = Gates.typed(arguments);
        return typed.isEmpty() && arguments.has(OPTION.name())
                ? Map.of(Gates.MIN_SNR, String.valueOf((int) DEFAULT_SNR))
                : typed;
    }

    @Override
    public FallbackSearch.Plan plan() {
        return new FallbackSearch.Plan(
                SEED, OutputComparison.SEEDS, gates.imagesFor(OutputComparison.SEEDS), false, gates.maxLayerError());
    }

    /** The fewest steps are chosen that just pass; with a margin, {@code verify} on other inputs lets them pass, too. */
    @Override
    public List<Gates.Verdict> judge(List<OutputFigures> outputs, Map<String, Double> layers) {
        return gates.judge(outputs.stream().map(OutputFigures::widened).toList(), layers);
    }

    @Override
    public boolean needsOutputs() {
        return true;
    }

    @Override
    public CommandException hopeless(String atFirst) {
        return CommandException.gateFailed(
                "no result passes the guard: every layer would have to stay in FP32, so nothing was written (at first: %s)"
                        .formatted(atFirst));
    }
}
