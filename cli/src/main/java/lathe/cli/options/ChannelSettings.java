package lathe.cli.options;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import lathe.cli.shell.Arguments;
import lathe.cli.shell.CommandException;
import lathe.cli.shell.CommandOption;
import lathe.engine.pipeline.GraphPass;
import lathe.synth.channel.ChannelPasses;
import lathe.synth.input.InputOptions;

/**
 * The options that say which channels are removed.
 *
 * @param share of the multiplications that goes, 0 to 1; empty if only channels go that carry nothing
 * @param multiple of channels that layers are left with
 */
public record ChannelSettings(OptionalDouble share, int multiple) {

    private static final String PRUNE = "prune-channels";
    private static final String BLOCK = "channel-block";
    private static final Pattern PERCENT = Pattern.compile("(\\d{1,2}(?:\\.\\d+)?) ?%");

    /** What vectors of float kernels hold, and of integer kernels. */
    private static final int FLOAT_BLOCK = 8;

    private static final int INTEGER_BLOCK = 16;

    /** Of networks in float, without a loss. */
    public static final ChannelSettings DEFAULT = new ChannelSettings(OptionalDouble.empty(), FLOAT_BLOCK);

    /** All of them, in the order of the help. */
    public static final List<CommandOption> OPTIONS = List.of(
            CommandOption.value(
                    PRUNE,
                    "PERCENT",
                    "none",
                    "share of multiplications to remove with whole channels, such as 20%; layers that read them are refitted"),
            CommandOption.value(
                    BLOCK,
                    "1|2|4|8|16|32",
                    "8, or 16 with quantized activations",
                    "layers keep a multiple of so many channels, without which kernels are slow; 1 removes most"));

    /** What the options ask for. */
    public static ChannelSettings of(Arguments arguments, boolean integers) {
        String block = arguments.choice(
                BLOCK, String.valueOf(integers ? INTEGER_BLOCK : FLOAT_BLOCK), "1", "2", "4", "8", "16", "32");
        OptionalDouble share = arguments
                .text(PRUNE)
                .filter(word -> !word.equals("none"))
                .map(word -> OptionalDouble.of(parsed(arguments, word)))
                .orElse(OptionalDouble.empty());
        return new ChannelSettings(share, Integer.parseInt(block));
    }

    private static double parsed(Arguments arguments, String word) {
        Matcher percent = PERCENT.matcher(word);
        double share = percent.matches() ? Double.parseDouble(percent.group(1)) / 100 : 0;
        if (share <= 0) {
            throw CommandException.badInput(arguments.labelled(
                    "--%s %s: must be a percentage of multiplications above 0 and below 100, such as 20%%"
                            .formatted(PRUNE, word)));
        }
        return share;
    }

    /** The options by name, for the record. */
    public Map<String, String> listed() {
        Map<String, String> listed = new HashMap<>(Map.of(BLOCK, String.valueOf(multiple)));
        share.ifPresent(part -> listed.put(PRUNE, percent(100 * part)));
        return listed;
    }

    private static String percent(double value) {
        return (value == Math.rint(value) ? String.valueOf((long) value) : String.valueOf(value)) + "%";
    }

    /** The rewrites that do it, which run the network. */
    public Stream<GraphPass> passes(InputOptions inputs, int threads) {
        return Stream.of(
                share.isPresent()
                        ? ChannelPasses.pruning(inputs, share.getAsDouble(), multiple, threads)
                        : ChannelPasses.free(inputs, multiple, threads));
    }
}
