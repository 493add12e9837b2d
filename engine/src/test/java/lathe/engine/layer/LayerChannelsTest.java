package lathe.engine.layer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import lathe.engine.graph.Attribute;
import lathe.engine.graph.Graph;
import lathe.engine.graph.GraphEdit;
import lathe.engine.graph.Node;
import lathe.engine.graph.TestGraph;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class LayerChannelsTest {

    /**
     * A layer and where its weights lie, spelled out.
     *
     * @param stored where the weight of an output, an input and a tap lies; -1 if the channels are not joined
     */
    record Subject(
            String opType, long[] dims, Map<String, Attribute> attributes, int outputs, int inputs, Stored stored) {
        Graph graph() {
            return new TestGraph()
                    .weights("w", dims)
                    .weights("b", outputs)
                    .node(opType, attributes, "y", "x", "w", "b")
                    .build("y");
        }

        int taps() {
            return (int) Arrays.stream(dims).skip(2).reduce(1, (a, b) -> a * b);
        }

        @Override
        public String toString() {
            return opType + Arrays.toString(dims) + attributes.keySet();
        }
    }

    interface Stored {
        int index(int output, int input, int tap);
    }

    static Stream<Subject> subjects() {
        Map<String, Attribute> groups2 = Map.of("group", new Attribute.Int(2));
        Map<String, Attribute> groups4 = Map.of("group", new Attribute.Int(4));
        Map<String, Attribute> transposed = Map.of("transB", new Attribute.Int(1));
        return Stream.of(
                new Subject("Conv", new long[] {4, 3, 5}, Map.of(), 4, 3, (o, i, t) -> (o * 3 + i) * 5 + t),
                new Subject(
                        "Conv",
                        new long[] {6, 2, 2, 2},
                        groups2,
                        6,
                        4,
                        (o, i, t) -> o / 3 == i / 2 ? (o * 2 + i % 2) * 4 + t : -1),
                new Subject("Conv", new long[] {8, 1, 3}, groups4, 8, 4, (o, i, t) -> o / 2 == i ? o * 3 + t : -1),
                new Subject("ConvTranspose", new long[] {3, 4, 2}, Map.of(), 4, 3, (o, i, t) -> (i * 4 + o) * 2 + t),
                new Subject(
                        "ConvTranspose",
                        new long[] {6, 2, 3},
                        groups2,
                        4,
                        6,
                        (o, i, t) -> o / 2 == i / 3 ? (i * 2 + o % 2) * 3 + t : -1),
                new Subject("Gemm", new long[] {3, 4}, Map.of(), 4, 3, (o, i, t) -> i * 4 + o),
                new Subject("Gemm", new long[] {4, 3}, transposed, 4, 3, (o, i, t) -> o * 3 + i));
    }

    private static LayerChannels layer(Graph graph) {
        return LayerChannels.of(graph, node(graph)).orElseThrow();
    }

    private static Node node(Graph graph) {
        return graph.producer("y").orElseThrow();
    }

    private static float[] weights(Graph graph) {
        return graph.constant(node(graph), 1).orElseThrow().floats();
    }

    private static Graph written(Graph graph, LayerChannels layer) {
        GraphEdit edit = graph.edit();
        layer.writeTo(edit);
        return edit.build();
    }

    @ParameterizedTest
    @MethodSource("subjects")
    void magnitudesAndResponsesAreThoseOfTheWeights(Subject subject) {
        Graph graph = subject.graph();
        LayerChannels layer = layer(graph);
        float[] weights = weights(graph);
        double[] values = new Random(1).doubles(subject.inputs(), -1, 1).toArray();
        float[] byOutput = new float[subject.outputs()];
        float[] byInput = new float[subject.inputs()];
        double[] response = new double[subject.outputs()];
        for (int o = 0; o < subject.outputs(); o++) {
            for (int i = 0; i < subject.inputs(); i++) {
                for (int t = 0; t < subject.taps(); t++) {
                    int index = subject.stored().index(o, i, t);
                    float weight = index < 0 ? 0 : weights[index];
                    byOutput[o] = Math.max(byOutput[o], Math.abs(weight));
                    byInput[i] = Math.max(byInput[i], Math.abs(weight));
                    response[o] += weight * values[i];
                }
            }
        }
        assertEquals(subject.outputs(), layer.outputs());
        assertEquals(subject.inputs(), layer.inputs());
        assertArrayEquals(byOutput, layer.outputMagnitudes());
        assertArrayEquals(byInput, layer.inputMagnitudes());
        assertArrayEquals(response, layer.response(values), 1e-12);
    }

    @ParameterizedTest
    @MethodSource("subjects")
    void scalingMultipliesTheWeightsOfItsChannel(Subject subject) {
        Random random = new Random(2);
        double[] ofOutputs = random.doubles(subject.outputs(), -2, 2).toArray();
        double[] ofInputs = random.doubles(subject.inputs(), -2, 2).toArray();
        double[] shift = random.doubles(subject.outputs(), -2, 2).toArray();
        Graph graph = subject.graph();
        Graph scaled = written(graph, layer(graph).withOutputs(ofOutputs, shift).withInputs(ofInputs));
        float[] before = weights(graph);
        float[] after = weights(scaled);
        float[] bias = scaled.constant(node(scaled), 2).orElseThrow().floats();
        for (int o = 0; o < subject.outputs(); o++) {
            for (int i = 0; i < subject.inputs(); i++) {
                for (int t = 0; t < subject.taps(); t++) {
                    int index = subject.stored().index(o, i, t);
                    if (index >= 0) {
                        assertEquals(before[index] * ofOutputs[o] * ofInputs[i], after[index], 1e-6);
                    }
                }
            }
            float old = graph.constant("b").orElseThrow().floats()[o];
            assertEquals((float) (ofOutputs[o] * old + shift[o]), bias[o]);
        }
    }

    @ParameterizedTest
    @MethodSource("subjects")
    void scalingBackAndForthIsTheIdentity(Subject subject) {
        double[] powers = new Random(3)
                .ints(subject.outputs(), -10, 10)
                .mapToDouble(exponent -> Math.scalb(1.0, exponent))
                .toArray();
        double[] back = Arrays.stream(powers).map(power -> 1 / power).toArray();
        double[] zeros = new double[powers.length];
        Graph graph = subject.graph();
        Graph same = written(graph, layer(graph).withOutputs(powers, zeros).withOutputs(back, zeros));
        assertArrayEquals(weights(graph), weights(same));
        assertArrayEquals(
                graph.constant("b").orElseThrow().floats(),
                same.constant(node(same), 2).orElseThrow().floats());
    }

    @Test
    void whatDoesNotChangeIsNotWrittenAnew() {
        Graph graph = new TestGraph().conv("y", "x", 3, 4).build("y");
        double[] ones = {1, 1, 1, 1};
        Graph same =
                written(graph, layer(graph).withOutputs(ones, new double[4]).withInputs(new double[] {1, 1, 1}));
        assertEquals(graph.initializers(), same.initializers());
        Graph shifted = written(graph, layer(graph).withOutputs(ones, ones));
        assertSame(graph.initializers().get("y_w"), shifted.initializers().get("y_w"));
    }

    @Test
    void anAbsentBiasStaysAbsentUntilItIsNeeded() {
        Graph graph = new TestGraph()
                .weights("w", 2, 3, 1)
                .node("Conv", "y", "x", "w")
                .build("y");
        double[] twos = {2, 2};
        assertEquals(
                2,
                node(written(graph, layer(graph).withOutputs(twos, new double[2])))
                        .inputs()
                        .size());
        Graph shifted = written(graph, layer(graph).withOutputs(twos, twos));
        assertArrayEquals(
                new float[] {2, 2},
                shifted.constant(node(shifted), 2).orElseThrow().floats());
    }

    @Test
    void factorsOfAGemmCount() {
        Map<String, Attribute> factors = Map.of("alpha", new Attribute.Real(3), "beta", new Attribute.Real(0.5f));
        Graph graph = new TestGraph()
                .weights("w", 1, 2)
                .scalar("b", 8)
                .node("Gemm", factors, "y", "x", "w", "b")
                .build("y");
        LayerChannels layer = layer(graph);
        assertArrayEquals(new float[] {4, 4}, layer.bias());
        assertEquals(3 * weights(graph)[1], layer.response(new double[] {1})[1], 1e-6);
        Graph shifted = written(graph, layer.withOutputs(new double[] {1, 1}, new double[] {1, 2}));
        assertArrayEquals(new float[] {5, 6}, layer(shifted).bias());
        assertFalse(node(shifted).attributes().containsKey("beta"));
        assertEquals(new Attribute.Real(3), node(shifted).attributes().get("alpha"));
    }

    @Test
    void bordersAreWherePaddingIs() {
        assertTrue(layer(new TestGraph().conv("y", "x", 3, 4).build("y")).hasBorder());
        assertFalse(border("Conv", Map.of(), 4, 3, 3, 3));
        assertTrue(border("Conv", Map.of("auto_pad", new Attribute.Text("SAME_UPPER")), 4, 3, 3, 3));
        assertFalse(border("Conv", Map.of("auto_pad", new Attribute.Text("SAME_LOWER")), 4, 3, 1, 1));
        assertFalse(border("Conv", Map.of("auto_pad", new Attribute.Text("VALID")), 4, 3, 3, 3));
        assertTrue(border("ConvTranspose", Map.of(), 4, 3, 3, 3));
        assertFalse(border("Gemm", Map.of(), 4, 3));
    }

    private static boolean border(String opType, Map<String, Attribute> attributes, long... dims) {
        return layer(new TestGraph()
                        .weights("w", dims)
                        .node(opType, attributes, "y", "x", "w")
                        .build("y"))
                .hasBorder();
    }

    @Test
    void layersWithoutConstantsThatFitAreNone() {
        for (long[] bias : List.of(new long[] {3}, new long[] {4, 1})) {
            Graph graph = new TestGraph()
                    .weights("w", 3, 4)
                    .weights("b", bias)
                    .node("Gemm", "y", "x", "w", "b")
                    .build("y");
            assertTrue(LayerChannels.of(graph, node(graph)).isEmpty());
        }
        Graph computed = new TestGraph()
                .weights("w", 3, 4)
                .node("Relu", "v", "w")
                .node("Gemm", "y", "x", "v")
                .build("y");
        assertTrue(LayerChannels.of(computed, node(computed)).isEmpty());
        Graph product =
                new TestGraph().weights("w", 3, 4).node("MatMul", "y", "x", "w").build("y");
        assertTrue(LayerChannels.of(product, node(product)).isEmpty());
    }

    @Test
    void aGroupThatNoIntHoldsIsNone() {
        for (long group : new long[] {0, 1L << 40, 1 - (1L << 32), Long.MIN_VALUE}) {
            Graph graph = new TestGraph()
                    .weights("w", 6, 2, 3, 3)
                    .node("Conv", Map.of("group", new Attribute.Int(group)), "y", "x", "w")
                    .build("y");
            assertTrue(LayerChannels.of(graph, graph.nodes().get(0)).isEmpty());
        }
    }
}
