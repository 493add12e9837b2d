package lathe.cli.options;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.TreeMap;
import lathe.cli.shell.Arguments;
import lathe.cli.shell.CommandException;
import lathe.cli.shell.CommandOption;
import lathe.cli.shell.Figures;
import lathe.synth.comparison.Interval;
import lathe.synth.comparison.OutputComparison;
import lathe.synth.comparison.OutputFigures;

/**
 * What a compressed network must keep. A number that was found from a sample of inputs is compared at the worse end of
 * its 95 % interval, so that a gate that holds would hold on other inputs, too; a NaN never passes.
 *
 * @param minSnr SNR of every output in dB, against the interval's lower end
 * @param minAgreement share of equal top classes of every output that holds classes, against the interval's lower end
 * @param maxLayerError share of its output's energy that any layer may lose
 */
public record Gates(OptionalDouble minSnr, OptionalDouble minAgreement, OptionalDouble maxLayerError) {

    public static final String MIN_SNR = "min-snr";
    public static final String MIN_AGREEMENT = "min-agreement";
    public static final String MAX_LAYER_ERROR = "max-layer-error";

    /** The gate that holds without an option. */
    public static final String FLOOR = "floor";

    /** One option a gate. */
    public static final List<CommandOption> OPTIONS = List.of(
            CommandOption.value(
                    MIN_SNR,
                    "DB",
                    "not checked",
                    "minimum SNR of every output in dB, for the lower end of its 95 % interval"),
            CommandOption.value(
                    MIN_AGREEMENT,
                    "SHARE",
                    "not checked",
                    "minimum top-1 agreement, as 0.98 or 98%, for the lower end of its 95 % interval"),
            CommandOption.value(
                    MAX_LAYER_ERROR,
                    "PERCENT",
                    "not checked",
                    "maximum error of any layer, in percent of its output's energy"));

    /** Failures that are named one by one. */
    private static final int NAMED = 3;

    /**
     * The result of one gate.
     *
     * @param gate the option's name, or {@link #FLOOR}
     * @param subject the output or layer
     * @param limit as the option says, shares as such
     * @param measured the end of the interval that is compared
     * @param passed whether it is within the limit
     */
    public record Verdict(String gate, String subject, double limit, double measured, boolean passed) {

        /** What went wrong, as a clause. */
        private String failure() {
            return switch (gate) {
                case MIN_SNR ->
                    "output '%s' has at least %s dB, --%s requires %s"
                            .formatted(subject, Figures.decibels(measured), gate, Figures.decimal(limit, 1));
                case MIN_AGREEMENT ->
                    "output '%s' agrees on at least %s, --%s requires %s"
                            .formatted(subject, Figures.percent(measured, 2), gate, Figures.percent(limit, 2));
                case FLOOR ->
                    "output '%s' has %s dB, below the minimum of %s"
                            .formatted(subject, Figures.decibels(measured), Figures.decimal(limit, 0));
                default ->
                    "layer '%s' has an error of %s %%, --%s allows %s"
                            .formatted(subject, Figures.smallPercent(measured), gate, Figures.smallPercent(limit));
            };
        }
    }

    /**
     * The gates that the options set.
     *
     * @throws CommandException if one is no number, or out of range
     */
    public static Gates of(Arguments arguments) {
        OptionalDouble snr = number(arguments, MIN_SNR, false);
        OptionalDouble agreement = number(arguments, MIN_AGREEMENT, true);
        OptionalDouble error = number(arguments, MAX_LAYER_ERROR, true);
        if (agreement.isPresent()) {
            boolean percent = agreement.getAsDouble() > 1
                    || arguments.text(MIN_AGREEMENT).orElse("").contains("%");
            agreement = OptionalDouble.of(percent ? agreement.getAsDouble() / 100 : agreement.getAsDouble());
            if (!(agreement.getAsDouble() > 0 && agreement.getAsDouble() < 1)) {
                throw wrong(arguments, MIN_AGREEMENT, "must be above 0 and below 1, or 100 %, such as 0.98 or 98%");
            }
        }
        if (error.isPresent() && !(error.getAsDouble() > 0)) {
            throw wrong(arguments, MAX_LAYER_ERROR, "must be above 0, in percent, such as 0.5");
        }
        return new Gates(
                snr,
                agreement,
                error.isPresent() ? OptionalDouble.of(error.getAsDouble() / 100) : OptionalDouble.empty());
    }

    /** One gate alone. */
    public static Gates ofSnr(double decibels) {
        return new Gates(OptionalDouble.of(decibels), OptionalDouble.empty(), OptionalDouble.empty());
    }

    private static OptionalDouble number(Arguments arguments, String option, boolean mayBePercent) {
        Optional<String> text = arguments.text(option);
        if (text.isEmpty()) {
            return OptionalDouble.empty();
        }
        String digits = mayBePercent ? text.get().replaceFirst("\\s*%$", "") : text.get();
        try {
            double number = Double.parseDouble(digits.strip());
            if (Double.isFinite(number)) {
                return OptionalDouble.of(number);
            }
        } catch (NumberFormatException e) {
            // said below, as an infinite one is
        }
        throw wrong(arguments, option, "must be a number");
    }

    private static CommandException wrong(Arguments arguments, String option, String what) {
        return CommandException.badInput(arguments.labelled(
                "--%s %s: %s".formatted(option, arguments.text(option).orElse(""), what)));
    }

    /** True if nothing is asked for. */
    public boolean isEmpty() {
        return minSnr.isEmpty() && minAgreement.isEmpty() && maxLayerError.isEmpty();
    }

    /** The options that set gates, as typed, by name. */
    public static Map<String, String> typed(Arguments arguments) {
        Map<String, String> typed = new TreeMap<>();
        OPTIONS.forEach(option -> arguments.text(option.name()).ifPresent(text -> typed.put(option.name(), text)));
        return typed;
    }

    /** Inputs of each of so many sets, where nobody says how many: three times as many as could just show what is asked for. */
    public int imagesFor(int seeds) {
        long needed = minAgreement.isPresent() ? 3 * Interval.trialsFor(minAgreement.getAsDouble()) : 0;
        return (int) Math.min(Integer.MAX_VALUE, Math.max(OutputComparison.IMAGES, (needed + seeds - 1) / seeds));
    }

    /**
     * Checks that so many inputs can show what is asked for.
     *
     * @throws CommandException if the agreement would be too low even with all inputs in agreement
     */
    public void checkReachableWith(long inputs) {
        if (minAgreement.isPresent() && Interval.trialsFor(minAgreement.getAsDouble()) > inputs) {
            throw CommandException.badInput(
                    "--%s %s: %s cannot show that, even if all agree; %s are needed: raise --images or --seeds"
                            .formatted(
                                    MIN_AGREEMENT,
                                    minAgreement.getAsDouble(),
                                    Figures.plural(inputs, "input"),
                                    Figures.count(Interval.trialsFor(minAgreement.getAsDouble()))));
        }
    }

    /**
     * Judges a network. Outputs that are undetermined count only where all are.
     *
     * @param layers error by name; only looked at if a layer's error is limited
     * @throws CommandException if agreement is asked for, and no output holds classes
     */
    public List<Verdict> judge(List<OutputFigures> outputs, Map<String, Double> layers) {
        List<Verdict> verdicts = new ArrayList<>();
        List<OutputFigures> determined =
                outputs.stream().filter(output -> output.judged().determined()).toList();
        for (OutputFigures output : determined.isEmpty() ? outputs : determined) {
            double decibels = output.judged().signalToNoise().low();
            minSnr.ifPresent(
                    limit -> verdicts.add(new Verdict(MIN_SNR, output.name(), limit, decibels, decibels >= limit)));
            if (minAgreement.isPresent() && output.agreement().isPresent()) {
                double share = output.agreement().get().low();
                double limit = minAgreement.getAsDouble();
                verdicts.add(new Verdict(MIN_AGREEMENT, output.name(), limit, share, share >= limit));
            }
        }
        if (minAgreement.isPresent()
                && outputs.stream().noneMatch(output -> output.agreement().isPresent())) {
            throw CommandException.badInput(
                    "--%s: no output holds classes that could agree; use --%s".formatted(MIN_AGREEMENT, MIN_SNR));
        }
        maxLayerError.ifPresent(limit -> layers.forEach(
                (name, error) -> verdicts.add(new Verdict(MAX_LAYER_ERROR, name, limit, error, error <= limit))));
        return verdicts;
    }

    /** What did not pass, in one line; empty text if all did. */
    public static String failures(List<Verdict> verdicts) {
        List<String> failed = verdicts.stream()
                .filter(verdict -> !verdict.passed())
                .map(Verdict::failure)
                .toList();
        String more = failed.size() > NAMED ? "; and %d more".formatted(failed.size() - NAMED) : "";
        return String.join("; ", failed.subList(0, Math.min(NAMED, failed.size()))) + more;
    }
}
