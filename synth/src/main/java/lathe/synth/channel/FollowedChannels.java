package lathe.synth.channel;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import lathe.engine.channel.ChannelClasses;
import lathe.engine.channel.ChannelClasses.Channels;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Node;
import lathe.engine.graph.UnsupportedModelException;
import lathe.engine.operator.NodeCost;
import lathe.engine.report.KeptChannels;
import lathe.engine.tensor.ElementType;
import lathe.engine.thinning.LayerCost;
import lathe.synth.input.InputOptions;
import lathe.synth.input.InputPlan;
import lathe.synth.input.RunnableLength;
import lathe.synth.network.Network;
import lathe.synth.network.NetworkOptions;
import lathe.synth.network.Tensor;
import lathe.synth.network.ValueShapes;

/**
 * The classes of a graph.
 *
 * @param graph the graph, with {@linkplain ComputedParameters extents as constants} where it computes them
 * @param classes its classes
 * @param shapes of its values in a run of two samples, or of as many as the graph takes
 * @param batch inputs of that run
 */
record FollowedChannels(
        Graph graph, ChannelClasses classes, Function<String, Optional<List<Long>>> shapes, Map<String, Tensor> batch) {

    /**
     * Finds classes. Loads the network, and runs it where not all shapes can be inferred.
     *
     * @throws UnsupportedModelException if the network cannot be run
     */
    static FollowedChannels of(Graph given, InputOptions inputs) {
        Graph graph = ComputedParameters.asConstants(given);
        InputPlan plan = InputPlan.of(graph, RunnableLength.of(graph, inputs));
        Map<String, Tensor> batch = plan.batch(0, plan.fixedBatch().orElse(2));
        ValueShapes computed = ValueShapes.of(graph, batch, ChannelClasses.needed(graph));
        Function<String, Optional<List<Long>>> shapes =
                value -> graph.constant(value).map(Initializer::dims).or(() -> computed.apply(value));
        ChannelClasses classes = ChannelClasses.of(graph, shapes);
        return new FollowedChannels(graph, classes, shapes, batch);
    }

    /** What its nodes cost, by the channels that they read and write. */
    List<LayerCost> costs(NodeCost cost) {
        Set<Node> mixing = new HashSet<>(classes.mixing());
        List<LayerCost> costs = new ArrayList<>();
        cost.of(graph, shapes)
                .forEach((node, all) -> costs.add(new LayerCost(
                        all,
                        mixing.contains(node) ? numbers(node.inputs().get(0)) : new int[0],
                        numbers(node.output()))));
        return costs;
    }

    private int[] numbers(String value) {
        return classes.of(value).map(Channels::classes).orElse(new int[0]);
    }

    /** Its multiplications without some classes. */
    double macs(BitSet gone) {
        return LayerCost.sum(costs(NodeCost.MULTIPLICATIONS), gone);
    }

    /** The graph without some classes, after a change of its constants alone. */
    Graph without(Graph changed, BitSet gone) {
        return ChannelClasses.of(changed, shapes).without(gone);
    }

    /** Why channels stay. */
    KeptChannels kept() {
        int removable = classes.kinds().stream().mapToInt(BitSet::cardinality).sum();
        return KeptChannels.of(removable, classes.frozen());
    }

    /** Largest squared relative error of an output of another graph, on two samples as they are. */
    double outputError(Graph other) {
        double largest = 0;
        try (Network before = Network.of(graph, NetworkOptions.DEFAULT);
                Network after = Network.of(other, NetworkOptions.DEFAULT)) {
            Map<String, Tensor> wanted = before.run(batch);
            Map<String, Tensor> got = after.run(batch);
            for (Map.Entry<String, Tensor> output : wanted.entrySet()) {
                if (output.getValue().type() == ElementType.FLOAT) {
                    float[] y = output.getValue().floats();
                    float[] z = got.get(output.getKey()).floats();
                    double energy = 0;
                    double error = 0;
                    for (int i = 0; i < y.length; i++) {
                        energy += (double) y[i] * y[i];
                        error += ((double) y[i] - z[i]) * ((double) y[i] - z[i]);
                    }
                    largest = Math.max(largest, error == 0 ? 0 : error / energy);
                }
            }
        }
        return largest;
    }
}
