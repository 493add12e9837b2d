package lathe.cli.options;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import lathe.cli.shell.Arguments;
import lathe.cli.shell.CommandException;
import lathe.cli.shell.CommandOption;
import lathe.cli.shell.Figures;

/** The options that say what to reach, in place of how: bits are then chosen layer by layer. */
public final class TargetSettings {

    private static final CommandOption SIZE = CommandOption.value(
            "target-size",
            "SIZE|PERCENT",
            "none",
            "largest size of the written file, such as 1.2MB, 800KB or 25%, in place of --weights: the bits of each layer"
                    + " are chosen so that the least is lost; with a target nothing falls back, see --fallback");

    private static final CommandOption SNR = CommandOption.value(
            "target-snr",
            "DB",
            "none",
            "SNR that every output keeps on fresh synthetic inputs, in place of --weights: the smallest file found that"
                    + " keeps it; with --target-size, it must be within that");

    /** All of them, in the order of the help. */
    public static final List<CommandOption> OPTIONS = List.of(SIZE, SNR);

    private static final double LARGEST_SNR = 100;

    /** Options that say how, and so contradict a target. */
    private static final List<String> HOW = Stream.concat(
                    Stream.of("weights", "ends", "guard", "dry-run"),
                    Gates.OPTIONS.stream().map(CommandOption::name))
            .distinct()
            .toList();

    private static final Pattern NUMBER = Pattern.compile("([0-9]{1,12}(?:[.][0-9]{1,9})?) ?(%|[a-zA-Z]*)");
    private static final Map<String, Double> UNITS =
            Map.of("", 1.0, "b", 1.0, "k", 1e3, "kb", 1e3, "m", 1e6, "mb", 1e6, "g", 1e9, "gb", 1e9);

    private TargetSettings() {}

    /**
     * A size, absolute or relative.
     *
     * @param text as typed
     * @param number bytes, or a share of the model's
     * @param relative true for a share
     */
    public record Size(String text, double number, boolean relative) {

        /** Bytes of the file to be written. */
        public long bytes(long original) {
            return (long) Math.floor(relative ? number * original : number);
        }
    }

    /**
     * What is to be reached, at least one of both.
     *
     * @param size of the file, at most
     * @param snr of every output in dB, at least
     */
    public record Target(Optional<Size> size, OptionalDouble snr) {

        /** Nothing. */
        public static final Target NONE = new Target(Optional.empty(), OptionalDouble.empty());

        /** As options. */
        public String text() {
            return Stream.concat(
                            size.stream().map(wanted -> "--%s %s".formatted(SIZE.name(), wanted.text())),
                            snr.stream()
                                    .mapToObj(wanted -> "--%s %s".formatted(SNR.name(), Figures.decimal(wanted, 1))))
                    .collect(Collectors.joining(" "));
        }
    }

    /**
     * The target; empty if there is none.
     *
     * @throws CommandException if it makes no sense, or another option says how weights are stored
     */
    public static Optional<Target> of(Arguments arguments) {
        Optional<CommandOption> given = OPTIONS.stream()
                .filter(option -> arguments.text(option.name()).isPresent())
                .findFirst();
        given.ifPresent(target -> HOW.stream()
                .filter(other -> arguments.has(other) || arguments.text(other).isPresent())
                .findFirst()
                .ifPresent(other -> {
                    throw CommandException.badInput(arguments.labelled(
                            "--%s and --%s exclude each other: bits are chosen by what they lose, during the run; leave --%s out"
                                    .formatted(target.name(), other, other)));
                }));
        return given.map(any -> new Target(
                arguments.text(SIZE.name()).map(typed -> size(arguments, typed)),
                arguments
                        .text(SNR.name())
                        .map(typed -> OptionalDouble.of(snr(arguments, typed)))
                        .orElse(OptionalDouble.empty())));
    }

    private static double snr(Arguments arguments, String text) {
        try {
            double wanted = Double.parseDouble(text);
            if (wanted > 0 && wanted <= LARGEST_SNR) {
                return wanted;
            }
        } catch (NumberFormatException e) {
            // said below
        }
        throw CommandException.badInput(arguments.labelled("--%s %s: must be a number of dB, above 0 and up to %d"
                .formatted(SNR.name(), text, (int) LARGEST_SNR)));
    }

    private static Size size(Arguments arguments, String text) {
        Matcher matcher = NUMBER.matcher(text.strip());
        if (matcher.matches()) {
            double number = Double.parseDouble(matcher.group(1));
            String unit = matcher.group(2).toLowerCase(Locale.ROOT);
            boolean relative = unit.equals("%");
            if (number > 0 && (relative || UNITS.containsKey(unit))) {
                return new Size(text, number * (relative ? 0.01 : UNITS.get(unit)), relative);
            }
        }
        throw CommandException.badInput(arguments.labelled(
                "--%s %s: must be a size, such as 1.2MB, 800KB or 25%%".formatted(SIZE.name(), text)));
    }

    /** What a file may set in vain, since the command line says otherwise under another name. */
    public static Set<String> overruled(Arguments typed) {
        List<String> targets = OPTIONS.stream().map(CommandOption::name).toList();
        boolean target = targets.stream().anyMatch(name -> typed.text(name).isPresent());
        return Set.copyOf(target ? HOW : typed.text("weights").isPresent() ? targets : List.of());
    }

    /** True if bits being chosen leave nothing for this option to say. */
    public static boolean replaces(String option) {
        return HOW.contains(option);
    }

    /** The options by name, for the record; empty if there is no target. */
    public static Map<String, String> listed(Arguments arguments) {
        Map<String, String> listed = new LinkedHashMap<>();
        of(arguments)
                .ifPresent(target -> OPTIONS.forEach(option ->
                        arguments.text(option.name()).ifPresent(text -> listed.put(option.name(), text.strip()))));
        return listed;
    }
}
