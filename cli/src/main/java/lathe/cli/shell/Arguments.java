package lathe.cli.shell;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.DefaultParser;
import org.apache.commons.cli.MissingArgumentException;
import org.apache.commons.cli.Option;
import org.apache.commons.cli.Options;
import org.apache.commons.cli.ParseException;
import org.apache.commons.cli.UnrecognizedOptionException;
import org.apache.commons.text.similarity.LevenshteinDistance;

/** The parsed command line of one command, and what else sets its options. Asking for a value checks it. */
public final class Arguments {

    private static final Pattern LEADING_OPTION = Pattern.compile("--([a-z]+(-[a-z]+)*)");
    private static final Pattern DASHES = Pattern.compile("(?<![^ /])--(?=[a-z])");

    private final CommandLine line;
    private final Command command;
    private final Map<String, Setting> fallbacks;

    private Arguments(Command command, CommandLine line, Map<String, Setting> fallbacks) {
        this.command = command;
        this.line = line;
        this.fallbacks = Map.copyOf(fallbacks);
    }

    /** The same, where some options have other values unless they are given. */
    public Arguments withFallbacks(Map<String, Setting> values) {
        return new Arguments(command, line, values);
    }

    /** Options of a command that nobody typed. */
    public static Arguments of(Command command, Map<String, Setting> values) {
        return parse(command, List.of()).withFallbacks(values);
    }

    /** The options of a command, in the order of its help. */
    public static List<CommandOption> optionsOf(Command command) {
        List<CommandOption> options = new ArrayList<>(command.options());
        options.addAll(List.of(CommandOption.JSON, CommandOption.QUIET, CommandOption.DEBUG, CommandOption.HELP));
        return options;
    }

    /**
     * Parses what follows the command's name.
     *
     * @throws CommandException if an option is unknown or lacks its value
     */
    public static Arguments parse(Command command, List<String> words) {
        Options options = new Options();
        optionsOf(command).forEach(option -> options.addOption(parserOption(option)));
        DefaultParser parser = DefaultParser.builder()
                .setAllowPartialMatching(false)
                .setStripLeadingAndTrailingQuotes(false)
                .get();
        try {
            return new Arguments(command, parser.parse(options, words.toArray(String[]::new)), Map.of());
        } catch (UnrecognizedOptionException e) {
            throw CommandException.badInput(unknownOption(command, e.getOption()));
        } catch (MissingArgumentException e) {
            throw CommandException.badInput("option --%s needs a value; see 'lathe %s --help'"
                    .formatted(e.getOption().getLongOpt(), command.name()));
        } catch (ParseException e) {
            throw CommandException.badInput("%s; see 'lathe %s --help'".formatted(e.getMessage(), command.name()));
        }
    }

    private static Option parserOption(CommandOption option) {
        return Option.builder(option.letter().map(String::valueOf).orElse(null))
                .longOpt(option.name())
                .hasArg(option.value().isPresent())
                .get();
    }

    private static String unknownOption(Command command, String typed) {
        List<String> names =
                optionsOf(command).stream().map(option -> "--" + option.name()).toList();
        String word = typed.contains("=") ? typed.substring(0, typed.indexOf('=')) : typed;
        return "unknown option %s%s; see 'lathe %s --help'".formatted(word, suggestion(word, names), command.name());
    }

    /** The near one among the known words, as a question; empty if none is near. */
    public static String suggestion(String typed, List<String> known) {
        LevenshteinDistance distance = LevenshteinDistance.getDefaultInstance();
        return known.stream()
                .min(Comparator.comparing((String name) -> distance.apply(typed, name)))
                .filter(name -> distance.apply(typed, name) <= nearEnough(name))
                .map(name -> " (did you mean %s?)".formatted(name))
                .orElse("");
    }

    /** Edits that still make a slip of the fingers: two letters swapped count as two. */
    private static int nearEnough(String name) {
        return name.length() < 4 ? 1 : Math.max(2, name.length() / 3);
    }

    /** True if help was asked for. */
    public boolean wantsHelp() {
        return has(CommandOption.HELP.name());
    }

    /**
     * Checks that there are as many positional arguments as the command takes.
     *
     * @throws CommandException if not
     */
    public void checkOperands() {
        List<String> wanted = command.operands();
        List<String> given = line.getArgList();
        long least = wanted.stream().filter(operand -> !operand.startsWith("[")).count();
        if (given.size() < least) {
            String missing = wanted.get(given.size()).replace("...", "");
            throw CommandException.badInput("%s is missing; see 'lathe %s --help'".formatted(missing, command.name()));
        }
        boolean repeated = !wanted.isEmpty() && wanted.get(wanted.size() - 1).endsWith("...");
        if (given.size() > wanted.size() && !repeated) {
            throw CommandException.badInput("'%s' is one argument too many; see 'lathe %s --help'"
                    .formatted(given.get(wanted.size()), command.name()));
        }
    }

    /** All positional arguments. */
    public List<String> operands() {
        return List.copyOf(line.getArgList());
    }

    /** A positional argument. */
    public String operand(int index) {
        return line.getArgList().get(index);
    }

    /** True if a flag is set, or an option with a value was typed. */
    public boolean has(String option) {
        return line.hasOption(option)
                || (fallbacks.containsKey(option)
                        && fallbacks.get(option).values().equals(List.of("true")));
    }

    /** What to call an option in a message that begins with it: {@code --weights}, or its place in a file. */
    private String label(String option) {
        return isSetElsewhere(option) ? fallbacks.get(option).label() : "--" + option;
    }

    private boolean isSetElsewhere(String option) {
        return !line.hasOption(option) && fallbacks.containsKey(option);
    }

    /**
     * A message that may begin with an option; where that was set in a file, it begins with the place instead, and calls
     * others as the file does.
     */
    public String labelled(String message) {
        Matcher option = LEADING_OPTION.matcher(message);
        if (!option.lookingAt() || label(option.group(1)).equals(option.group())) {
            return message;
        }
        String rest = message.substring(option.end());
        return label(option.group(1)) + DASHES.matcher(rest).replaceAll("");
    }

    /** The value of an option; the last one where it is given more than once. */
    public Optional<String> text(String option) {
        List<String> values = all(option);
        return values.isEmpty() ? Optional.empty() : Optional.of(values.get(values.size() - 1));
    }

    /** Every value of an option that may be repeated. */
    public List<String> all(String option) {
        String[] values = line.getOptionValues(option);
        if (values != null) {
            return List.of(values);
        }
        return fallbacks.containsKey(option) ? fallbacks.get(option).values() : List.of();
    }

    /** One of a few words. */
    public String choice(String option, String fallback, String... allowed) {
        String value = text(option).orElse(fallback);
        if (!Arrays.asList(allowed).contains(value)) {
            throw CommandException.badInput("%s %s: must be %s%s"
                    .formatted(
                            label(option),
                            value,
                            allowed.length == 1 ? allowed[0] : "one of " + String.join(", ", allowed),
                            suggestion(value, List.of(allowed))));
        }
        return value;
    }

    /** A whole number of at least {@code least}. */
    public int count(String option, int fallback, int least) {
        return count(option, fallback, least, Integer.MAX_VALUE);
    }

    /** A whole number from {@code least} to {@code most}. */
    public int count(String option, int fallback, int least, int most) {
        Optional<String> value = text(option);
        if (value.isEmpty()) {
            return fallback;
        }
        try {
            int number = Integer.parseInt(value.get());
            if (number >= least && number <= most) {
                return number;
            }
        } catch (NumberFormatException e) {
            // Reported below, as a number that is too small is.
        }
        String range = most == Integer.MAX_VALUE ? "of at least " + least : "from %d to %d".formatted(least, most);
        throw CommandException.badInput(
                "%s %s: must be a whole number %s".formatted(label(option), value.get(), range));
    }

    /** Any whole number. */
    public long seed(String option, long fallback) {
        Optional<String> value = text(option);
        try {
            return value.isEmpty() ? fallback : Long.parseLong(value.get());
        } catch (NumberFormatException e) {
            throw CommandException.badInput("%s %s: must be a whole number".formatted(label(option), value.get()), e);
        }
    }

    /** Numbers separated by commas; empty if the option is absent. */
    public Optional<float[]> numbers(String option) {
        return text(option).map(value -> parseNumbers(label(option), value));
    }

    private static float[] parseNumbers(String label, String value) {
        String[] parts = value.split(",", -1);
        float[] numbers = new float[parts.length];
        for (int i = 0; i < parts.length; i++) {
            try {
                numbers[i] = Float.parseFloat(parts[i].strip());
            } catch (NumberFormatException e) {
                throw CommandException.badInput(
                        "%s %s: '%s' is no number; write numbers with commas between them, such as 0.5,0.5,0.5"
                                .formatted(label, value, parts[i]),
                        e);
            }
            if (!Float.isFinite(numbers[i])) {
                throw CommandException.badInput("%s %s: must be finite".formatted(label, value));
            }
        }
        return numbers;
    }
}
