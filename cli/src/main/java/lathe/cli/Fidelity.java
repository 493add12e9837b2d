package lathe.cli;

import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import lathe.synth.input.InputPlan;

/**
 * How closely a compressed network follows its original.
 *
 * @param images how many inputs
 * @param inputs {@code synthetic}; {@code guessed}, which are synthetic, too, but for a network that takes no pictures; or
 *     {@code real}
 * @param seed of the inputs
 * @param outputs of the network
 */
record Fidelity(int images, String inputs, long seed, List<OutputLine> outputs) {

    private static final String GUESSED = "guessed";

    /**
     * One output of the network.
     *
     * @param name of the output
     * @param signalToNoiseDb energy of the original's output over that of the difference
     * @param deviation the same as a share: root mean square of the difference over that of the original's output
     * @param cosine mean over the inputs
     * @param top1Agreement share of inputs with the same largest class; null if the output holds no classes
     */
    record OutputLine(String name, double signalToNoiseDb, double deviation, double cosine, Double top1Agreement) {
        private static OutputLine of(OutputFigures figures) {
            double decibels = figures.signalToNoise().value();
            return new OutputLine(
                    figures.name(),
                    decibels,
                    Math.pow(10, -decibels / 20),
                    figures.cosine(),
                    figures.agreement().map(Interval::value).orElse(null));
        }
    }

    /** Of what was found on the inputs of a plan. */
    static Fidelity of(InputPlan plan, long seed, List<OutputFigures> outputs) {
        String inputs = plan.real().isPresent() ? "real" : plan.guessed() ? GUESSED : "synthetic";
        return new Fidelity(
                plan.images(),
                inputs,
                seed,
                outputs.stream().map(OutputLine::of).toList());
    }

    /** In a sentence; of several outputs the one that is followed least closely. */
    String summary() {
        if (outputs.isEmpty()) {
            return "Its outputs are no floating-point numbers, and were not compared.";
        }
        OutputLine worst = Collections.max(outputs, Comparator.comparing(OutputLine::deviation));
        String on = "On " + Figures.plural(images, inputs + " input");
        if (!Double.isFinite(worst.deviation())) {
            return on + " its outputs could not be compared: not all are finite, or the original's are 0.";
        }
        if (worst.deviation() == 0) {
            return on + " its outputs are the original's.";
        }
        String answers = worst.top1Agreement() == null || inputs.equals(GUESSED)
                ? ""
                : ", and the top answer is the same for " + Figures.percent(worst.top1Agreement(), 1);
        return "%s its outputs deviate by %s %% (%s dB)%s."
                .formatted(
                        on,
                        Figures.smallPercent(worst.deviation()),
                        Figures.decibels(worst.signalToNoiseDb()),
                        answers);
    }
}
