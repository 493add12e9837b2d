package lathe.cli.commands;

import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.DoubleFunction;
import java.util.function.Function;
import lathe.cli.device.AdditiveModel;
import lathe.cli.device.NetworkWork;
import lathe.cli.device.NodeWork;
import lathe.engine.allocate.Assignment;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Node;
import lathe.engine.pipeline.CompressionPipeline;
import lathe.engine.pipeline.NothingToCompressException;
import lathe.engine.task.LayerConfig;
import lathe.synth.input.InputPlan;
import lathe.synth.network.ValueShapes;

/**
 * The time or energy of a run of the network that configurations lead to. Weights are folded into floats when a model
 * is loaded, so what matters of a configuration is whether the layer computes in integers. Not thread-safe.
 *
 * @param figure what is predicted, for people
 * @param plan of the inputs
 * @param shapes of the values of the network before it is compressed, which keep their names
 * @param known predictions by the layers that compute in integers
 */
record PredictedRun(
        AdditiveModel model,
        DoubleFunction<String> figure,
        CompressionPipeline.Opened network,
        InputPlan plan,
        ValueShapes shapes,
        Map<Set<String>, List<NodeWork>> known) {

    static PredictedRun of(
            AdditiveModel model, DoubleFunction<String> figure, CompressionPipeline.Opened network, InputPlan plan) {
        return new PredictedRun(
                model, figure, network, plan, NetworkCosts.shapes(network.prepared(), plan), new HashMap<>());
    }

    /** Of another network in float, which takes the same inputs. */
    double of(Graph other) {
        return model.of(NetworkWork.of(other, NetworkCosts.shapes(other, plan)));
    }

    /** Of each node of such a network, as far as it has one. */
    Map<Node, Double> nodes(Graph other, Function<String, Optional<List<Long>>> known) {
        Map<String, Double> byName = new HashMap<>();
        NetworkWork.of(other, NetworkCosts.shapes(other, plan))
                .forEach(work -> byName.merge(work.name(), model.of(work), Double::sum));
        Map<Node, Double> nodes = new LinkedHashMap<>();
        for (Node node : other.nodes()) {
            Optional.ofNullable(byName.get(NodeWork.name(node))).ifPresent(cost -> nodes.put(node, cost));
        }
        return nodes;
    }

    double of(Map<String, LayerConfig> configs) {
        return model.of(work(configs));
    }

    /** The node that takes most, as a clause. */
    String largest(Map<String, LayerConfig> configs) {
        NodeWork largest = work(configs).stream()
                .max(Comparator.comparingDouble(model::of))
                .orElseThrow();
        return "'%s', %s in %s"
                .formatted(
                        largest.name(),
                        figure.apply(model.of(largest)),
                        largest.integer() ? "8-bit integers" : "float");
    }

    private List<NodeWork> work(Map<String, LayerConfig> configs) {
        Set<String> integer = new TreeSet<>();
        Map<String, LayerConfig> plain = new LinkedHashMap<>();
        configs.forEach((layer, config) -> {
            boolean integers = !config.isUnchanged() && !config.floatInputs();
            plain.put(layer, integers ? config : LayerConfig.UNCHANGED);
            if (integers) {
                integer.add(layer);
            }
        });
        return known.computeIfAbsent(integer, layers -> NetworkWork.of(written(plain), shapes));
    }

    private Graph written(Map<String, LayerConfig> configs) {
        try {
            return network.standIn(Assignment.of(configs, TargetSearch.REASON));
        } catch (NothingToCompressException e) {
            return network.prepared(); // all layers in float
        }
    }
}
