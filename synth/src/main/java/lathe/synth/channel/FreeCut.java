package lathe.synth.channel;

import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import lathe.engine.channel.ChannelClasses;
import lathe.engine.graph.Graph;
import lathe.engine.graph.MeasuredChannels;
import lathe.engine.graph.UnsupportedModelException;
import lathe.engine.layer.ChannelBlock;
import lathe.engine.layer.Layer;
import lathe.engine.layer.Layers;
import lathe.engine.pipeline.GraphPass;
import lathe.engine.pipeline.StatisticsSource.Measurement;
import lathe.engine.thinning.FreeChannels;
import lathe.synth.input.InputOptions;
import lathe.synth.input.SynthKind;
import lathe.synth.statistics.StatisticsSources;

/** Removes channels that carry nothing, if the outputs of the network stay what they were, to 60 dB on the inputs at hand. */
final class FreeCut implements GraphPass {

    /** What does not vary shows soon. */
    private static final int IMAGES = 16;

    /** Squared relative error of the network's outputs on the inputs at hand: 60 dB. */
    private static final double LARGEST_ERROR = 1e-6;

    /** Tried one after the other, where a network amplifies what is removed. */
    private static final double[] STRICTNESS = {1, 1e4, 1e12};

    private final InputOptions inputs;
    private final ChannelBlock block;
    private final int threads;

    FreeCut(InputOptions inputs, ChannelBlock block, int threads) {
        this.inputs = inputs.withKind(SynthKind.IMAGES).withImages(Math.min(IMAGES, inputs.images()));
        this.block = block;
        this.threads = threads;
    }

    @Override
    public String name() {
        return "free-channels";
    }

    /**
     * What was done.
     *
     * @param followed the graph as it was, unless shapes are not known
     * @param gone classes of it
     */
    record Cut(Result result, Optional<FollowedChannels> followed, BitSet gone) {}

    @Override
    public Result apply(Graph graph) {
        return cut(graph).result();
    }

    /** The same, and what it found on its way. */
    Cut cut(Graph graph) {
        FollowedChannels followed;
        try {
            followed = FollowedChannels.of(graph, inputs);
        } catch (UnsupportedModelException e) {
            String why = "no channels were removed: the shapes of values are not known: " + e.getMessage();
            return new Cut(new Result(graph, List.of(why)), Optional.empty(), new BitSet());
        }
        ChannelClasses classes = followed.classes();
        if (classes.kinds().isEmpty()) {
            return cut(followed, graph, new BitSet());
        }
        Map<String, Integer> axes = new HashMap<>();
        classes.values()
                .forEach(
                        value -> axes.put(value, classes.of(value).orElseThrow().axis()));
        Graph known = followed.graph();
        List<Layer> layers = Layers.survey(known).layers();
        Graph asItIs =
                known.withoutStatistics(); // to which values would be brought: a constant is what the network makes
        // of it
        double error = 0;
        try (Measurement measurement =
                StatisticsSources.synthetic(inputs, threads).open(asItIs)) {
            Map<String, MeasuredChannels> measured = measurement.channelMoments(axes);
            for (double strictness : STRICTNESS) {
                BitSet free = FreeChannels.of(known, layers, classes, measured, strictness);
                BitSet gone = classes.removable(classes.aligned(free, block.size()));
                if (gone.isEmpty()) {
                    return cut(followed, graph, new BitSet());
                }
                Graph unread = FreeChannels.unread(known, classes, measured, free);
                Graph thinner = followed.without(unread, gone);
                error = Math.max(measurement.outputError(unread), followed.outputError(thinner));
                if (error <= LARGEST_ERROR) {
                    return removed(followed, thinner, gone);
                }
            }
        }
        String why = Double.isNaN(error)
                ? "outputs are not finite on these inputs"
                : String.format(
                        Locale.ROOT, "without those of least effect, outputs had %.0f dB", -10 * Math.log10(error));
        return cut(followed, graph, new BitSet(), "no channels were removed: " + why);
    }

    private static Cut removed(FollowedChannels followed, Graph thinner, BitSet gone) {
        int count = gone.cardinality();
        String line = String.format(
                Locale.ROOT,
                "%d %s removed: %.1f %% of multiplications",
                count,
                count == 1 ? "channel that carries nothing was" : "channels that carry nothing were",
                100 * (1 - followed.macs(gone) / followed.macs(new BitSet())));
        return cut(followed, thinner, gone, line);
    }

    private static Cut cut(FollowedChannels followed, Graph graph, BitSet gone, String... changes) {
        Result result = new Result(graph, List.of(changes), Optional.of(followed.kept()));
        return new Cut(result, Optional.of(followed), gone);
    }
}
