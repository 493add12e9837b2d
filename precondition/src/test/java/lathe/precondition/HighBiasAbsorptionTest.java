package lathe.precondition;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import lathe.engine.graph.Attribute;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Initializer;
import lathe.engine.pipeline.GraphPass;
import org.junit.jupiter.api.Test;

class HighBiasAbsorptionTest {

    private static final GraphPass PASS = GraphPasses.highBiasAbsorption();

    private static final float[] MEAN = {5, 2, 1, -3};
    private static final float[] DEVIATION = {1, 1, 0, 0.5f};

    /** What the statistics above let each channel lose. */
    private static final float[] LEAST = {2, 0, 1, 0};

    /** Two layers with the statistics above and these nodes between them. */
    private static Graph pair(UnaryOperator<TestNetwork> between) {
        TestNetwork network = new TestNetwork(1, 3, 2).conv(3, 4, 1, 0, 1).known(MEAN, DEVIATION);
        return between.apply(network).conv(4, 3, 3, 0, 1).build();
    }

    /** What the pass says of itself: a value below c comes out as that of c. */
    private static void assertFloors(UnaryOperator<TestNetwork> between) throws Exception {
        Graph floored = pair(network -> between.apply(network).perChannel("Max", LEAST));
        Graph absorbed = PASS.apply(pair(network -> between.apply(network).node("Identity")))
                .graph();
        Outputs.assertSame(floored, absorbed, 1e-5);
    }

    @Test
    void valuesBelowTheLeastComeOutAsTheLeast() throws Exception {
        assertFloors(network -> network.node("Relu"));
        assertFloors(network -> network.node("Relu").perChannel("Min", 3, 4, 5, 6));
        assertFloors(network -> network.node("Relu").node("MaxPool", kernel(3)));
    }

    private static Map<String, Attribute> kernel(long extent) {
        return Map.of("kernel_shape", new Attribute.Ints(List.of(extent, extent)));
    }

    /** A rectifier with a slope below 0 does not floor: it is exact only where values stay above the least. */
    @Test
    void nothingChangesWhereValuesStayAboveTheLeast() throws Exception {
        for (String rectifier : List.of("Relu", "LeakyRelu")) {
            TestNetwork network = new TestNetwork(2, 3, 2).conv(3, 2, 1, 0, 1);
            for (int input = 0; input < 3; input++) {
                network.setWeights(1, input, 0.1f);
            }
            Graph graph = network.setBias(0, 5)
                    .setBias(1, 7)
                    .known(new float[] {5, 7}, new float[] {0.2f, 0.2f})
                    .node(rectifier)
                    .node("AveragePool", kernel(2))
                    .node("GlobalAveragePool")
                    .node("Flatten")
                    .gemm(2, 3, true)
                    .build();
            Graph absorbed = PASS.apply(graph).graph();
            assertNotSame(graph, absorbed);
            assertEquals(
                    5 - 4.4f,
                    new LayerChains(absorbed).first(onlyChain(absorbed)).bias()[0],
                    1e-5);
            Outputs.assertSame(graph, absorbed, 1e-5);
        }
    }

    private static Chain onlyChain(Graph graph) {
        List<Chain> chains = new LayerChains(graph).chains();
        assertEquals(1, chains.size());
        return chains.get(0);
    }

    @Test
    void aCeilingBoundsWhatIsAbsorbed() {
        Graph absorbed = PASS.apply(
                        pair(network -> network.perChannel("Min", 1.5f, 9, 9, 9).node("Relu")))
                .graph();
        assertArrayEquals(
                new float[] {3.5f, 2, 0, -3},
                absorbed.statistics().get(onlyChain(absorbed).first().output()).mean());
    }

    @Test
    void statisticsFollowAndASecondTimeDoesNothing() {
        Graph graph = pair(network -> network.node("Relu"));
        GraphPass.Result result = PASS.apply(graph);
        String value = onlyChain(graph).first().output();
        assertArrayEquals(
                new float[] {3, 2, 0, -3},
                result.graph().statistics().get(value).mean());
        assertArrayEquals(DEVIATION, result.graph().statistics().get(value).deviation());
        assertEquals(
                List.of("absorbed the high biases of 2 channels of 1 layers; approximate below 3 deviations"),
                result.changes());
        assertSame(result.graph(), PASS.apply(result.graph()).graph());
    }

    @Test
    void whatWouldNotBeExactStays() {
        assertStays(network -> network, "no rectifier follows");
        assertStays(network -> network.node("Identity"), "no rectifier follows");
        Initializer around = Initializer.ofLongs("around", new long[] {0, 0, 1, 1, 0, 0, 1, 1}, 8);
        assertStays(
                network -> network.node("Relu").constant(around).node("Pad", Map.of(), "around"),
                "a Clip or zeros come between");
        assertStays(network -> network.clip(0, 6), "a Clip or zeros come between");
        assertStays(network -> network.node("Relu").conv(4, 4, 3, 1, 4), "the layer behind pads");
        assertStays(network -> network.node("Relu").convTranspose(4, 4, 2, 1), "the layer behind pads");
    }

    private static void assertStays(UnaryOperator<TestNetwork> between, String reason) {
        Graph graph = pair(between);
        assertStays(graph, List.of("high biases of 1 layers stay: " + reason));
    }

    private static void assertStays(Graph graph, List<String> reasons) {
        GraphPass.Result result = PASS.apply(graph);
        assertSame(graph, result.graph());
        assertEquals(reasons, result.changes());
    }

    @Test
    void withoutStatisticsNothingHappens() {
        Graph graph = new TestNetwork(3, 3, 2)
                .conv(3, 4, 1, 0, 1)
                .node("Relu")
                .conv(4, 2, 1, 0, 1)
                .build();
        assertStays(graph, List.of());
    }

    /** With c = 2 and 1, the second bias gains c times the sum of its weights over inputs and taps. */
    @Test
    void theLayerBehindGainsWhatTheFirstLoses() {
        Graph graph = new TestNetwork(1, 3, 2)
                .conv(3, 2, 1, 0, 1)
                .setBias(0, 6)
                .setBias(1, 4)
                .known(new float[] {5, 4}, new float[] {1, 1})
                .node("Relu")
                .conv(2, 1, 2, 0, 1)
                .setWeights(1, 0, 0.5f)
                .setWeights(1, 1, -3)
                .setBias(0, 10)
                .build();
        LayerChains layers = new LayerChains(PASS.apply(graph).graph());
        Chain chain = layers.chains().get(0);
        assertArrayEquals(new float[] {4, 3}, layers.first(chain).bias());
        assertArrayEquals(
                new float[] {10 + 2 * 4 * 0.5f - 4 * 3}, layers.second(chain).bias());
    }

    @Test
    void statisticsOfAnotherSizeTellNothing() {
        Graph graph = new TestNetwork(1, 3, 2)
                .conv(3, 4, 1, 0, 1)
                .known(new float[] {5, 5}, new float[2])
                .node("Relu")
                .conv(4, 2, 1, 0, 1)
                .build();
        assertStays(graph, List.of());
    }

    /** A hundred-thousandth of the mean: less is what rounding leaves of it, and not absorbed again. */
    @Test
    void amountsThatAreRoundingStay() {
        for (double amount : new double[] {0, 5e-4, 2e-3}) {
            Graph graph = new TestNetwork(1, 3, 2)
                    .conv(3, 1, 1, 0, 1)
                    .known(new float[] {100}, new float[] {(float) ((100 - amount) / 3)})
                    .node("Relu")
                    .conv(1, 2, 1, 0, 1)
                    .build();
            assertEquals(amount > 1e-3, PASS.apply(graph).graph() != graph);
        }
    }

    @Test
    void slopesRectifyToo() {
        Graph graph = pair(network -> network.perChannel("PRelu", 0.1f, 0.2f, 0.3f, 0.4f));
        assertEquals(
                List.of("absorbed the high biases of 2 channels of 1 layers; approximate below 3 deviations"),
                PASS.apply(graph).changes());
    }

    @Test
    void statisticsBehindTheRectifierFollowAtEveryPosition() {
        TestNetwork network = new TestNetwork(1, 2, 1)
                .conv(2, 2, 6, 0, 1)
                .known(new float[] {5, 4}, new float[] {1, 1})
                .node("Relu")
                .node("Flatten")
                .known(new float[] {5, 6, 7, 8}, new float[] {1, 2, 3, 4});
        String flat = network.value();
        Graph absorbed = PASS.apply(network.gemm(4, 3, true).build()).graph();
        assertArrayEquals(
                new float[] {3, 4, 6, 7}, absorbed.statistics().get(flat).mean());
        assertArrayEquals(
                new float[] {1, 2, 3, 4}, absorbed.statistics().get(flat).deviation());
    }

    @Test
    void layersAndChannelsAreCounted() {
        TestNetwork network = new TestNetwork(1, 3, 2);
        for (int layer = 0; layer < 2; layer++) {
            network.conv(layer == 0 ? 3 : 4, 4, 1, 0, 1).known(MEAN, DEVIATION).node("Relu");
        }
        network.conv(4, 4, 1, 0, 1).known(MEAN, DEVIATION).conv(4, 4, 1, 0, 1).known(MEAN, DEVIATION);
        Graph graph = network.node("Relu").conv(4, 2, 3, 1, 1).build();
        assertEquals(
                List.of(
                        "absorbed the high biases of 4 channels of 2 layers; approximate below 3 deviations",
                        "high biases of 1 layers stay: no rectifier follows",
                        "high biases of 1 layers stay: the layer behind pads"),
                PASS.apply(graph).changes());
    }
}
