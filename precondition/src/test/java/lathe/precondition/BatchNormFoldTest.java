package lathe.precondition;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import lathe.engine.graph.Attribute;
import lathe.engine.graph.ChannelStatistics;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Node;
import lathe.engine.graph.UnsupportedModelException;
import lathe.engine.graph.Value;
import lathe.engine.layer.LayerChannels;
import lathe.engine.pipeline.GraphPass;
import lathe.engine.tensor.ElementType;
import org.junit.jupiter.api.Test;

class BatchNormFoldTest {

    private static final GraphPass PASS = GraphPasses.batchNormFold();
    private static final Map<String, Attribute> EPSILON = Map.of("epsilon", new Attribute.Real(1));

    /** One input, two outputs. */
    private static TestNetwork conv() {
        return new TestNetwork(1, 1, 2)
                .conv(1, 2, 1, 0, 1)
                .setWeights(0, 0, 1)
                .setWeights(0, 1, 2)
                .setBias(0, 0.5f)
                .setBias(1, -1);
    }

    private static TestNetwork withStatistics(TestNetwork network) {
        return network.constant(Initializer.ofFloats("gamma", new float[] {2, -3}, 2))
                .constant(Initializer.ofFloats("beta", new float[] {1, 0}, 2))
                .constant(Initializer.ofFloats("mean", new float[] {0.5f, 1}, 2))
                .constant(Initializer.ofFloats("var", new float[] {3, 8}, 2));
    }

    private static TestNetwork normed(TestNetwork network, Map<String, Attribute> attributes) {
        return withStatistics(network).node("BatchNormalization", attributes, "gamma", "beta", "mean", "var");
    }

    /** γ / sqrt(σ² + ε) is 2 / sqrt(3 + 1) and -3 / sqrt(8 + 1). */
    @Test
    void weightsBiasAndStatisticsAreThoseOfTheFormula() {
        Graph graph = normed(conv(), EPSILON).build();
        GraphPass.Result result = PASS.apply(graph);
        assertEquals(List.of("folded 1 BatchNormalization"), result.changes());
        Node layer = result.graph().nodes().get(0);
        assertEquals(List.of(layer), result.graph().nodes());
        assertEquals(graph.outputs().get(0).name(), layer.output());
        assertArrayEquals(
                new float[] {1, -2},
                result.graph().constant(layer, 1).orElseThrow().floats());
        assertArrayEquals(
                new float[] {1, 2},
                LayerChannels.of(result.graph(), layer).orElseThrow().bias());
        ChannelStatistics known = result.graph().statistics().get(layer.output());
        assertArrayEquals(new float[] {1, 0}, known.mean());
        assertArrayEquals(new float[] {(float) Math.sqrt(3), (float) Math.sqrt(8)}, known.deviation(), 1e-6f);
    }

    @Test
    void severalAreCounted() {
        TestNetwork network = normed(conv(), EPSILON).convWithoutBias(2, 2, 1);
        Graph graph = network.node("BatchNormalization", Map.of(), "gamma", "beta", "mean", "var")
                .build();
        assertEquals(List.of("folded 2 BatchNormalizations"), PASS.apply(graph).changes());
    }

    private static void assertStays(Graph graph, String reason) {
        GraphPass.Result result = PASS.apply(graph);
        assertEquals(graph.nodes(), result.graph().nodes());
        assertEquals(
                List.of("BatchNormalization '%s' is not folded: %s"
                        .formatted(norm(graph).name(), reason)),
                result.changes());
    }

    private static Node norm(Graph graph) {
        return graph.nodes().stream()
                .filter(node -> node.is("BatchNormalization"))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void oneInTrainingModeStays() {
        assertStays(
                normed(conv(), Map.of("training_mode", new Attribute.Int(1))).build(), "it is in training mode");
        Graph graph = normed(conv(), EPSILON).build();
        Node norm = norm(graph);
        Graph updating = graph.edit()
                .replace(norm, norm.withOutputs(List.of(norm.output(), "", "new_var")))
                .build();
        assertStays(updating, "it is in training mode");
    }

    @Test
    void outputsThatAreLeftOutAreNoTraining() {
        Graph graph = normed(conv(), EPSILON).build();
        Node norm = norm(graph);
        Graph empty = graph.edit()
                .replace(norm, norm.withOutputs(List.of(norm.output(), "", "")))
                .build();
        assertEquals(List.of("folded 1 BatchNormalization"), PASS.apply(empty).changes());
    }

    @Test
    void oneWithStatisticsThatAreComputedOrNoFloatsStays() {
        for (int input = 1; input <= 4; input++) {
            Graph graph = normed(conv(), EPSILON).build();
            Node norm = norm(graph);
            Initializer old = graph.constant(norm, input).orElseThrow();
            Initializer wholes = Initializer.ofLongs(old.name(), new long[] {1, 1}, 2);
            assertStays(graph.edit().put(wholes).build(), "its statistics are not constant FLOAT tensors");
        }
    }

    @Test
    void oneBehindNoLayerStays() {
        String reason = "no Conv, ConvTranspose or Gemm comes before it";
        assertStays(normed(new TestNetwork(1, 2, 2), EPSILON).build(), reason);
        assertStays(normed(conv().node("Relu"), EPSILON).build(), reason);
    }

    @Test
    void oneBehindAValueThatIsReadElsewhereStays() {
        assertStays(normed(conv().output(), EPSILON).build(), "the output of 'v0_Conv' is also read elsewhere");
    }

    /** A node without a name goes by its output. */
    @Test
    void aLayerWithoutANameIsNamedByItsOutput() {
        Graph graph = normed(conv().output(), EPSILON).build();
        Node layer = graph.nodes().get(0);
        Node nameless = Node.of("", layer.opType(), layer.inputs(), layer.outputs(), layer.attributes());
        assertStays(graph.edit().replace(layer, nameless).build(), "the output of 'v0' is also read elsewhere");
    }

    @Test
    void oneBehindALayerOfOtherWeightsStays() {
        String reason = "'v0_Conv' has no constant FLOAT weights and bias that fit";
        assertStays(
                normed(new TestNetwork(1, 1, 2).conv(1, 3, 1, 0, 1), EPSILON).build(), reason);
        Graph graph = normed(conv(), EPSILON).build();
        Node layer = graph.nodes().get(0);
        Value weights = Value.ofFloat("computed");
        Graph computed = new Graph(
                List.of(layer.withInputs(List.of("x", "computed")), norm(graph)),
                graph.initializers().values(),
                List.of(graph.inputs().get(0), weights),
                graph.outputs(),
                graph.opsets(),
                Map.of(),
                Map.of(),
                Optional.empty());
        assertStays(computed, reason);
    }

    @Test
    void oneBehindALayerThatSharesItsWeightsStays() {
        TestNetwork network = conv();
        network.from("x").node("Conv", Map.of(), "w0").output();
        Graph graph = normed(network.from("v0"), EPSILON).build();
        assertStays(graph, "'v0_Conv' shares its weights");
    }

    /** Gemm multiplies its bias by beta, of which nothing is left. */
    @Test
    void denseAndTransposedLayersComputeTheSame() throws Exception {
        for (boolean transposed : new boolean[] {false, true}) {
            Graph dense = normed(new TestNetwork(1, 3, 0).gemm(3, 2, transposed), Map.of())
                    .build();
            Graph folded = PASS.apply(dense).graph();
            assertEquals(1, folded.nodes().size());
            Outputs.assertSame(dense, folded, 1e-5);
        }
        Graph up = normed(new TestNetwork(1, 3, 2).convTranspose(3, 2, 2, 1), EPSILON)
                .build();
        assertEquals(1, PASS.apply(up).graph().nodes().size());
        Outputs.assertSame(up, PASS.apply(up).graph(), 1e-5);
    }

    @Test
    void variancesOfAnotherTypeOfFloatStay() {
        Graph graph = normed(conv(), EPSILON).build();
        Initializer doubles = Initializer.of("var", ElementType.DOUBLE, List.of(2L), new byte[16]);
        assertStays(graph.edit().put(doubles).build(), "its statistics are not constant FLOAT tensors");
    }

    @Test
    void aNegativeVarianceIsRefusedWhereEpsilonDoesNotMakeUpForIt() {
        Initializer negative = Initializer.ofFloats("var", new float[] {3, -2}, 2);
        Graph broken = normed(conv(), EPSILON).build().edit().put(negative).build();
        String message = assertThrows(UnsupportedModelException.class, () -> PASS.apply(broken))
                .getMessage();
        assertTrue(message.contains("its variance 'var' is -2.0 in channel 1"), message);
        Initializer small = Initializer.ofFloats("var", new float[] {3, -0.5f}, 2);
        Graph graph = normed(conv(), EPSILON).build().edit().put(small).build();
        GraphPass.Result result = PASS.apply(graph);
        assertEquals(List.of("folded 1 BatchNormalization"), result.changes());
        assertEquals(
                0,
                result.graph().statistics().get(graph.outputs().get(0).name()).deviation()[1]);
    }
}
