package lathe.cli.options;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import lathe.cli.shell.Arguments;
import lathe.cli.shell.CommandException;
import lathe.cli.shell.CommandOption;
import lathe.engine.pipeline.MemoryBudget;

/** The option that bounds a run's memory. The launcher reads it too, and makes Java's heap {@value #HEAP_SHARE} of it. */
public final class MemorySettings {

    /** The option of commands that measure a network. */
    public static final CommandOption MAX_MEMORY = CommandOption.value(
            "max-memory",
            "SIZE",
            "half of the machine's",
            "memory limit, such as 900m or 4g; less means more runs of the network and the same result");

    /** The same where there is nothing to choose: only the launcher heeds it. */
    public static final CommandOption ALLOWED =
            CommandOption.value(MAX_MEMORY.name(), "SIZE", "half of the machine's", "memory limit, such as 900m or 4g");

    private static final Pattern SIZE = Pattern.compile("([0-9]{1,12})([kKmMgGtT]?)[bB]?");
    private static final long LEAST = 256L << 20;

    /** What the launcher makes Java's heap of the memory. */
    private static final double HEAP_SHARE = 0.6;

    /** What Gram matrices may take; the rest is for the network, its runs and Java itself. */
    private static final double GRAM_SHARE = 0.65;

    private MemorySettings() {}

    /** What the options leave for Gram matrices. */
    public static MemoryBudget of(Arguments arguments) {
        long wanted = arguments
                .text(MAX_MEMORY.name())
                .map(text -> bytes(arguments, text))
                .orElseGet(MemorySettings::halfOfMachine);
        double heap = Runtime.getRuntime().maxMemory() / HEAP_SHARE;
        return new MemoryBudget((long) (GRAM_SHARE * Math.min((double) wanted, heap)));
    }

    /**
     * Checks the option where only the launcher heeds it.
     *
     * @throws CommandException if a size was typed that is none
     */
    public static void check(Arguments arguments) {
        arguments.text(MAX_MEMORY.name()).ifPresent(text -> bytes(arguments, text));
    }

    private static long halfOfMachine() {
        return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getTotalMemorySize() / 2;
    }

    private static long bytes(Arguments arguments, String text) {
        Matcher size = SIZE.matcher(text);
        if (!size.matches()) {
            throw CommandException.badInput(
                    arguments.labelled("--max-memory %s: must be a size, such as 900m or 4g".formatted(text)));
        }
        int shift = 10 * ("kmgt".indexOf(size.group(2).toLowerCase(Locale.ROOT)) + 1);
        double bytes = Long.parseLong(size.group(1)) * Math.pow(2, size.group(2).isEmpty() ? 0 : shift);
        if (bytes < LEAST) {
            throw CommandException.badInput(
                    arguments.labelled("--max-memory %s: must be at least 256m".formatted(text)));
        }
        return (long) bytes;
    }
}
