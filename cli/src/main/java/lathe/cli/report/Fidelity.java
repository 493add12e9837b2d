package lathe.cli.report;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import lathe.cli.shell.Figures;
import lathe.cli.shell.Table;
import lathe.synth.comparison.Interval;
import lathe.synth.comparison.OutputFigures;
import lathe.synth.input.InputPlan;

/**
 * How closely a compressed network follows its original on inputs that had no part in the compression: detects a failed
 * compression, not how good it is.
 *
 * @param images how many inputs
 * @param inputs {@code synthetic}; {@code guessed}, which are synthetic, too, but for a network that takes no images; or
 *     {@code real}
 * @param seed of the inputs
 * @param statistics true if BatchNormalization statistics kept synthetic inputs close to real ones
 * @param outputs of the network
 */
public record Fidelity(int images, String inputs, long seed, boolean statistics, List<OutputLine> outputs) {

    private static final String REAL = "real";
    private static final String GUESSED = "guessed";

    /**
     * One output of the network.
     *
     * @param name of the output
     * @param signalToNoiseDb energy of the original's output over that of the difference
     * @param deviation the same as a share: root mean square of the difference over that of the original's output
     * @param cosine mean over the inputs
     * @param top1Agreement share of inputs with the same largest class; null if the output holds no classes
     * @param judged the part of the output that is measured
     */
    public record OutputLine(
            String name,
            double signalToNoiseDb,
            double deviation,
            double cosine,
            Double top1Agreement,
            JudgedLine judged) {
        private static OutputLine of(OutputFigures figures) {
            double decibels = figures.signalToNoise().value();
            return new OutputLine(
                    figures.name(),
                    decibels,
                    Math.pow(10, -decibels / 20),
                    figures.cosine(),
                    figures.agreement().map(Interval::value).orElse(null),
                    JudgedLine.of(figures.judged()));
        }
    }

    /** Of what was found on the inputs of a plan. */
    public static Fidelity of(InputPlan plan, long seed, boolean statistics, List<OutputFigures> outputs) {
        String inputs = plan.real().isPresent() ? REAL : plan.guessed() ? GUESSED : "synthetic";
        return new Fidelity(
                plan.count(),
                inputs,
                seed,
                statistics,
                outputs.stream().map(OutputLine::of).toList());
    }

    /** The output that is followed least closely, of those that are determined. */
    public Optional<OutputLine> worst() {
        return outputs.stream()
                .filter(output -> output.judged().determined())
                .min(Comparator.comparingDouble(
                        output -> Double.isNaN(output.judged().signalToNoiseDb())
                                ? Double.NEGATIVE_INFINITY
                                : output.judged().signalToNoiseDb()));
    }

    /** In a sentence; of several outputs the one that is followed least closely. */
    public String summary() {
        if (outputs.isEmpty()) {
            return "Its outputs are not floating-point and were not compared.";
        }
        String on = "On " + Figures.plural(images, inputs + " input");
        if (worst().isEmpty()) {
            return on + " the error of its outputs is undetermined: "
                    + outputs.get(0).judged().part() + ".";
        }
        OutputLine worst = worst().orElseThrow();
        double decibels = worst.judged().signalToNoiseDb();
        if (Double.isNaN(decibels) || decibels == Double.NEGATIVE_INFINITY) {
            return on + " its outputs are not all finite.";
        }
        if (decibels == Double.POSITIVE_INFINITY) {
            return on + " its outputs equal the original's.";
        }
        String part = worst.judged().part();
        String answers = worst.top1Agreement() == null || inputs.equals(GUESSED)
                ? ""
                : ", top-1 agreement is " + Figures.percent(worst.top1Agreement(), 1);
        return "%s its outputs deviate by %s %% (%s dB%s)%s."
                .formatted(
                        on,
                        Figures.smallPercent(worst.judged().deviation()),
                        Figures.decibels(decibels),
                        part.isEmpty() ? "" : ", " + part,
                        answers);
    }

    /** On what the figures were found, and what they mean. */
    public String inputsText() {
        return "%s: %s".formatted(Figures.plural(images, "fresh " + inputs + " input"), caution());
    }

    /** What these figures mean, in a line. */
    public String caution() {
        return switch (inputs) {
            case REAL -> "inputs held out from compression, if there are enough";
            case GUESSED -> "detects a failed compression only: the inputs were guessed";
            default ->
                "detects a failed compression, does not measure accuracy"
                        + (statistics
                                ? ""
                                : "; without BatchNormalization statistics real inputs were up to 10 dB worse");
        };
    }

    /** All outputs in a table; the measured part only where that is not the whole output. */
    public String table() {
        boolean parts = outputs.stream().anyMatch(line -> !line.judged().text().isEmpty());
        Table table = new Table("output", ">SNR dB", ">same top-1", parts ? "measured on" : "");
        for (OutputLine line : outputs) {
            table.row(
                    Figures.name(line.name()),
                    Figures.decibels(line.signalToNoiseDb()),
                    line.top1Agreement() == null || inputs.equals(GUESSED)
                            ? "-"
                            : Figures.percent(line.top1Agreement(), 1),
                    line.judged().text());
        }
        return table.render("  ");
    }
}
