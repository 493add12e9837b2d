package lathe.synth.channel;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import lathe.engine.graph.ChannelAffine;
import lathe.engine.graph.Graph;
import lathe.engine.graph.GraphEdit;
import lathe.engine.layer.ChannelBlock;
import lathe.engine.layer.LayerChannels;
import lathe.engine.layer.Layers;
import lathe.engine.operator.NodeCost;
import lathe.engine.pipeline.GraphPass;
import lathe.engine.pipeline.MemoryBudget;
import lathe.engine.pipeline.StatisticsSource;
import lathe.engine.pipeline.StatisticsSource.Measurement;
import lathe.engine.thinning.ChannelChoice;
import lathe.engine.thinning.LayerCost;
import lathe.engine.thinning.Refit;
import lathe.synth.input.InputOptions;

/**
 * Removes channels for a share of what nodes cost, and repairs what reads them.
 *
 * @param source measures the network
 * @param free removes those that carry nothing, first
 * @param cost which is to become less
 * @param share of it that goes, 0 to 1
 * @param block of which a multiple of channels is left
 * @param memory for Gram matrices
 */
record ChannelPruning(
        InputOptions inputs,
        StatisticsSource source,
        FreeCut free,
        NodeCost cost,
        double share,
        ChannelBlock block,
        MemoryBudget memory)
        implements GraphPass {

    @Override
    public String name() {
        return "channel-pruning";
    }

    @Override
    public Result apply(Graph graph) {
        FreeCut.Cut cut = free.cut(graph);
        FollowedChannels before = cut.followed().orElseGet(() -> FollowedChannels.of(graph, inputs));
        Result freed = cut.result();
        List<LayerCost> costs = before.costs(cost);
        double most = LayerCost.sum(costs, new BitSet()) * (1 - share);
        if (LayerCost.sum(costs, cut.gone()) <= most) {
            return freed;
        }
        boolean same = freed.graph() == graph;
        FollowedChannels followed = same ? before : FollowedChannels.of(freed.graph(), inputs);
        List<LayerCost> left = same ? costs : followed.costs(cost);
        List<String> changes = new ArrayList<>(freed.changes());
        try (Measurement measurement = source.open(followed.graph())) {
            ChannelChoice choice = choice(followed, left, measurement);
            choice.weigh(measurement::outputError);
            BitSet gone = choice.until(most);
            Graph repaired = choice.repaired();
            Graph fitted =
                    inputs.isLikeReal(graph) ? Refit.of(followed.graph(), repaired, measurement::moments) : repaired;
            Graph pruned = followed.without(recentred(fitted, measurement), gone);
            changes.add(String.format(
                    Locale.ROOT,
                    "pruned channels, repaired what reads them: %.1f %% of multiplications removed in all%s",
                    100 * (1 - followed.macs(gone) / before.macs(new BitSet())),
                    LayerCost.sum(left, gone) <= most ? "" : ", more cannot be removed: " + why(followed)));
            return new Result(pruned, changes, freed.kept());
        }
    }

    private ChannelChoice choice(FollowedChannels followed, List<LayerCost> costs, Measurement measurement) {
        Graph graph = followed.graph();
        return new ChannelChoice(
                graph,
                Layers.survey(graph).layers(),
                followed.classes(),
                layers -> measurement.measure(layers, List.of()).layers(),
                memory.batch(),
                inputs.isTrusted(graph),
                costs,
                block);
    }

    private String why(FollowedChannels followed) {
        String least =
                block.size() == 1 ? "layers keep a channel" : "layers keep up to %d channels".formatted(block.size());
        return least + ", and " + followed.kept().text();
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
