package lathe.synth.channel;

import java.util.BitSet;
import java.util.Map;
import java.util.Random;
import lathe.engine.channel.ChannelClasses;
import lathe.engine.channel.ChannelClasses.Channels;
import lathe.engine.graph.Graph;
import lathe.engine.graph.GraphEdit;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Node;
import lathe.synth.network.Network;
import lathe.synth.network.NetworkOptions;
import lathe.synth.network.Tensor;
import lathe.synth.network.ValueShapes;

/** Random networks of which nothing reads some channels. */
final class Unread {

    private Unread() {}

    static ChannelClasses classes(Graph graph) {
        return ChannelClasses.of(
                graph,
                ValueShapes.of(graph, Map.of("x", RandomChannels.INPUT), Unread::input, ChannelClasses.needed(graph)));
    }

    private static Map<String, Tensor> input() {
        float[] values = new float[(int) Tensor.elements(RandomChannels.INPUT)];
        Random random = new Random(7);
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return Map.of("x", Tensor.of(values, RandomChannels.INPUT));
    }

    static float[] run(Graph graph) {
        try (Network network = Network.of(graph, NetworkOptions.DEFAULT)) {
            return network.run(input()).values().iterator().next().floats();
        }
    }

    /** The network with zeros in place of all weights that read channels of some classes and mix them with others. */
    static Graph of(Graph graph, ChannelClasses classes, BitSet gone) {
        GraphEdit edit = graph.edit();
        for (Node node : graph.nodes()) {
            classes.of(node.inputs().get(0)).ifPresent(read -> {
                long groups = node.integer("group").orElse(1);
                if (axis(node) >= 0 && !(groups > 1 && groups == read.classes().length)) {
                    Initializer weights = graph.constant(node, 1).orElseThrow();
                    edit.put(zeroed(weights, axis(node), read, gone));
                }
            });
        }
        return edit.build();
    }

    private static int axis(Node node) {
        return switch (node.opType()) {
            case "Conv" -> 1;
            case "ConvTranspose", "MatMul" -> 0;
            case "Gemm" -> node.integer("transB").orElse(0) != 0 ? 1 : 0;
            default -> -1;
        };
    }

    private static Initializer zeroed(Initializer weights, int axis, Channels read, BitSet gone) {
        float[] values = weights.floats();
        long behind = weights.dims().subList(axis + 1, weights.rank()).stream().reduce(1L, (a, b) -> a * b);
        for (int i = 0; i < values.length; i++) {
            int position = (int) (i / behind % weights.dims().get(axis));
            if (gone.get(read.classes()[position])) {
                values[i] = 0;
            }
        }
        return Initializer.ofFloats(weights.name(), values, weights.dims());
    }
}
