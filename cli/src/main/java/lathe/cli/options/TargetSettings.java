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

    private static final CommandOption BOPS = CommandOption.value(
            "target-bops",
            "N|PERCENT",
            "none",
            "most bit operations of a run, multiplications times bits of both factors, such as 40G, or 20% of FP32; with"
                    + " other targets, all are kept");

    private static final CommandOption ENERGY = CommandOption.value(
            "target-energy",
            "JOULES|PERCENT",
            "none",
            "most energy of a run by the figures of --device, such as 1.5mJ, or 30% of FP32; if they were measured, layers compute in"
                    + " 8-bit integers where that is needed; with other targets, all are kept");

    private static final CommandOption LATENCY = CommandOption.value(
            "target-latency",
            "TIME|PERCENT",
            "none",
            "longest time of a run by the times of --device, such as 5ms, or 60% of FP32: layers compute in 8-bit integers"
                    + " where that is needed; with other targets, all are kept");

    /** What may be aimed at. */
    private static final List<CommandOption> GOALS = List.of(SIZE, SNR, BOPS, ENERGY, LATENCY);

    /** All of them, in the order of the help. */
    public static final List<CommandOption> OPTIONS =
            Stream.concat(GOALS.stream(), Stream.of(DeviceProfile.OPTION)).toList();

    private static final double LARGEST_SNR = 100;

    /** Options that say how, and so contradict a target. */
    private static final List<String> HOW = Stream.concat(
                    Stream.of("weights", "ends", "guard"),
                    Gates.OPTIONS.stream().map(CommandOption::name))
            .distinct()
            .toList();

    private static final Pattern NUMBER = Pattern.compile("([0-9]{1,12}(?:[.][0-9]{1,9})?) ?(%|[a-zA-Z]*)");
    private static final Map<String, Double> UNITS =
            Map.of("", 1.0, "b", 1.0, "k", 1e3, "kb", 1e3, "m", 1e6, "mb", 1e6, "g", 1e9, "gb", 1e9);
    private static final Map<String, Double> OPERATIONS =
            Map.of("", 1.0, "k", 1e3, "m", 1e6, "g", 1e9, "t", 1e12, "p", 1e15);
    private static final Map<String, Double> MILLIS = Map.of("s", 1e3, "ms", 1.0, "us", 1e-3);
    private static final Map<String, Double> JOULES = Map.of("j", 1.0, "mj", 1e-3, "uj", 1e-6, "nj", 1e-9);

    private TargetSettings() {}

    /**
     * The most of something, absolute or relative.
     *
     * @param option as typed, with its value
     * @param number in bytes, operations, joules or milliseconds, or a share of the model's
     * @param relative true for a share
     */
    public record Amount(String option, double number, boolean relative) {

        /** That much of what the model has. */
        public double of(double original) {
            return relative ? number * original : number;
        }

        /** Bytes of the file to be written. */
        public long bytes(long original) {
            return (long) Math.floor(of((double) original));
        }
    }

    /**
     * What is to be reached, at least one of them.
     *
     * @param size of the file, at most
     * @param snr of every output in dB, at least
     * @param bops bit operations of a run, at most
     * @param energy of a run, at most
     * @param latency of a run in milliseconds, at most
     * @param device whose energy or latency that is; there if there is a limit of one
     */
    public record Target(
            Optional<Amount> size,
            OptionalDouble snr,
            Optional<Amount> bops,
            Optional<Amount> energy,
            Optional<Amount> latency,
            Optional<DeviceProfile> device) {

        /** Nothing. */
        public static final Target NONE = new Target(
                Optional.empty(),
                OptionalDouble.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty());

        /** True if it limits what the runtime does in a run, by a model of its nodes: only integers make that less. */
        public boolean needsIntegers() {
            return latency.isPresent()
                    || (energy.isPresent()
                            && device.flatMap(DeviceProfile::energy).isPresent());
        }

        /** As options. */
        public String text() {
            return Stream.of(
                            size.stream().map(Amount::option),
                            snr.stream()
                                    .mapToObj(wanted -> "--%s %s".formatted(SNR.name(), Figures.decimal(wanted, 1))),
                            bops.stream().map(Amount::option),
                            energy.stream().map(Amount::option),
                            latency.stream().map(Amount::option))
                    .flatMap(given -> given)
                    .collect(Collectors.joining(" "));
        }
    }

    /**
     * The target; empty if there is none.
     *
     * @throws CommandException if it makes no sense, or another option says how weights are stored
     */
    public static Optional<Target> of(Arguments arguments) {
        Optional<CommandOption> given = goal(arguments);
        Optional<DeviceProfile> device = limitedDevice(arguments);
        given.ifPresent(target -> HOW.stream()
                .filter(other -> arguments.has(other) || arguments.text(other).isPresent())
                .findFirst()
                .ifPresent(other -> {
                    throw CommandException.badInput(arguments.labelled(
                            "--%s and --%s exclude each other: bits are chosen by what they lose, during the run; leave --%s out"
                                    .formatted(target.name(), other, other)));
                }));
        if (given.isEmpty()) {
            return Optional.empty();
        }
        OptionalDouble snr = arguments
                .text(SNR.name())
                .map(typed -> OptionalDouble.of(snr(arguments, typed)))
                .orElse(OptionalDouble.empty());
        return Optional.of(new Target(
                amount(arguments, SIZE.name(), UNITS, "a size, such as 1.2MB, 800KB or 25%"),
                snr,
                operations(arguments, BOPS.name(), "bit operations, such as 40G, 1.2T or 20%"),
                amount(arguments, ENERGY.name(), JOULES, "an energy, such as 1.5mJ, 300uJ or 30%"),
                amount(arguments, LATENCY.name(), MILLIS, "a time, such as 5ms, 800us or 60%"),
                device));
    }

    /** The device whose energy or latency is limited, which must have that. */
    private static Optional<DeviceProfile> limitedDevice(Arguments arguments) {
        Optional<DeviceProfile> device = DeviceProfile.of(arguments);
        boolean energy = arguments.text(ENERGY.name()).isPresent();
        boolean latency = arguments.text(LATENCY.name()).isPresent();
        if (!energy && !latency) {
            return Optional.empty();
        }
        if (device.isEmpty()) {
            throw CommandException.badInput(arguments.labelled(
                    energy
                            ? "--target-energy needs a device whose energy it is; add --device 45nm, or a file"
                            : "--target-latency needs a device whose time it is; add --device x86-vnni, or a file that"
                                    + " 'lathe profile' wrote"));
        }
        device.ifPresent(profile -> {
            if (energy && profile.energySource().isEmpty()) {
                throw CommandException.badInput(arguments.labelled(
                        "--target-energy needs energy, or multiply and byte, which the profile %s does not have; add them, or give --device 45nm"
                                .formatted(profile.name())));
            }
            if (latency && profile.latency().isEmpty()) {
                throw CommandException.badInput(arguments.labelled(
                        "--target-latency needs times, which the profile %s does not have; measure some with 'lathe profile'"
                                .formatted(profile.name())));
            }
        });
        return device;
    }

    /**
     * True if layers may have to compute in integers to reach the target.
     *
     * @throws CommandException as {@link #of}
     */
    public static boolean needsIntegers(Arguments arguments) {
        return of(arguments).filter(Target::needsIntegers).isPresent();
    }

    private static Optional<CommandOption> goal(Arguments arguments) {
        return GOALS.stream()
                .filter(option -> arguments.text(option.name()).isPresent())
                .findFirst();
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

    /** The most operations that an option says. */
    static Optional<Amount> operations(Arguments arguments, String option, String form) {
        return amount(arguments, option, OPERATIONS, "a number of " + form);
    }

    private static Optional<Amount> amount(Arguments arguments, String option, Map<String, Double> units, String form) {
        return arguments.text(option).map(text -> {
            String typed = "--%s %s".formatted(option, text);
            Matcher matcher = NUMBER.matcher(text.strip());
            if (matcher.matches()) {
                double number = Double.parseDouble(matcher.group(1));
                String unit = matcher.group(2).toLowerCase(Locale.ROOT);
                boolean relative = unit.equals("%");
                if (number > 0 && (relative || units.containsKey(unit))) {
                    return new Amount(typed, number * (relative ? 0.01 : units.get(unit)), relative);
                }
            }
            throw CommandException.badInput(arguments.labelled("%s: must be %s".formatted(typed, form)));
        });
    }

    /** What a file may set in vain, since the command line says otherwise under another name. */
    public static Set<String> overruled(Arguments typed) {
        List<String> targets = GOALS.stream().map(CommandOption::name).toList();
        boolean target = targets.stream().anyMatch(name -> typed.text(name).isPresent());
        return Set.copyOf(target ? HOW : typed.text("weights").isPresent() ? targets : List.of());
    }

    /** The options by name that change the result, for the record; empty if there is no target. */
    public static Map<String, String> listed(Arguments arguments) {
        boolean limited = Stream.of(LATENCY, ENERGY)
                .anyMatch(option -> arguments.text(option.name()).isPresent());
        Map<String, String> listed = new LinkedHashMap<>();
        (limited ? OPTIONS : GOALS)
                .forEach(option ->
                        arguments.text(option.name()).ifPresent(text -> listed.put(option.name(), text.strip())));
        return listed;
    }
}
