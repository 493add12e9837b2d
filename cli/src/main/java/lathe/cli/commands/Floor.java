package lathe.cli.commands;

import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import lathe.cli.options.Gates;
import lathe.cli.shell.Arguments;
import lathe.cli.shell.CommandException;
import lathe.cli.shell.CommandOption;
import lathe.synth.comparison.OutputFigures;

/**
 * The minimum quality of a compressed network without gates: every determined output has an SNR of {@value #DECIBELS}
 * dB. Below that, compression has failed.
 */
record Floor() implements FallbackSearch.Judge {

    /** Where noise has a tenth of the signal's energy. */
    static final double DECIBELS = 10;

    /** Not the seed of {@code compress}, nor those of its guard or of {@code verify}. */
    static final long SEED = 3000;

    /** Enough to detect a failed compression. */
    static final int IMAGES = 32;

    static final CommandOption OPTION = CommandOption.value(
            "fallback",
            "auto|none",
            "auto",
            ("if an output has an SNR below %d dB on fresh inputs: let activations fall back to float, then layers to more"
                            + " bits or FP32, until all pass; or write the result anyway, with exit code 1")
                    .formatted((int) DECIBELS));

    /** True if a failed compression falls back. */
    static boolean fallsBack(Arguments arguments) {
        return arguments.choice(OPTION.name(), "auto", "auto", "none").equals("auto");
    }

    @Override
    public FallbackSearch.Plan plan() {
        return new FallbackSearch.Plan(SEED, 1, IMAGES, true, OptionalDouble.empty());
    }

    /** No verdict on undetermined outputs. */
    @Override
    public List<Gates.Verdict> judge(List<OutputFigures> outputs, Map<String, Double> layers) {
        return outputs.stream()
                .filter(output -> output.judged().determined())
                .map(output -> {
                    double decibels = output.judged().signalToNoise().value();
                    return new Gates.Verdict(Gates.FLOOR, output.name(), DECIBELS, decibels, decibels >= DECIBELS);
                })
                .toList();
    }

    @Override
    public boolean needsOutputs() {
        return false;
    }

    @Override
    public CommandException hopeless(String atFirst) {
        return CommandException.gateFailed(
                "compression failed, even with all layers but one in FP32, so nothing was written (%s); --fallback none writes the result anyway"
                        .formatted(atFirst));
    }
}
