package lathe.cli.options;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import lathe.cli.options.TargetSettings.Amount;
import lathe.cli.shell.Arguments;
import lathe.cli.shell.CommandException;
import lathe.cli.shell.CommandOption;
import lathe.engine.layer.ChannelBlock;
import lathe.engine.operator.NodeCost;
import lathe.engine.pipeline.CompressionOptions;
import lathe.engine.pipeline.GraphPass;
import lathe.engine.pipeline.MemoryBudget;
import lathe.engine.pipeline.ProgressListener;
import lathe.engine.pipeline.StatisticsSource;
import lathe.synth.channel.ChannelPasses;
import lathe.synth.input.InputOptions;
import lathe.synth.lowrank.LowRankPass;

/**
 * The options that say how many multiplications go, with channels that are removed and with layers of low rank.
 *
 * @param cost which is to become less: multiplications, but for targets
 * @param share of it that goes with channels, 0 to 1; empty if only channels go that carry nothing
 * @param lowRank share of what is left then that goes with layers of low rank, 0 to 1; empty if there are none
 * @param macs most multiplications of a run, where it is open how they go; then there are no shares
 * @param block of which layers are left with a multiple of channels or ranks
 */
public record ChannelSettings(
        NodeCost cost, OptionalDouble share, OptionalDouble lowRank, Optional<Amount> macs, ChannelBlock block) {

    private static final String MACS = "target-macs";
    private static final String PRUNE = "prune-channels";
    private static final String BLOCK = "channel-block";
    private static final String LOW_RANK = "low-rank";
    private static final Pattern PERCENT = Pattern.compile("(\\d{1,2}(?:\\.\\d+)?) ?%");

    /** Of networks in float, without a loss. */
    public static final ChannelSettings DEFAULT = new ChannelSettings(
            NodeCost.MULTIPLICATIONS,
            OptionalDouble.empty(),
            OptionalDouble.empty(),
            Optional.empty(),
            ChannelBlock.FLOAT);

    /** All of them, in the order of the help. */
    public static final List<CommandOption> OPTIONS = List.of(
            CommandOption.value(
                    MACS,
                    "N|PERCENT",
                    "none",
                    "most multiplications of a run with weights, such as 200M, or 80% of the model's: channels are removed, or layers"
                            + " become two of low rank, whichever loses less on fresh inputs"),
            CommandOption.value(
                    PRUNE,
                    "PERCENT",
                    "none",
                    "share of multiplications to remove with whole channels, such as 20%; layers that read them are refitted"),
            CommandOption.value(
                    BLOCK,
                    "1|2|4|8|16|32",
                    "8, or 16 with quantized activations",
                    "layers keep a multiple of so many channels or ranks, without which kernels are slow; 1 removes most"),
            CommandOption.value(
                    LOW_RANK,
                    "PERCENT",
                    "none",
                    "share of multiplications to remove by layers that become two of low rank, such as 10%"));

    /** What the options ask for. */
    public static ChannelSettings of(Arguments arguments, boolean integers) {
        String size = arguments.choice(
                BLOCK,
                String.valueOf((integers ? ChannelBlock.INTEGER : ChannelBlock.FLOAT).size()),
                "1",
                "2",
                "4",
                "8",
                "16",
                "32");
        Optional<Amount> macs = given(arguments, MACS)
                .flatMap(typed ->
                        TargetSettings.operations(arguments, MACS, "multiplications, such as 200M, 1.2G or 80%"));
        macs.flatMap(target -> Stream.of(PRUNE, LOW_RANK)
                        .filter(option -> given(arguments, option).isPresent())
                        .findFirst())
                .ifPresent(option -> {
                    throw CommandException.badInput(arguments.labelled(
                            "--%s and --%s exclude each other: channels and ranks are chosen by what they lose; leave --%s out"
                                    .formatted(MACS, option, option)));
                });
        return new ChannelSettings(
                NodeCost.MULTIPLICATIONS,
                share(arguments, PRUNE),
                share(arguments, LOW_RANK),
                macs,
                new ChannelBlock(Integer.parseInt(size)));
    }

    private static Optional<String> given(Arguments arguments, String option) {
        return arguments.text(option).filter(text -> !text.equals("none"));
    }

    private static OptionalDouble share(Arguments arguments, String option) {
        Optional<String> word = given(arguments, option);
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
        return share.isPresent() || lowRank.isPresent() || macs.isPresent();
    }

    /**
     * Ways to do with less: channels that are removed, layers of low rank, and half with each.
     *
     * @param less what is to become less
     * @param saved share of it
     * @param mixed false without the last
     */
    public List<ChannelSettings> ways(NodeCost less, double saved, boolean mixed) {
        double half = 1 - Math.sqrt(1 - saved);
        ChannelSettings channels = with(less, OptionalDouble.of(saved), OptionalDouble.empty());
        ChannelSettings ranks = with(less, OptionalDouble.empty(), OptionalDouble.of(saved));
        return mixed
                ? List.of(channels, ranks, with(less, OptionalDouble.of(half), OptionalDouble.of(half)))
                : List.of(channels, ranks);
    }

    private ChannelSettings with(NodeCost less, OptionalDouble newShare, OptionalDouble newLowRank) {
        return new ChannelSettings(less, newShare, newLowRank, Optional.empty(), block);
    }

    /** The options by name, for the record. */
    public Map<String, String> listed(Arguments arguments) {
        Map<String, String> listed = new HashMap<>(Map.of(BLOCK, String.valueOf(block.size())));
        given(arguments, MACS).ifPresent(typed -> listed.put(MACS, typed.strip()));
        share.ifPresent(part -> listed.put(PRUNE, percent(part)));
        lowRank.ifPresent(part -> listed.put(LOW_RANK, percent(part)));
        return listed;
    }

    /** As options, such as {@code --prune-channels 10%}. */
    public String text() {
        return macs.map(Amount::option).orElseGet(() -> text(1));
    }

    /** Options that ask for half as much. */
    public String milder() {
        return macs.map(most -> most.relative()
                        ? "--%s %s".formatted(MACS, percent((1 + most.number()) / 2))
                        : "a larger --%s".formatted(MACS))
                .orElseGet(() -> text(0.5));
    }

    private String text(double factor) {
        List<String> options = new ArrayList<>();
        share.ifPresent(part -> options.add("--%s %s".formatted(PRUNE, percent(factor * part))));
        lowRank.ifPresent(part -> options.add("--%s %s".formatted(LOW_RANK, percent(factor * part))));
        return String.join(" ", options);
    }

    /** The share of the multiplications that the shares of channels and ranks save together, 0 to 1. */
    public double saved() {
        return 1 - (1 - share.orElse(0)) * (1 - lowRank.orElse(0));
    }

    /**
     * What to ask for in place of shares that a network cannot save, as a clause.
     *
     * @param possible share of the multiplications that these ways can save, 0 to 1
     */
    public String instead(double possible) {
        double whole = Math.floor(100 * possible) / 100;
        String less = whole == 0
                ? "leave it out"
                : share.isPresent() && lowRank.isPresent()
                        ? "ask for less of either"
                        : "ask for less, such as --%s %s"
                                .formatted(share.isPresent() ? PRUNE : LOW_RANK, percent(whole));
        return block.size() == 1 ? less : less + ", or give a smaller --%s than %d".formatted(BLOCK, block.size());
    }

    /** With as many decimals as it has, up to four. */
    private static String percent(double share) {
        BigDecimal percent = BigDecimal.valueOf(100 * share).setScale(4, RoundingMode.HALF_UP);
        return percent.stripTrailingZeros().toPlainString() + "%";
    }

    /**
     * The rewrites that do it, which run the network. Those for a number of multiplications that leaves open how are none of
     * them, see {@link #ways}.
     *
     * @param source measures networks
     * @param options say how many threads and how much memory there are
     */
    public Stream<GraphPass> passes(
            InputOptions inputs, StatisticsSource source, CompressionOptions options, ProgressListener progress) {
        int threads = options.threads();
        MemoryBudget memory = options.memory();
        GraphPass channels = share.isPresent()
                ? ChannelPasses.pruning(inputs, source, cost, share.getAsDouble(), block, threads, memory)
                : ChannelPasses.free(inputs, block, threads);
        return lowRank.isPresent()
                ? Stream.of(
                        channels, new LowRankPass(inputs, source, cost, lowRank.getAsDouble(), block, memory, progress))
                : Stream.of(channels);
    }
}
