package lathe.synth.channel;

import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import lathe.engine.channel.ChannelClasses;
import lathe.engine.graph.Graph;
import lathe.engine.graph.MeasuredChannels;
import lathe.engine.graph.UnsupportedModelException;
import lathe.engine.layer.Layers;
import lathe.engine.pipeline.GraphPass;
import lathe.engine.pipeline.StatisticsSource.Measurement;
import lathe.engine.thinning.FreeChannels;
import lathe.synth.input.InputOptions;
import lathe.synth.input.SynthKind;
import lathe.synth.statistics.StatisticsSources;

/** Removes channels that carry nothing. */
final class FreeCut implements GraphPass {

    /** What does not vary shows soon. */
    private static final int IMAGES = 16;

    private final InputOptions inputs;
    private final int multiple;
    private final int threads;

    FreeCut(InputOptions inputs, int multiple, int threads) {
        this.inputs = inputs.withKind(SynthKind.IMAGES).withImages(Math.min(IMAGES, inputs.images()));
        this.multiple = multiple;
        this.threads = threads;
    }

    @Override
    public String name() {
        return "free-channels";
    }

    @Override
    public Result apply(Graph graph) {
        FollowedChannels followed;
        try {
            followed = FollowedChannels.of(graph, inputs);
        } catch (UnsupportedModelException e) {
            return new Result(
                    graph, List.of("no channels were removed: the shapes of values are not known: " + e.getMessage()));
        }
        ChannelClasses classes = followed.classes();
        if (classes.frozen().values().stream().mapToInt(Integer::intValue).sum() == classes.count()) {
            return new Result(graph, List.of());
        }
        Map<String, Integer> axes = new HashMap<>();
        classes.values()
                .forEach(
                        value -> axes.put(value, classes.of(value).orElseThrow().axis()));
        Map<String, MeasuredChannels> measured;
        try (Measurement measurement =
                StatisticsSources.synthetic(inputs, threads).open(graph)) {
            measured = measurement.channelMoments(axes);
        }
        BitSet free = FreeChannels.of(graph, Layers.survey(graph).layers(), classes, measured);
        BitSet gone = classes.removable(classes.aligned(free, multiple));
        if (gone.isEmpty()) {
            return new Result(graph, List.of());
        }
        Graph unread = FreeChannels.unread(graph, classes, measured, free);
        Graph thinner = ChannelClasses.of(unread, followed.shapes()).without(gone);
        double left = FollowedChannels.of(thinner, inputs).macs();
        int count = gone.cardinality();
        String line = String.format(
                Locale.ROOT,
                "%d %s removed: %.1f %% of multiplications",
                count,
                count == 1 ? "channel that carries nothing was" : "channels that carry nothing were",
                100 * (1 - left / followed.macs()));
        return new Result(thinner, List.of(line));
    }
}
