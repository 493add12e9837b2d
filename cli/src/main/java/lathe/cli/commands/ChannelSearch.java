package lathe.cli.commands;

import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.ToDoubleFunction;
import lathe.cli.commands.TargetSearch.Goal;
import lathe.cli.options.ChannelSettings;
import lathe.cli.options.TargetSettings.Amount;
import lathe.cli.shell.Arguments;
import lathe.cli.shell.CommandException;
import lathe.cli.shell.Figures;
import lathe.engine.graph.Graph;
import lathe.engine.operator.NodeCost;
import lathe.engine.pipeline.CompressionPipeline.Opened;
import lathe.engine.pipeline.ProgressListener;
import lathe.engine.pipeline.StatisticsSource;
import lathe.synth.comparison.OutputComparison;
import lathe.synth.comparison.OutputFigures;
import lathe.synth.input.InputPlan;
import lathe.synth.network.Network;

/**
 * Finds how a network does with fewer multiplications where options leave that open: for a number of multiplications, and
 * for targets that bits alone do not reach. Of channels that are removed, layers of low rank and half with each, the network
 * is taken that has the highest SNR on fresh inputs before it is quantized, since what is lost to either adds up. Bits come
 * first: at equal bytes, either loses as much. Without statistics of training, synthetic inputs flatter mixtures, and there are none
 * (bench/RESULTS.md, "Fewer multiplications").
 *
 * @param goal what is to be reached; without a target, the {@link ChannelSettings#macs} alone
 * @param original the network, ready to run
 */
record ChannelSearch(Goal goal, Arguments arguments, Network original, ProgressListener progress) {

    /** Not the seed of {@code compress}, nor those of its guard, of the minimum SNR, of recipes or of {@code verify}. */
    private static final long SEED = 5000;

    private static final FallbackSearch.Plan PLAN =
            new FallbackSearch.Plan(SEED, 1, Floor.IMAGES, false, OptionalDouble.empty());

    /** By this share more goes each time, until a target is within reach or the network fails. */
    private static final double STEP = 0.05;

    /** Shares of the multiplications are kept up to this: what is counted for one input or two need not quite agree. */
    private static final double ROUNDING = 1e-3;

    /** No more goes than this share of what a network costs. */
    private static final double MOST = 0.6;

    /**
     * What was found.
     *
     * @param opened the network, ready for its layers to be solved
     * @param notes what to tell of it
     */
    record Found(Opened opened, List<String> notes) {}

    /**
     * The network as options ask for it or, where they leave it open, as it loses least.
     *
     * @throws CommandException if no network has so few multiplications, or channels and ranks do not save as many as they should
     */
    Found run() {
        Compression compression = goal.compression();
        StatisticsSource statistics = compression.statistics(progress);
        Optional<Amount> macs = compression.channels().macs();
        if (macs.isPresent()) {
            return new Found(within(macs.get(), statistics), List.of());
        }
        Opened plain = opened(compression, statistics);
        try {
            checkSaved(plain);
            Excess excess = compression.channels().isLossy() ? Excess.NONE : goal.excess(plain);
            Optional<Found> fewer = excess.share() > 0 ? beyondBits(excess, statistics) : Optional.empty();
            fewer.ifPresent(found -> plain.close());
            return fewer.orElseGet(() -> new Found(plain, List.of()));
        } catch (RuntimeException e) {
            plain.close();
            throw e;
        }
    }

    private void checkSaved(Opened network) {
        ChannelSettings asked = goal.compression().channels();
        if (!asked.isLossy()) {
            return;
        }
        double saved = 1 - left(network);
        if (saved < asked.saved() - ROUNDING) {
            String why = network.keptChannels()
                    .filter(kept -> asked.share().isPresent())
                    .map(kept -> " (%s)".formatted(kept.text()))
                    .orElse("");
            throw CommandException.impossible(
                    "%s cannot be reached: at most %s of the multiplications can go that way%s; %s"
                            .formatted(asked.text(), Figures.percent(Math.max(0, saved), 1), why, asked.instead(saved)),
                    null);
        }
    }

    private double macs(Graph graph) {
        return NetworkCosts.of(
                        graph, InputPlan.of(goal.graph(), goal.compression().inputs()))
                .macs();
    }

    /** With the smallest share gone of what there is too much of that brings the target within reach, unless the network fails. */
    private Optional<Found> beyondBits(Excess excess, StatisticsSource statistics) {
        for (double share = excess.share(); share <= MOST; share += STEP) {
            Ways ways = ways(
                    excess.cost(),
                    share,
                    statistics,
                    network -> goal.excess(network).share());
            if (ways.best().isPresent() || ways.decibels() < Floor.DECIBELS) {
                return ways.best().map(best -> new Found(best, List.of(note(best))));
            }
        }
        return Optional.empty();
    }

    private String note(Opened smaller) {
        return "bits alone do not reach %s, so %s of the multiplications went, too"
                .formatted(goal.target().text(), Figures.percent(1 - left(smaller), 0));
    }

    /** The share of the multiplications that a network has. */
    private double left(Opened network) {
        return macs(network.prepared()) / macs(goal.whole());
    }

    private Opened opened(Compression compression, StatisticsSource statistics) {
        return compression.open(goal.graph(), goal.source(), statistics, progress);
    }

    private Opened within(Amount macs, StatisticsSource statistics) {
        double all = macs(goal.whole());
        double most = macs.of(all);
        if (most >= all) {
            return opened(goal.compression(), statistics);
        }
        Ways ways =
                ways(NodeCost.MULTIPLICATIONS, 1 - most / all, statistics, network -> macs(network.prepared()) - most);
        return ways.best()
                .orElseThrow(() -> CommandException.impossible(
                        "%s (%s multiplications) cannot be reached: channels and ranks leave %s of %s; try --target-macs %s"
                                .formatted(
                                        macs.option(),
                                        Figures.large(most),
                                        Figures.large(most + ways.excess()),
                                        Figures.large(all),
                                        (int) Math.ceil(100 * (most + ways.excess()) / all) + "%"),
                        null));
    }

    /**
     * What became of a network that costs less.
     *
     * @param best of the networks that cost no more than they should
     * @param decibels the highest SNR of any network
     * @param excess what the cheapest network costs too much
     */
    private record Ways(Optional<Opened> best, double decibels, double excess) {}

    /** @param excess what a network costs too much */
    private Ways ways(NodeCost cost, double share, StatisticsSource statistics, ToDoubleFunction<Opened> excess) {
        OutputComparison comparison =
                FallbackSearch.comparison(PLAN, goal.compression(), arguments, original, goal.graph(), progress);
        boolean trusted = goal.compression().inputs().isTrusted(goal.whole());
        Optional<Opened> best = Optional.empty();
        double highest = Double.NEGATIVE_INFINITY;
        double ofBest = Double.NEGATIVE_INFINITY;
        double least = Double.POSITIVE_INFINITY;
        for (ChannelSettings way : goal.compression().channels().ways(cost, share, trusted)) {
            Opened network = opened(goal.compression().withChannels(way), statistics);
            double decibels = decibels(comparison, network.prepared());
            double beyond = excess.applyAsDouble(network);
            highest = Math.max(highest, decibels);
            least = Math.min(least, beyond);
            if (decibels > ofBest && beyond <= 0) {
                best.ifPresent(Opened::close);
                best = Optional.of(network);
                ofBest = decibels;
            } else {
                network.close();
            }
        }
        return new Ways(best, highest, least);
    }

    private static double decibels(OutputComparison comparison, Graph smaller) {
        return OutputFigures.leastDecibels(FallbackSearch.outputs(comparison, smaller))
                .orElse(0);
    }
}
