package lathe.precondition;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import lathe.engine.graph.Attribute;
import lathe.engine.graph.ChannelStatistics;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Node;
import lathe.engine.pipeline.GraphPass;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class CrossLayerEqualizationTest {

    private static final GraphPass PASS = GraphPasses.crossLayerEqualization();
    private static final GraphPass THROUGH_CLIPS = GraphPasses.crossLayerEqualizationThroughClips();

    /** What may stand between two layers of 6 channels and two axes of space. */
    private static final Map<String, UnaryOperator<TestNetwork>> BETWEEN = Map.of(
            "nothing", network -> network,
            "relu", network -> network.node("Relu"),
            "leaky relu", network -> network.node("LeakyRelu", Map.of("alpha", new Attribute.Real(0.3f))),
            "slopes", network -> network.perChannel("PRelu", 0.1f, -0.2f, 0.3f, 1.5f, 0, 0.2f),
            "one slope", network -> network.perChannel("PRelu", 0.2f),
            "pool", network -> network.node("Relu").node("MaxPool", kernel(2)),
            "mean", network -> network.node("AveragePool", kernel(2)).node("Relu"),
            "ceilings", network -> network.node("Relu").perChannel("Min", 1, 2, 3, 0.5f, 0.2f, 9),
            "clip from 0", network -> network.clip(0, Float.POSITIVE_INFINITY).node("Identity"));

    private static Map<String, Attribute> kernel(long extent) {
        return Map.of("kernel_shape", new Attribute.Ints(List.of(extent, extent)));
    }

    @Provide
    Arbitrary<String> between() {
        return Arbitraries.of(BETWEEN.keySet().stream().sorted().toList());
    }

    /** Dense, depthwise, grouped, transposed and flattened layers, with this between all but the last two. */
    private static Graph chain(long seed, UnaryOperator<TestNetwork> between) {
        TestNetwork network = new TestNetwork(seed, 3, 2).conv(3, 6, 2, 0, 1);
        between.apply(network).conv(6, 6, 3, 1, 6);
        between.apply(network).conv(6, 6, 1, 0, 3);
        between.apply(network).convTranspose(6, 6, 2, 2);
        return between.apply(network)
                .conv(6, 4, 1, 0, 1)
                .node("GlobalAveragePool")
                .node("Flatten")
                .gemm(4, 5, seed % 2 == 0)
                .node("Relu")
                .gemm(5, 3, seed % 3 == 0)
                .build();
    }

    @Property(tries = 60, seed = "1")
    void keepsTheOutputs(@ForAll long seed, @ForAll("between") String between) throws Exception {
        Graph graph = chain(seed, BETWEEN.get(between));
        Outputs.assertSame(graph, PASS.apply(graph).graph(), 2e-5);
    }

    @Property(tries = 60, seed = "2")
    void makesChannelsEqual(@ForAll long seed, @ForAll("between") String between) {
        Graph equalized = PASS.apply(chain(seed, BETWEEN.get(between))).graph();
        LayerChains layers = new LayerChains(equalized);
        assertEquals(6, layers.chains().size());
        for (Chain chain : layers.chains()) {
            float[] written = layers.first(chain).outputMagnitudes();
            float[] read = layers.second(chain).inputMagnitudes();
            double leastWritten = 0.01 * largest(written);
            double leastRead = 0.01 * largest(read);
            for (int c = 0; c < written.length; c++) {
                assertEquals(1, Math.max(read[c], leastRead) / Math.max(written[c], leastWritten), 0.02);
            }
        }
    }

    private static float largest(float[] values) {
        float largest = 0;
        for (float value : values) {
            largest = Math.max(largest, value);
        }
        return largest;
    }

    @Property(tries = 30, seed = "3")
    void doesNothingASecondTime(@ForAll long seed, @ForAll("between") String between) {
        Graph equalized = PASS.apply(chain(seed, BETWEEN.get(between))).graph();
        GraphPass.Result again = PASS.apply(equalized);
        assertSame(equalized, again.graph());
        assertEquals(List.of(), again.changes());
    }

    @Property(tries = 20, seed = "4")
    void signalsAndVolumesToo(@ForAll long seed, @ForAll @IntRange(min = 1, max = 3) int space) throws Exception {
        Graph graph = new TestNetwork(seed, 2, space)
                .conv(2, 4, 3, 1, 1)
                .perChannel("PRelu", 0.1f, 0.2f, 0.3f, 0.4f)
                .conv(4, 4, 2, 0, 4)
                .node("Relu")
                .convTranspose(4, 3, 2, 1)
                .build();
        Graph equalized = PASS.apply(graph).graph();
        assertNotSame(graph, equalized);
        Outputs.assertSame(graph, equalized, 1e-5);
    }

    @Test
    void flattenedChannelsAreScaledAtEveryPosition() throws Exception {
        Graph graph = new TestNetwork(1, 2, 2)
                .conv(2, 3, 2, 0, 1)
                .node("Relu")
                .node("Flatten")
                .node("Dropout")
                .gemm(3 * 36, 4, true)
                .build();
        Graph equalized = PASS.apply(graph).graph();
        assertNotSame(graph, equalized);
        Outputs.assertSame(graph, equalized, 1e-5);
    }

    @Test
    void zerosAroundTheValueDoNotMatter() throws Exception {
        Initializer pads = Initializer.ofLongs("pads", new long[] {0, 0, 1, 1, 0, 0, 0, 1}, 8);
        Graph graph = new TestNetwork(1, 2, 2)
                .conv(2, 3, 2, 0, 1)
                .node("Relu")
                .constant(pads)
                .node("Pad", Map.of(), "pads")
                .conv(3, 3, 3, 0, 3)
                .build();
        Graph equalized = PASS.apply(graph).graph();
        assertNotSame(graph, equalized);
        Outputs.assertSame(graph, equalized, 1e-5);
    }

    private static Graph clipped() {
        return new TestNetwork(5, 3, 2)
                .conv(3, 6, 2, 0, 1)
                .clip(0, 6)
                .conv(6, 6, 3, 1, 6)
                .clip(0, 6)
                .conv(6, 2, 1, 0, 1)
                .build();
    }

    @Test
    void aClipStaysUnlessAskedFor() {
        Graph graph = clipped();
        GraphPass.Result result = PASS.apply(graph);
        assertSame(graph, result.graph());
        assertEquals(1, result.changes().size());
        assertTrue(result.changes().get(0).startsWith("2 pairs of layers not equalized"), result.changes()::toString);
    }

    @Test
    void aClipBecomesAMinWithACeilingForEachChannel() throws Exception {
        Graph graph = clipped();
        Graph equalized = THROUGH_CLIPS.apply(graph).graph();
        assertEquals(
                List.of("Conv", "Relu", "Min", "Conv", "Relu", "Min", "Conv"),
                equalized.nodes().stream().map(Node::opType).toList());
        Outputs.assertSame(graph, equalized, 1e-5);
        assertSame(equalized, THROUGH_CLIPS.apply(equalized).graph());
    }

    @Test
    void statisticsFollowTheirValues() {
        float[] mean = {1, -2, 3, 0};
        float[] deviation = {1, 2, 0, 4};
        TestNetwork network = new TestNetwork(6, 3, 2).conv(3, 4, 1, 0, 1).known(mean, deviation);
        String value = network.value();
        Graph graph = network.node("Relu").conv(4, 2, 1, 0, 1).build();
        Graph equalized = PASS.apply(graph).graph();
        float[] before = magnitudes(graph);
        float[] after = magnitudes(equalized);
        ChannelStatistics known = equalized.statistics().get(value);
        for (int c = 0; c < 4; c++) {
            double s = after[c] / before[c];
            assertEquals(s * mean[c], known.mean()[c], 1e-5 * s);
            assertEquals(s * deviation[c], known.deviation()[c], 1e-5 * s);
        }
    }

    private static float[] magnitudes(Graph graph) {
        LayerChains layers = new LayerChains(graph);
        return layers.first(layers.chains().get(0)).outputMagnitudes();
    }

    private static float[] magnitudesRead(Graph graph) {
        LayerChains layers = new LayerChains(graph);
        return layers.second(layers.chains().get(0)).inputMagnitudes();
    }

    @Test
    void channelsWithoutWeightsOrWithoutNumbersStay() {
        Graph graph = new TestNetwork(7, 3, 2)
                .conv(3, 5, 1, 0, 1)
                .setWeights(0, 0, 0)
                .setWeights(0, 1, Float.NaN)
                .setWeights(0, 2, Float.POSITIVE_INFINITY)
                .node("Relu")
                .conv(5, 2, 1, 0, 1)
                .setWeights(1, 3, 0)
                .build();
        Graph equalized = PASS.apply(graph).graph();
        float[] before = magnitudes(graph);
        float[] after = magnitudes(equalized);
        for (int c = 0; c < 4; c++) {
            assertEquals(before[c], after[c]);
            assertEquals(magnitudesRead(graph)[c], magnitudesRead(equalized)[c]);
        }
        assertTrue(before[4] != after[4]);
    }

    /** What reads it gives up the range that it took; what writes it grows no more than that needs. */
    @Test
    void aNearlyDeadChannelIsNotBlownUp() throws Exception {
        Graph graph = new TestNetwork(7, 2, 2)
                .conv(2, 3, 1, 0, 1)
                .setWeights(0, 0, 1)
                .setWeights(0, 1, 1e-30f)
                .setWeights(0, 2, 1)
                .node("Relu")
                .conv(3, 2, 1, 0, 1)
                .setWeights(1, 0, 1)
                .setWeights(1, 1, 1)
                .setWeights(1, 2, 1)
                .build();
        Graph equalized = PASS.apply(graph).graph();
        Outputs.assertSame(graph, equalized, 1e-5);
        LayerChains layers = new LayerChains(equalized);
        Chain chain = layers.chains().get(0);
        assertArrayEquals(new float[] {1, 0.01f, 1}, layers.second(chain).inputMagnitudes(), 1e-3f);
        assertEquals(1e-28f, layers.first(chain).outputMagnitudes()[1], 1e-30f);
    }

    @Test
    void hugeAndTinyWeightsMeetInTheMiddle() throws Exception {
        Graph graph = new TestNetwork(7, 3, 2)
                .conv(3, 2, 1, 0, 1)
                .setWeights(0, 0, 1e-3f)
                .setWeights(0, 1, 1e3f)
                .conv(2, 2, 1, 0, 1)
                .setWeights(1, 0, 1e3f)
                .setWeights(1, 1, 1e-3f)
                .build();
        Graph equalized = PASS.apply(graph).graph();
        assertEquals(1, magnitudes(equalized)[0], 0.01);
        assertEquals(1, magnitudes(equalized)[1], 0.01);
        Outputs.assertSame(graph, equalized, 1e-5);
    }

    @Test
    void aValueThatOthersReadStays() {
        TestNetwork twice = new TestNetwork(8, 3, 2).conv(3, 4, 1, 0, 1);
        String value = twice.value();
        assertStays(twice.conv(4, 2, 1, 0, 1).output().from(value).node("Relu").build());
        assertStays(new TestNetwork(8, 3, 2)
                .conv(3, 4, 1, 0, 1)
                .output()
                .node("Relu")
                .conv(4, 2, 1, 0, 1)
                .build());
    }

    @Test
    void whatMixesChannelsStays() {
        assertStays(new TestNetwork(9, 3, 2)
                .conv(3, 4, 1, 0, 1)
                .node("Sigmoid")
                .conv(4, 2, 1, 0, 1)
                .build());
        assertStays(new TestNetwork(9, 3, 2)
                .conv(3, 4, 1, 0, 1)
                .node("Softmax", Map.of("axis", new Attribute.Int(1)))
                .conv(4, 2, 1, 0, 1)
                .build());
        assertStays(new TestNetwork(9, 3, 2)
                .conv(3, 7, 1, 0, 1)
                .node("Transpose", Map.of("perm", new Attribute.Ints(List.of(0L, 2L, 1L, 3L))))
                .conv(7, 2, 1, 0, 1)
                .build());
    }

    private static void assertStays(Graph graph) {
        GraphPass.Result result = PASS.apply(graph);
        assertSame(graph, result.graph());
        assertEquals(List.of(), result.changes());
    }

    @Test
    void sharedWeightsStayAndAreNamed() {
        Graph graph = new TestNetwork(10, 4, 2)
                .constant(Initializer.ofFloats("shared", new float[16], 4, 4, 1, 1))
                .node("Conv", Map.of(), "shared")
                .node("Relu")
                .node("Conv", Map.of(), "shared")
                .build();
        GraphPass.Result result = PASS.apply(graph);
        assertSame(graph, result.graph());
        assertEquals(List.of("channels of 'v0_Conv' kept: it shares its weights"), result.changes());
    }

    @Test
    void sharedWeightsBehindAreNamedToo() {
        TestNetwork network = new TestNetwork(10, 4, 2)
                .constant(Initializer.ofFloats("shared", new float[16], 4, 4, 1, 1))
                .conv(4, 4, 1, 0, 1)
                .node("Relu")
                .node("Conv", Map.of(), "shared");
        Graph graph = network.node("Sigmoid").node("Conv", Map.of(), "shared").build();
        GraphPass.Result result = PASS.apply(graph);
        assertSame(graph, result.graph());
        assertEquals(
                List.of("channels of 'v0_Conv' kept: the next layer 'v2_Conv' shares its weights"), result.changes());
    }

    /** Two channels, written with these largest weights and read with those. */
    private static Graph pair(float[] written, float[] read) {
        TestNetwork network = new TestNetwork(1, 1, 2).conv(1, 2, 1, 0, 1);
        network.setWeights(0, 0, written[0])
                .setWeights(0, 1, written[1])
                .setBias(0, 3)
                .setBias(1, -5);
        return network.node("Relu")
                .conv(2, 1, 1, 0, 1)
                .setWeights(1, 0, read[0])
                .setWeights(1, 1, read[1])
                .build();
    }

    /** s = sqrt(r1 r2) / r1 is sqrt(4) / 1 and sqrt(8) / 8 in the first round, 1 and 1 after it. */
    @Test
    void scalesAreThoseOfThePaper() {
        GraphPass.Result result = PASS.apply(pair(new float[] {1, 8}, new float[] {4, 0.5f}));
        LayerChains layers = new LayerChains(result.graph());
        Chain chain = layers.chains().get(0);
        assertArrayEquals(new float[] {2, 2}, layers.first(chain).outputMagnitudes());
        assertArrayEquals(new float[] {2, 2}, layers.second(chain).inputMagnitudes());
        assertArrayEquals(new float[] {6, -1.25f}, layers.first(chain).bias());
        assertEquals(
                List.of("equalized the channels between 1 pairs of layers, by factors from 0.25 to 2.0"),
                result.changes());
    }

    @Test
    void channelsThatAreAlmostEqualStay() {
        Graph equal = pair(new float[] {1, 1}, new float[] {1, 1.018f});
        assertSame(equal, PASS.apply(equal).graph());
        Graph apart = pair(new float[] {1, 1}, new float[] {1, 1.022f});
        assertNotSame(apart, PASS.apply(apart).graph());
        Graph below = pair(new float[] {1, 1}, new float[] {1, 0.978f});
        assertNotSame(below, PASS.apply(below).graph());
    }

    /** Down to a hundredth of the largest r, that of the channel goes where the other is nearly 0. */
    @Test
    void aChannelThatIsNearlyDeadOnOneSideMovesAHundredfold() {
        GraphPass.Result written = PASS.apply(pair(new float[] {4, 4e-9f}, new float[] {4, 4}));
        assertEquals(
                List.of("equalized the channels between 1 pairs of layers, by factors from 1.0 to 1.0e+02"),
                written.changes());
        GraphPass.Result read = PASS.apply(pair(new float[] {4, 4}, new float[] {4, 4e-9f}));
        assertEquals(
                List.of("equalized the channels between 1 pairs of layers, by factors from 0.010 to 1.0"),
                read.changes());
    }

    @Test
    void statisticsOfFlattenedChannelsFollowAtEveryPosition() {
        TestNetwork network = new TestNetwork(1, 2, 1).conv(2, 2, 6, 0, 1).node("Flatten");
        network.known(new float[] {1, 2, 3, 4}, new float[] {5, 6, 7, 8});
        Graph graph = network.gemm(4, 3, true).build();
        Graph equalized = PASS.apply(graph).graph();
        float[] before = magnitudes(graph);
        float[] after = magnitudes(equalized);
        ChannelStatistics known = equalized.statistics().get(network.from("v1").value());
        for (int i = 0; i < 4; i++) {
            double s = after[i / 2] / before[i / 2];
            assertEquals(s * (i + 1), known.mean()[i], 1e-5 * s);
            assertEquals(s * (i + 5), known.deviation()[i], 1e-5 * s);
        }
    }
}
