package lathe.cli.options;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import lathe.cli.shell.Arguments;
import lathe.cli.shell.CommandException;
import lathe.cli.shell.CommandOption;

/** The options that say what to reach, in place of how: bits are then chosen layer by layer. */
public final class TargetSettings {

    private static final CommandOption SIZE = CommandOption.value(
            "target-size",
            "SIZE|PERCENT",
            "none",
            "largest size of the written file, such as 1.2MB, 800KB or 25%, in place of --weights: the bits of each layer"
                    + " are chosen so that the least is lost");

    /** All of them, in the order of the help. */
    public static final List<CommandOption> OPTIONS = List.of(SIZE);

    /** Options that say how, and so contradict a target. */
    private static final List<String> HOW = List.of("weights", "ends", "guard", "dry-run");

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
     * The size to reach; empty if there is none.
     *
     * @throws CommandException if it is no size, or another option says how weights are stored
     */
    public static Optional<Size> size(Arguments arguments) {
        Optional<String> text = arguments.text(SIZE.name());
        text.ifPresent(typed -> HOW.stream()
                .filter(other -> arguments.has(other) || arguments.text(other).isPresent())
                .findFirst()
                .ifPresent(other -> {
                    throw CommandException.badInput(arguments.labelled(
                            "--%s and --%s exclude each other: bits are chosen by what they lose, during the run; leave --%s out"
                                    .formatted(SIZE.name(), other, other)));
                }));
        return text.map(typed -> size(arguments, typed));
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

    /** True if bits being chosen leave nothing for this option to say. */
    public static boolean replaces(String option) {
        return HOW.contains(option);
    }

    /** The options by name, for the record; empty if there is no target. */
    public static Map<String, String> listed(Arguments arguments) {
        return size(arguments).map(size -> Map.of(SIZE.name(), size.text())).orElse(Map.of());
    }
}
