package lathe.synth.channel;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import lathe.engine.channel.ChannelClasses;
import lathe.engine.channel.ChannelClasses.Channels;
import lathe.engine.graph.ChannelAffine;
import lathe.engine.graph.Graph;
import lathe.engine.graph.GraphEdit;
import lathe.engine.graph.Node;
import lathe.engine.layer.InputStatistics;
import lathe.engine.layer.Layer;
import lathe.engine.layer.LayerChannels;
import lathe.engine.layer.Layers;
import lathe.engine.operator.Multiplication;
import lathe.engine.pipeline.GraphPass;
import lathe.engine.pipeline.StatisticsSource;
import lathe.engine.pipeline.StatisticsSource.Measurement;
import lathe.engine.thinning.ChannelChoice;
import lathe.engine.thinning.LayerCost;
import lathe.synth.input.InputOptions;

/** Removes channels for a share of the multiplications, and repairs what reads them. */
final class ChannelPruning implements GraphPass {

    /** Ridge of the repair where training says what channels are like, and where it does not. */
    private static final double DAMPING = 0.01;

    private static final double DAMPING_UNKNOWN = 0.1;

    private final StatisticsSource source;
    private final GraphPass free;
    private final InputOptions inputs;
    private final double share;
    private final int multiple;

    ChannelPruning(StatisticsSource source, GraphPass free, InputOptions inputs, double share, int multiple) {
        this.source = source;
        this.free = free;
        this.inputs = inputs;
        this.share = share;
        this.multiple = multiple;
    }

    @Override
    public String name() {
        return "channel-pruning";
    }

    @Override
    public Result apply(Graph graph) {
        double most = FollowedChannels.of(graph, inputs).macs() * (1 - share);
        Result freed = free.apply(graph);
        FollowedChannels followed = FollowedChannels.of(freed.graph(), inputs);
        if (followed.macs() <= most) {
            return freed;
        }
        List<String> changes = new ArrayList<>(freed.changes());
        Graph pruned = pruned(followed, most);
        double left = FollowedChannels.of(pruned, inputs).macs();
        changes.add(String.format(
                Locale.ROOT,
                "pruned channels, repaired what reads them: %.1f %% of multiplications removed in all%s",
                100 * (1 - left * (1 - share) / most),
                left <= most ? "" : ", more cannot be removed: " + why(followed)));
        return new Result(pruned, changes, freed.kept());
    }

    private Graph pruned(FollowedChannels followed, double most) {
        Graph graph = followed.graph();
        ChannelClasses classes = followed.classes();
        List<Layer> layers = Layers.survey(graph).layers();
        Set<Node> mixing = new HashSet<>(classes.mixing());
        List<Layer> reading =
                layers.stream().filter(layer -> mixing.contains(layer.node())).toList();
        boolean trusted = inputs.isTrusted(graph);
        try (Measurement measurement = source.open(graph)) {
            Map<String, InputStatistics> statistics =
                    measurement.measure(reading, List.of()).layers();
            ChannelChoice choice = new ChannelChoice(
                    graph,
                    layers,
                    classes,
                    statistics,
                    trusted,
                    trusted ? DAMPING : DAMPING_UNKNOWN,
                    costs(followed),
                    multiple);
            choice.weigh(measurement::outputError, trusted ? 0 : 1);
            BitSet gone = choice.until(most);
            Graph repaired = recentred(choice.repaired(), measurement);
            return ChannelClasses.of(repaired, followed.shapes()).without(gone);
        }
    }

    private String why(FollowedChannels followed) {
        String least = multiple == 1 ? "layers keep a channel" : "layers keep up to %d channels".formatted(multiple);
        return least + ", and " + followed.kept().text();
    }

    private static List<LayerCost> costs(FollowedChannels followed) {
        ChannelClasses classes = followed.classes();
        Set<Node> mixing = new HashSet<>(classes.mixing());
        List<LayerCost> costs = new ArrayList<>();
        for (Multiplication found : Multiplication.of(followed.graph())) {
            OptionalLong macs = found.macs(followed.shapes());
            if (macs.isPresent()) {
                boolean mixes = mixing.contains(found.node());
                costs.add(new LayerCost(
                        macs.getAsLong(),
                        mixes ? numbers(classes, found.data()) : new int[0],
                        numbers(classes, found.node().output())));
            }
        }
        return costs;
    }

    private static int[] numbers(ChannelClasses classes, String value) {
        return classes.of(value).map(Channels::classes).orElse(new int[0]);
    }

    /** Brings values of known statistics back to the means and deviations that they had, if that brings the outputs nearer. */
    private static Graph recentred(Graph repaired, Measurement measurement) {
        Map<String, ChannelAffine> drift = new HashMap<>(measurement.drift(repaired));
        if (drift.isEmpty()) {
            return repaired;
        }
        GraphEdit edit = repaired.edit();
        drift.forEach((value, map) -> repaired.producer(value)
                .flatMap(node -> LayerChannels.of(repaired, node))
                .filter(layer -> layer.outputs() == map.channels())
                .ifPresent(
                        layer -> layer.withOutputs(map.heldScale(), map.shift()).writeTo(edit)));
        Graph centred = edit.build();
        return measurement.outputError(centred) < measurement.outputError(repaired) ? centred : repaired;
    }
}
