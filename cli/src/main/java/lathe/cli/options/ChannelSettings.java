package lathe.cli.options;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import lathe.cli.shell.Arguments;
import lathe.cli.shell.CommandException;
import lathe.cli.shell.CommandOption;
import lathe.engine.pipeline.GraphPass;
import lathe.engine.pipeline.ProgressListener;
import lathe.synth.channel.ChannelPasses;
import lathe.synth.input.InputOptions;
import lathe.synth.lowrank.LowRankPass;

/**
 * The options that say which channels are removed, and how many multiplications layers of low rank save.
 *
 * @param share of the multiplications that goes, 0 to 1; empty if only channels go that carry nothing
 * @param lowRank share of the multiplications, without those of channels that went, that goes with layers of low rank, 0 to
 *     1; empty if there are none
 * @param multiple of channels that layers are left with
 */
public record ChannelSettings(OptionalDouble share, OptionalDouble lowRank, int multiple) {

    private static final String PRUNE = "prune-channels";
    private static final String BLOCK = "channel-block";
    private static final String LOW_RANK = "low-rank";
    private static final Pattern PERCENT = Pattern.compile("(\\d{1,2}(?:\\.\\d+)?) ?%");

    /** What vectors of float kernels hold, and of integer kernels. */
    private static final int FLOAT_BLOCK = 8;

    private static final int INTEGER_BLOCK = 16;

    /** Of networks in float, without a loss. */
    public static final ChannelSettings DEFAULT =
            new ChannelSettings(OptionalDouble.empty(), OptionalDouble.empty(), FLOAT_BLOCK);

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
                    "layers keep a multiple of so many channels, without which kernels are slow; 1 removes most"),
            CommandOption.value(
                    LOW_RANK,
                    "PERCENT",
                    "none",
                    "share of multiplications to remove by layers that become two of low rank, such as 10%"));

    /** What the options ask for. */
    public static ChannelSettings of(Arguments arguments, boolean integers) {
        String block = arguments.choice(
                BLOCK, String.valueOf(integers ? INTEGER_BLOCK : FLOAT_BLOCK), "1", "2", "4", "8", "16", "32");
        return new ChannelSettings(share(arguments, PRUNE), share(arguments, LOW_RANK), Integer.parseInt(block));
    }

    private static OptionalDouble share(Arguments arguments, String option) {
        Optional<String> word = arguments.text(option).filter(text -> !text.equals("none"));
        if (word.isEmpty()) {
            return OptionalDouble.empty();
        }
        Matcher percent = PERCENT.matcher(word.get());
        double share = percent.matches() ? Double.parseDouble(percent.group(1)) / 100 : 0;
        if (share <= 0) {
            throw CommandException.badInput(arguments.labelled(
                    "--%s %s: must be a percentage of multiplications above 0 and below 100, such as 20%%"
                            .formatted(option, word.get())));
        }
        return OptionalDouble.of(share);
    }

    /** True if the network is to multiply less, though that changes what it computes. */
    public boolean isLossy() {
        return share.isPresent() || lowRank.isPresent();
    }

    /** The options by name, for the record. */
    public Map<String, String> listed() {
        Map<String, String> listed = new HashMap<>(Map.of(BLOCK, String.valueOf(multiple)));
        share.ifPresent(part -> listed.put(PRUNE, percent(100 * part)));
        lowRank.ifPresent(part -> listed.put(LOW_RANK, percent(100 * part)));
        return listed;
    }

    private static String percent(double value) {
        return (value == Math.rint(value) ? String.valueOf((long) value) : String.valueOf(value)) + "%";
    }

    /** The rewrites that do it, which run the network. */
    public Stream<GraphPass> passes(InputOptions inputs, int threads, ProgressListener progress) {
        GraphPass channels = share.isPresent()
                ? ChannelPasses.pruning(inputs, share.getAsDouble(), multiple, threads)
                : ChannelPasses.free(inputs, multiple, threads);
        return lowRank.isPresent()
                ? Stream.of(channels, new LowRankPass(inputs, lowRank.getAsDouble(), threads, progress))
                : Stream.of(channels);
    }
}
