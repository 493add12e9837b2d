package lathe.cli.commands;

import lathe.cli.options.WeightSettings;
import lathe.cli.report.RunTimes;
import lathe.cli.shell.CommandOption;
import lathe.cli.shell.Figures;
import lathe.engine.graph.Graph;
import lathe.engine.graph.UnsupportedModelException;
import lathe.engine.qdq.WeightForm;
import lathe.synth.input.InputOptions;
import lathe.synth.input.InputPlan;
import lathe.synth.network.Network;
import lathe.synth.network.NetworkOptions;

/**
 * What {@code compress} says of speed at its end: both networks are timed for about a second on this machine. Nothing of
 * it is in the written file.
 *
 * @param times null if they were not measured
 * @param line for people: the times, or why there are none
 * @param advice what would be faster; empty where the result is not slower than the original, or nothing else is faster
 */
record Timing(RunTimes times, String line, String advice) {

    static final CommandOption OPTION =
            CommandOption.flag("no-timing", "skip timing both models at the end (about a second)");

    /** Medians of so short a measurement differ by a few percent where the networks do not. */
    private static final double NOISE = 1.05;

    /** @param why there are no times */
    static Timing none(String why) {
        return new Timing(null, "not timed: " + why, "");
    }

    /** Times two networks, batch 1 or what the file fixes, one thread. */
    static Timing of(Graph original, Graph compressed, InputOptions inputs, boolean integers, WeightForm form) {
        try (Network before = Network.of(original, NetworkOptions.DEFAULT);
                Network after = Network.of(compressed, NetworkOptions.DEFAULT)) {
            InputPlan plan = InputPlan.of(original, inputs);
            int batch = plan.fixedBatch().orElse(1);
            return RunTimes.brief(before, after, plan.batch(0, batch), batch)
                    .map(times -> new Timing(times, times.line(), advice(times, integers, form)))
                    .orElseGet(() -> none("one run of each takes more than a second; use 'lathe verify'"));
        } catch (UnsupportedModelException e) {
            return none(e.getMessage());
        }
    }

    /**
     * What would be faster; empty where nothing has to be said.
     *
     * @param integers true if activations are quantized
     * @param form of the weights of layers that compute in float
     */
    static String advice(RunTimes times, boolean integers, WeightForm form) {
        boolean slower = times.ratio() > NOISE;
        if (!slower || (!integers && form != WeightForm.DEQUANTIZE && !form.roundsInputs())) {
            return "";
        }
        return "%sx the time of the original; try %s, which computes in float like the original"
                .formatted(
                        Figures.decimal(times.ratio(), 2),
                        integers ? "--activations none" : "--" + WeightSettings.FORM.name() + " cast");
    }
}
