package lathe.synth.channel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import lathe.engine.channel.ChannelClasses;
import lathe.engine.graph.Attribute;
import lathe.engine.graph.ChannelStatistics;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Node;
import lathe.engine.graph.Value;
import lathe.engine.layer.ChannelBlock;
import lathe.engine.pipeline.GraphPass;
import lathe.engine.report.KeptChannels;
import lathe.engine.tensor.ElementType;
import lathe.synth.input.InputOptions;
import lathe.synth.network.Network;
import lathe.synth.network.NetworkOptions;
import lathe.synth.network.Tensor;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import org.junit.jupiter.api.Test;

class FreeCutTest {

    private static final GraphPass PASS = ChannelPasses.free(InputOptions.DEFAULT, new ChannelBlock(1), 1);
    private static final int CHANNELS = 4;

    /** Channels that nothing reads go, in whatever networks, and no others that matter. */
    @Property(tries = 30, seed = "2", shrinking = ShrinkingMode.OFF)
    void outputsStay(@ForAll Random random) {
        Graph network = RandomChannels.of(random, 1 + random.nextInt(5));
        ChannelClasses classes = Unread.classes(network);
        BitSet wanted = new BitSet();
        IntStream.range(0, classes.count()).filter(i -> random.nextBoolean()).forEach(wanted::set);
        Graph unread = Unread.of(network, classes, classes.removable(wanted));
        Graph thinner = PASS.apply(unread).graph();
        float[] expected = Unread.run(unread);
        double largest = IntStream.range(0, expected.length)
                .mapToDouble(i -> Math.abs(expected[i]))
                .max()
                .orElse(0);
        assertArrayEquals(
                expected,
                Unread.run(thinner),
                (float) (1e-3 * Math.max(largest, 0.01)),
                () -> network.nodes().toString());
        assertTrue(
                constants(thinner) <= constants(classesRemoved(unread, classes.removable(wanted))),
                "what nothing reads is gone");
    }

    private static Graph classesRemoved(Graph unread, BitSet gone) {
        return Unread.classes(unread).without(gone);
    }

    private static long constants(Graph graph) {
        return graph.initializers().values().stream()
                .filter(constant -> constant.type() == ElementType.FLOAT)
                .mapToLong(Initializer::elements)
                .sum();
    }

    /** Two layers with a Relu between, whose first is {@code scale * w x + bias} per channel. */
    private static Graph pair(float[] scale, float[] bias, int pad, Map<String, ChannelStatistics> statistics) {
        Random random = new Random(1);
        float[] first = new float[CHANNELS * 3];
        for (int i = 0; i < first.length; i++) {
            first[i] = (float) (scale[i / 3] * random.nextGaussian());
        }
        float[] second = new float[2 * CHANNELS * 9];
        for (int i = 0; i < second.length; i++) {
            second[i] = (float) random.nextGaussian();
        }
        List<Node> nodes = new ArrayList<>();
        nodes.add(Node.of("first", "Conv", List.of("x", "w", "b"), List.of("u"), Map.of()));
        nodes.add(Node.of("relu", "Relu", List.of("u"), List.of("v"), Map.of()));
        Attribute pads = new Attribute.Ints(List.of((long) pad, (long) pad, (long) pad, (long) pad));
        nodes.add(Node.of("second", "Conv", List.of("v", "k"), List.of("y"), Map.of("pads", pads)));
        List<Value.Dim> dims =
                List.of(Value.Dim.dynamic("n"), Value.Dim.fixed(3), Value.Dim.fixed(16), Value.Dim.fixed(16));
        return new Graph(
                nodes,
                List.of(
                        Initializer.ofFloats("w", first, CHANNELS, 3, 1, 1),
                        Initializer.ofFloats("b", bias, CHANNELS),
                        Initializer.ofFloats("k", second, 2, CHANNELS, 3, 3)),
                List.of(new Value("x", ElementType.FLOAT, Optional.of(dims), Optional.empty())),
                List.of(Value.ofFloat("y")),
                Map.of("", 13L),
                Map.of(),
                statistics,
                Optional.empty());
    }

    /** How many channels are left, all outputs being what they were. */
    private static long left(Graph graph) {
        Graph thinner = PASS.apply(graph).graph();
        Tensor input = Tensor.of(new float[3 * 16 * 16], 1, 3, 16, 16);
        for (int i = 0; i < input.values().limit(); i++) {
            input.values().put(i, (float) Math.sin(i));
        }
        assertArrayEquals(run(graph, input), run(thinner, input), 1e-3f);
        return thinner.constant(thinner.nodes().get(0), 1).orElseThrow().dims().get(0);
    }

    private static float[] run(Graph graph, Tensor input) {
        try (Network network = Network.of(graph, NetworkOptions.DEFAULT)) {
            return network.run(Map.of("x", input)).get("y").floats();
        }
    }

    @Test
    void aConstantGoesIntoTheNextBiasUnlessThatLayerPads() {
        float[] scale = {1, 0, 1, 1};
        float[] bias = {0, 2, 0, 0};
        assertEquals(3, left(pair(scale, bias, 0, Map.of())));
        assertEquals(4, left(pair(scale, bias, 1, Map.of())), "zeros of the padding are no constant");
        bias[1] = -2;
        assertEquals(3, left(pair(scale, bias, 1, Map.of())), "zero behind the Relu");
    }

    /** Exporters write the widths of a Pad as a computation with constants. */
    @Test
    void channelsAreFollowedThroughAPadOfComputedWidths() {
        Graph pair = pair(new float[] {1, 0, 1, 1}, new float[CHANNELS], 0, Map.of());
        Node second = pair.nodes().get(2);
        Graph padded = pair.edit()
                .put(Initializer.ofInts("space", new int[] {1, 1}, 2))
                .put(Initializer.ofInts("zeros", new int[] {0, 0}, 2))
                .insertBefore(
                        second,
                        Node.of(
                                "",
                                "Concat",
                                List.of("zeros", "space", "zeros", "space"),
                                List.of("widths"),
                                Map.of("axis", new Attribute.Int(0))))
                .insertBefore(
                        second,
                        Node.of("", "Cast", List.of("widths"), List.of("pads"), Map.of("to", new Attribute.Int(7))))
                .insertBefore(second, Node.of("", "Pad", List.of("v", "pads"), List.of("p"), Map.of()))
                .replace(second, second.withInputs(List.of("p", "k")))
                .build();
        assertEquals(3, left(padded));
        List<String> operators =
                PASS.apply(padded).graph().nodes().stream().map(Node::opType).toList();
        assertEquals(List.of("Conv", "Relu", "Pad", "Conv"), operators, "what computed the widths is gone");
    }

    @Test
    void whatIsFarBelowZeroMayBeExcitedByOtherImages() {
        float[] scale = {1, 1, 1, 1};
        float[] bias = {0, -1000, 0, 0};
        ChannelStatistics known = new ChannelStatistics(new float[] {0, -1000, 0, 0}, new float[] {1, 1, 1, 1});
        assertEquals(4, left(pair(scale, bias, 0, Map.of())));
        assertEquals(4, left(pair(scale, bias, 0, Map.of("u", known))));
    }

    @Test
    void faintChannelsThatAreDeadStayDeadWhateverTheImages() {
        float[] scale = {1, 1e-5f, 1, 1};
        float[] bias = {0, -1e-3f, 0, 0};
        assertEquals(3, left(pair(scale, bias, 1, Map.of())));
    }

    @Test
    void saysWhichChannelsHaveToStay() {
        float[] ones = {1, 1, 1, 1};
        Graph graph = pair(ones, new float[CHANNELS], 1, Map.of());
        assertEquals(
                new KeptChannels(6, List.of(new KeptChannels.Reason("'y' is an output of the network", 2))),
                PASS.apply(graph).kept().orElseThrow());
    }

    @Test
    void nothingIsRemovedWhereOutputsAreNotFinite() {
        Graph graph = pair(new float[] {1, 1, 0, 1}, new float[] {0, 0, 2, 0}, 0, Map.of());
        Node relu = graph.nodes().get(1);
        Graph endless = graph.edit().replace(relu, relu.withOpType("Log")).build();
        GraphPass.Result result = PASS.apply(endless);
        assertSame(endless, result.graph());
        assertEquals(List.of("no channels were removed: outputs are not finite on these inputs"), result.changes());
    }

    @Test
    void saysWhatWasRemovedAndLeavesOthersAsTheyAre() {
        float[] ones = {1, 1, 1, 1};
        Graph alive = pair(ones, new float[CHANNELS], 1, Map.of());
        assertSame(alive, PASS.apply(alive).graph());
        assertEquals(
                List.of("1 channel that carries nothing was removed: 25.0 % of multiplications"),
                PASS.apply(pair(new float[] {1, 1, 0, 1}, new float[CHANNELS], 1, Map.of()))
                        .changes());
    }
}
