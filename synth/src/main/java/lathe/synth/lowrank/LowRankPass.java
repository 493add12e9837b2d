package lathe.synth.lowrank;

import static lathe.engine.operator.NodeCost.MULTIPLICATIONS;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Node;
import lathe.engine.layer.ChannelBlock;
import lathe.engine.layer.InputStatistics;
import lathe.engine.layer.LastLayers;
import lathe.engine.layer.Layer;
import lathe.engine.layer.Layers;
import lathe.engine.lowrank.RankChoice;
import lathe.engine.operator.Multiplication;
import lathe.engine.operator.NodeCost;
import lathe.engine.pipeline.GraphPass;
import lathe.engine.pipeline.MemoryBudget;
import lathe.engine.pipeline.ProgressListener;
import lathe.engine.pipeline.StatisticsSource;
import lathe.engine.pipeline.StatisticsSource.Measurement;
import lathe.synth.input.InputOptions;
import lathe.synth.input.InputPlan;
import lathe.synth.input.RunnableLength;
import lathe.synth.network.Tensor;
import lathe.synth.network.ValueShapes;

/**
 * Replaces layers by two of low rank until a share of what nodes cost is gone, or as much as can go, see {@link RankChoice}. The network
 * computes something else. Without statistics of training, synthetic inputs hide what late layers do; then layers behind which
 * there is no other stay as they are, and no layer loses less than its own outputs do. So do layers without
 * {@linkplain InputStatistics#hasSamplesForAll samples for all inputs}.
 *
 * <p>Costs a measurement of the network and three runs of it per layer.
 *
 * @param inputs of a run
 * @param source measures the network
 * @param cost which is to become less; what two layers cost is what the one did, in proportion to their multiplications
 * @param share of it that goes, 0 to 1
 * @param block of which ranks are multiples
 * @param memory for Gram matrices; the result does not depend on it
 * @param progress is told of each layer
 */
public record LowRankPass(
        InputOptions inputs,
        StatisticsSource source,
        NodeCost cost,
        double share,
        ChannelBlock block,
        MemoryBudget memory,
        ProgressListener progress)
        implements GraphPass {

    @Override
    public String name() {
        return "low-rank";
    }

    @Override
    public Result apply(Graph graph) {
        Map<Node, Double> costs = costs(graph, cost);
        boolean trusted = inputs.isTrusted(graph);
        Set<Node> last = trusted ? Set.of() : LastLayers.of(graph, costs.keySet());
        List<Layer> layers = Layers.survey(graph).layers().stream()
                .filter(layer -> costs.containsKey(layer.node()) && !last.contains(layer.node()))
                .filter(layer -> RankChoice.suits(graph, layer))
                .toList();
        try (Measurement measurement = source.open(graph)) {
            RankChoice choice = new RankChoice(graph, block);
            for (List<Layer> some : memory.batches(layers, Layer::gramBytes)) {
                Map<String, InputStatistics> statistics =
                        measurement.measure(some, List.of()).layers();
                for (Layer layer : some) {
                    Optional.ofNullable(statistics.get(layer.name()))
                            .filter(InputStatistics::hasSamplesForAll)
                            .ifPresent(found -> choice.add(layer, found, costs.get(layer.node())));
                }
            }
            progress.begin("trying ranks", choice.count());
            choice.tryRanks(measurement::outputError, trusted, progress::step);
            Map<String, Integer> ranks = choice.saving(share * sum(costs));
            return ranks.isEmpty() ? new Result(graph, List.of()) : result(graph, choice.factored(ranks), ranks.size());
        }
    }

    private Result result(Graph graph, Graph factored, int layers) {
        double left = sum(costs(factored, MULTIPLICATIONS)) / sum(costs(graph, MULTIPLICATIONS));
        String line = String.format(
                Locale.ROOT,
                "%d layer%s became two of low rank each: %.1f %% of multiplications less",
                layers,
                layers == 1 ? "" : "s",
                100 * (1 - left));
        return new Result(factored, List.of(line));
    }

    private static double sum(Map<Node, Double> costs) {
        return costs.values().stream().mapToDouble(Double::doubleValue).sum();
    }

    private Map<Node, Double> costs(Graph graph, NodeCost wanted) {
        InputPlan plan = InputPlan.of(graph, RunnableLength.of(graph, inputs));
        Map<String, Tensor> batch = plan.batch(0, plan.fixedBatch().orElse(1));
        Set<String> values = Multiplication.of(graph).stream()
                .flatMap(Multiplication::values)
                .collect(Collectors.toCollection(LinkedHashSet::new));
        return wanted.of(graph, ValueShapes.of(graph, batch, values));
    }
}
