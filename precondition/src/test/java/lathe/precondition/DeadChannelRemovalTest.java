package lathe.precondition;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import lathe.engine.graph.Attribute;
import lathe.engine.graph.ChannelStatistics;
import lathe.engine.graph.Graph;
import lathe.engine.graph.GraphEdit;
import lathe.engine.graph.Node;
import lathe.engine.graph.Value;
import lathe.engine.layer.LayerChannels;
import lathe.engine.onnx.OnnxReader;
import lathe.engine.pipeline.GraphPass;
import lathe.testdata.TestData;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class DeadChannelRemovalTest {

    private static final GraphPass PASS = GraphPasses.deadChannelRemoval();

    /** Output channels of each layer that can be compressed, in graph order. */
    private static List<Integer> outputs(Graph graph) {
        return graph.nodes().stream()
                .flatMap(node -> LayerChannels.of(graph, node).stream())
                .map(LayerChannels::outputs)
                .toList();
    }

    private static Graph removed(Graph graph, List<Integer> expected) throws Exception {
        GraphPass.Result result = PASS.apply(graph);
        assertEquals(expected, outputs(result.graph()));
        Outputs.assertSame(graph, result.graph(), 1e-5);
        return result.graph();
    }

    private static TestNetwork pair() {
        return new TestNetwork(1, 3, 2).conv(3, 4, 1, 0, 1);
    }

    @Test
    void aChannelWithoutWeightsLeavesAConstant() throws Exception {
        for (float bias : new float[] {2, -2, 0}) {
            removed(
                    pair().setWeights(0, 1, 0)
                            .setBias(1, bias)
                            .perChannel("PRelu", 0.1f, 0.2f, 0.3f, 0.4f)
                            .conv(4, 2, 3, 0, 1)
                            .build(),
                    List.of(3, 2));
        }
    }

    @Test
    void aChannelThatNothingReadsGoes() throws Exception {
        removed(pair().clip(0, 6).conv(4, 2, 3, 1, 1).setWeights(1, 2, 0).build(), List.of(3, 2));
    }

    @Test
    void aConstantBeforePaddingStaysUnlessItIsZero() throws Exception {
        Graph graph = pair().setWeights(0, 0, 0)
                .setBias(0, 2)
                .setWeights(0, 1, 0)
                .setBias(1, -2)
                .node("Relu")
                .conv(4, 2, 3, 1, 1)
                .build();
        removed(graph, List.of(3, 2));
        assertEquals(
                List.of(
                        "removed 1 dead channels between 1 pairs of layers",
                        "1 constant channels kept: zero padding of the next layer does not contain the constant"),
                PASS.apply(graph).changes());
    }

    @Test
    void aPoolThatCountsItsPaddingMakesAConstantVary() throws Exception {
        Map<String, Attribute> padded = Map.of(
                "kernel_shape", new Attribute.Ints(List.of(2L, 2L)),
                "pads", new Attribute.Ints(List.of(1L, 1L, 0L, 0L)),
                "count_include_pad", new Attribute.Int(1));
        Graph graph = pair().setWeights(0, 0, 0)
                .setBias(0, 2)
                .node("AveragePool", padded)
                .conv(4, 2, 1, 0, 1)
                .build();
        assertSame(graph, PASS.apply(graph).graph());
    }

    @Test
    void aDepthwiseLayerLosesBothSides() throws Exception {
        removed(
                pair().setWeights(0, 1, 0)
                        .setBias(1, 1)
                        .node("Relu")
                        .conv(4, 4, 3, 0, 4)
                        .node("Relu")
                        .conv(4, 2, 1, 0, 1)
                        .setWeights(1, 3, 0)
                        .build(),
                List.of(2, 2, 2));
    }

    @Test
    void aDepthwiseLayerLosesWholeGroupsAlone() throws Exception {
        removed(
                pair().conv(4, 8, 3, 1, 4)
                        .conv(8, 2, 1, 0, 1)
                        .setWeights(1, 2, 0)
                        .setWeights(1, 3, 0)
                        .setWeights(1, 5, 0)
                        .build(),
                List.of(3, 6, 2));
    }

    @Test
    void aDepthwiseLayerKeepsWhatComesFromElsewhere() throws Exception {
        removed(
                new TestNetwork(1, 4, 2)
                        .conv(4, 4, 3, 1, 4)
                        .conv(4, 2, 1, 0, 1)
                        .setWeights(1, 2, 0)
                        .build(),
                List.of(4, 2));
    }

    @Test
    void groupsOfSeveralInputsStay() throws Exception {
        removed(
                pair().setWeights(0, 1, 0)
                        .node("Relu")
                        .conv(4, 4, 1, 0, 2)
                        .setWeights(0, 2, 0)
                        .conv(4, 2, 1, 0, 1)
                        .build(),
                List.of(4, 4, 2));
    }

    @Test
    void flattenedChannelsGoAtEveryPosition() throws Exception {
        removed(
                pair().setWeights(0, 3, 0)
                        .setBias(3, 2)
                        .node("Relu")
                        .node("Flatten")
                        .gemm(4 * 49, 3, false)
                        .build(),
                List.of(3, 3));
    }

    @Test
    void transposedLayersToo() throws Exception {
        removed(
                new TestNetwork(2, 3, 1)
                        .convTranspose(3, 4, 2, 1)
                        .setWeights(1, 0, 0)
                        .setBias(0, -1)
                        .node("Relu")
                        .convTranspose(4, 3, 2, 1)
                        .setWeights(0, 2, 0)
                        .build(),
                List.of(2, 3));
    }

    @Test
    void oneChannelAlwaysStays() throws Exception {
        TestNetwork network = pair();
        for (int c = 0; c < 4; c++) {
            network.setWeights(0, c, 0);
        }
        removed(network.node("Relu").conv(4, 4, 3, 0, 4).conv(4, 2, 1, 0, 1).build(), List.of(1, 1, 2));
    }

    /** A layer whose inputs are all constant has constant outputs itself. */
    @Test
    void constantsTravelThroughDenseLayers() throws Exception {
        TestNetwork network = pair();
        for (int c = 0; c < 4; c++) {
            network.setWeights(0, c, 0);
        }
        removed(network.conv(4, 5, 1, 0, 1).node("Relu").conv(5, 2, 1, 0, 1).build(), List.of(1, 1, 2));
    }

    @Test
    void statisticsFollow() {
        Graph thin = PASS.apply(unread()).graph();
        assertEquals(1, thin.statistics().size());
        ChannelStatistics known = thin.statistics().get(thin.nodes().get(0).output());
        assertArrayEquals(new float[] {1, 2, 4}, known.mean());
        assertArrayEquals(new float[] {5, 6, 8}, known.deviation());
    }

    /** A file may state the old shapes under the old names. */
    @Test
    void valuesOfAnotherSizeHaveAnotherName() {
        Graph graph = unread();
        List<String> before = graph.nodes().stream().map(Node::output).toList();
        List<String> after =
                PASS.apply(graph).graph().nodes().stream().map(Node::output).toList();
        assertTrue(Collections.disjoint(before.subList(0, 2), after));
        assertEquals(before.get(2), after.get(2));
    }

    private static Graph unread() {
        return pair().known(new float[] {1, 2, 3, 4}, new float[] {5, 6, 7, 8})
                .node("Relu")
                .conv(4, 2, 3, 1, 1)
                .setWeights(1, 2, 0)
                .build();
    }

    @Property(tries = 60, seed = "1")
    void keepsTheOutputs(@ForAll long seed) throws Exception {
        Graph graph = withDeadChannels(
                new TestNetwork(seed, 3, 2)
                        .conv(3, 6, 3, 0, 1)
                        .node("LeakyRelu")
                        .conv(6, 6, 2, 1, 6)
                        .node("Relu")
                        .conv(6, 5, 1, 0, 1)
                        .perChannel("Min", 1, 2, 3, 4, 5)
                        .convTranspose(5, 4, 2, 1)
                        .node("GlobalAveragePool")
                        .node("Flatten")
                        .gemm(4, 5, seed % 2 == 0)
                        .node("Relu")
                        .gemm(5, 3, seed % 3 == 0)
                        .build(),
                seed);
        Graph thin = PASS.apply(graph).graph();
        Outputs.assertSame(graph, thin, 2e-5);
        assertSame(thin, PASS.apply(thin).graph());
    }

    static Stream<String> fashionNetworks() {
        return GraphPassesTest.fashionNetworks();
    }

    @Tag("broad")
    @ParameterizedTest
    @MethodSource("fashionNetworks")
    void shrinksRealNetworks(String name) throws Exception {
        Graph folded = GraphPasses.batchNormFold()
                .apply(OnnxReader.read(TestData.bytes(name)))
                .graph();
        assertSame(folded, PASS.apply(folded).graph());
        Graph graph = withDeadChannels(folded, 1);
        Graph thin = PASS.apply(graph).graph();
        assertTrue(weights(thin) < 0.95 * weights(graph));
        Outputs.assertSame(graph, thin, 1e-4);
    }

    private static long weights(Graph graph) {
        return graph.initializers().values().stream()
                .mapToLong(tensor -> tensor.elements())
                .sum();
    }

    /** The graph with about a fifth of all input and output channels set to zero. */
    private static Graph withDeadChannels(Graph graph, long seed) {
        Random random = new Random(seed);
        GraphEdit edit = graph.edit();
        for (Node node : graph.nodes()) {
            LayerChannels.of(graph, node).ifPresent(layer -> {
                double[] writes = zeros(random, layer.outputs());
                double[] reads = zeros(random, layer.inputs());
                double[] bias = random.doubles(layer.outputs(), -0.1, 0.1).toArray();
                layer.withOutputs(writes, bias).withInputs(reads).writeTo(edit);
            });
        }
        return edit.build();
    }

    private static double[] zeros(Random random, int count) {
        return random.doubles(count).map(draw -> draw < 0.2 ? 0 : 1).toArray();
    }

    @Tag("broad")
    @Test
    void aChainMayHaveAnyNumberOfLinks() {
        TestNetwork network = pair().setWeights(0, 1, 0).setBias(1, 2);
        for (int i = 0; i < 20_000; i++) {
            network.node("Relu");
        }
        Graph graph = network.conv(4, 2, 3, 0, 1).build();
        assertEquals(List.of(3, 2), outputs(PASS.apply(graph).graph()));
    }

    /** A body may read a value that its node does not list among its inputs. */
    @Test
    void aReaderWithoutInputsEndsAChain() {
        Graph graph = pair().build();
        String value = graph.outputs().get(0).name();
        Node loop = new Node("loop", "Loop", "", List.of(), List.of("z"), Map.of(), List.of(value), Optional.empty());
        Graph read = graph.edit()
                .insertAfter(graph.nodes().get(graph.nodes().size() - 1), loop)
                .outputs(List.of(Value.ofFloat("z")))
                .build();
        assertEquals(List.of(4), outputs(PASS.apply(read).graph()));
    }

    @Test
    void depthwiseLayersInARowLoseTheSameChannels() throws Exception {
        removed(
                pair().conv(4, 4, 3, 1, 4)
                        .node("Relu")
                        .conv(4, 4, 2, 0, 4)
                        .conv(4, 2, 1, 0, 1)
                        .setWeights(1, 2, 0)
                        .build(),
                List.of(3, 3, 3, 2));
    }

    /** A layer that cannot lose outputs holds those behind it. */
    @Test
    void aDepthwiseLayerBehindGroupsStays() throws Exception {
        removed(
                pair().conv(4, 4, 1, 0, 2)
                        .conv(4, 4, 3, 1, 4)
                        .conv(4, 2, 1, 0, 1)
                        .setWeights(1, 2, 0)
                        .build(),
                List.of(4, 4, 4, 2));
        removed(
                pair().conv(4, 8, 3, 1, 4)
                        .conv(8, 8, 3, 1, 8)
                        .conv(8, 2, 1, 0, 1)
                        .setWeights(1, 2, 0)
                        .build(),
                List.of(4, 8, 8, 2));
    }

    @Test
    void everyChannelBeforePaddingIsCounted() {
        Graph graph = pair().setWeights(0, 0, 0)
                .setBias(0, 2)
                .setWeights(0, 1, 0)
                .setBias(1, -2)
                .conv(4, 2, 3, 1, 1)
                .build();
        GraphPass.Result result = PASS.apply(graph);
        assertSame(graph, result.graph());
        assertEquals(
                List.of("2 constant channels kept: zero padding of the next layer does not contain the constant"),
                result.changes());
    }

    @Test
    void whatIsRemovedIsCounted() {
        Graph graph = pair().setWeights(0, 0, 0)
                .setWeights(0, 1, 0)
                .conv(4, 5, 1, 0, 1)
                .conv(5, 2, 1, 0, 1)
                .setWeights(1, 4, 0)
                .build();
        assertEquals(
                List.of("removed 3 dead channels between 2 pairs of layers"),
                PASS.apply(graph).changes());
    }

    /** 2 * 3 + 4 * 5 is what the constants 2 and 4 bring to the layer behind. */
    @Test
    void constantsMoveIntoTheBiasBehind() {
        Graph graph = new TestNetwork(1, 3, 2)
                .conv(3, 3, 1, 0, 1)
                .setWeights(0, 0, 0)
                .setBias(0, 2)
                .setWeights(0, 1, 0)
                .setBias(1, 4)
                .conv(3, 1, 1, 0, 1)
                .setWeights(1, 0, 3)
                .setWeights(1, 1, 5)
                .setBias(0, 100)
                .build();
        Graph thin = PASS.apply(graph).graph();
        assertEquals(List.of(1, 1), outputs(thin));
        LayerChannels last = LayerChannels.of(thin, thin.nodes().get(1)).orElseThrow();
        assertArrayEquals(new float[] {126}, last.bias());
    }

    @Test
    void aChannelThatIsNotFiniteIsNoConstant() {
        Graph graph = pair().setWeights(0, 1, 0)
                .setBias(1, Float.POSITIVE_INFINITY)
                .conv(4, 2, 3, 0, 1)
                .build();
        GraphPass.Result result = PASS.apply(graph);
        assertSame(graph, result.graph());
        assertEquals(List.of(), result.changes());
    }

    @Test
    void statisticsOfFlattenedChannelsFollowAtEveryPosition() {
        TestNetwork network = new TestNetwork(1, 2, 1)
                .conv(2, 3, 6, 0, 1)
                .setWeights(0, 1, 0)
                .node("Flatten")
                .known(new float[] {1, 2, 3, 4, 5, 6}, new float[] {7, 8, 9, 10, 11, 12});
        Graph thin = PASS.apply(network.gemm(6, 3, true).build()).graph();
        ChannelStatistics known = thin.statistics().get(thin.nodes().get(1).output());
        assertArrayEquals(new float[] {1, 2, 5, 6}, known.mean());
        assertArrayEquals(new float[] {7, 8, 11, 12}, known.deviation());
    }

    @Test
    void slopesAndCeilingsOfTheChannelsThatStayStay() {
        Graph graph = pair().setWeights(0, 1, 0)
                .perChannel("PRelu", 0.1f, 0.2f, 0.3f, 0.4f)
                .perChannel("Min", 5, 6, 7, 8)
                .conv(4, 2, 3, 0, 1)
                .build();
        Graph thin = PASS.apply(graph).graph();
        assertArrayEquals(
                new float[] {0.1f, 0.3f, 0.4f},
                thin.constant(thin.nodes().get(1), 1).orElseThrow().floats());
        assertArrayEquals(
                new float[] {5, 7, 8},
                thin.constant(thin.nodes().get(2), 1).orElseThrow().floats());
    }
}
