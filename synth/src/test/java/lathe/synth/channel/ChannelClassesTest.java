package lathe.synth.channel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.BitSet;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
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
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.lifecycle.AfterContainer;

class ChannelClassesTest {

    /** Operators that lost channels in a network that was run. */
    private static final Set<String> THINNED = new TreeSet<>();

    private static int removed;

    @Property(tries = 200, seed = "1", shrinking = ShrinkingMode.OFF)
    void channelsThatNoWeightReadsCanGo(@ForAll Random random) {
        Graph network = RandomChannels.of(random, 1 + random.nextInt(6));
        ChannelClasses classes = classes(network);
        BitSet wanted = new BitSet();
        double share = 0.2 + 0.8 * random.nextDouble();
        for (int number = 0; number < classes.count(); number++) {
            wanted.set(number, random.nextDouble() < share);
        }
        BitSet gone = classes.removable(wanted);
        Graph unread = withoutReaders(network, classes, gone);
        Graph thinner = classes(unread).without(gone);

        removed += gone.cardinality();
        for (int i = 0; i < network.nodes().size(); i++) {
            Node before = network.nodes().get(i);
            if (!before.inputs().get(0).equals(thinner.nodes().get(i).inputs().get(0))) {
                THINNED.add(before.opType());
            }
        }
        float[] expected = run(unread);
        float largest = 0;
        for (float value : expected) {
            largest = Math.max(largest, Math.abs(value));
        }
        assertArrayEquals(
                expected,
                run(thinner),
                1e-5f * Math.max(largest, 0.01f),
                () -> network.nodes().toString());
    }

    /** So that no rule goes untested, nor is tested on channels that stay. */
    @AfterContainer
    static void everyRuleWasTried() {
        assertTrue(removed > 500, () -> removed + " classes removed");
        assertEquals(
                Set.of(
                        "Add",
                        "AveragePool",
                        "BatchNormalization",
                        "Clip",
                        "Concat",
                        "Conv",
                        "ConvTranspose",
                        "Dropout",
                        "Flatten",
                        "Gemm",
                        "GlobalAveragePool",
                        "HardSigmoid",
                        "InstanceNormalization",
                        "LeakyRelu",
                        "MatMul",
                        "Max",
                        "MaxPool",
                        "Mul",
                        "PRelu",
                        "Pad",
                        "ReduceMean",
                        "Relu",
                        "Reshape",
                        "Resize",
                        "Shape",
                        "Sigmoid",
                        "Slice",
                        "Softmax",
                        "Split",
                        "Squeeze",
                        "Sub",
                        "Tanh",
                        "Transpose",
                        "Unsqueeze"),
                THINNED);
    }

    private static ChannelClasses classes(Graph graph) {
        return ChannelClasses.of(
                graph,
                ValueShapes.of(
                        graph,
                        Map.of("x", RandomChannels.INPUT),
                        ChannelClassesTest::input,
                        ChannelClasses.needed(graph)));
    }

    private static Map<String, Tensor> input() {
        float[] values = new float[(int) Tensor.elements(RandomChannels.INPUT)];
        Random random = new Random(7);
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return Map.of("x", Tensor.of(values, RandomChannels.INPUT));
    }

    private static float[] run(Graph graph) {
        try (Network network = Network.of(graph, NetworkOptions.DEFAULT)) {
            return network.run(input()).values().iterator().next().floats();
        }
    }

    /** The network with zeros in place of all weights that read channels of some classes and mix them with others. */
    private static Graph withoutReaders(Graph graph, ChannelClasses classes, BitSet gone) {
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
