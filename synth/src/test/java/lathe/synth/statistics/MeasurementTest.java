package lathe.synth.statistics;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import lathe.engine.graph.Attribute;
import lathe.engine.graph.Graph;
import lathe.engine.graph.GraphEdit;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Node;
import lathe.engine.graph.Value;
import lathe.engine.grid.Histogram;
import lathe.engine.layer.InputStatistics;
import lathe.engine.layer.Layer;
import lathe.engine.layer.Layers;
import lathe.engine.onnx.OnnxReader;
import lathe.engine.pipeline.StatisticsSource;
import lathe.engine.pipeline.StatisticsSource.Measurement;
import lathe.engine.pipeline.StatisticsSource.Statistics;
import lathe.engine.tensor.ElementType;
import lathe.engine.tensor.WeightMatrix;
import lathe.precondition.GraphPasses;
import lathe.synth.input.Feeds;
import lathe.synth.input.InputOptions;
import lathe.synth.network.GraphSlice;
import lathe.synth.network.Network;
import lathe.synth.network.NetworkOptions;
import lathe.synth.network.Tensor;
import lathe.testdata.TestData;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class MeasurementTest {

    /** Hand-made graphs that ONNX Runtime can load and Lathe can read. */
    static Stream<String> oddGraphs() {
        return new String(TestData.bytes("odd/index.txt"), StandardCharsets.UTF_8)
                .lines()
                .filter(line -> line.endsWith("\truns"))
                .map(line -> "odd/" + line.substring(0, line.indexOf('\t')))
                .filter(name -> !name.contains("external/") && !name.endsWith("weights-also-inputs.onnx"));
    }

    static Graph folded(String file) {
        return GraphPasses.batchNormFold()
                .apply(OnnxReader.read(TestData.bytes(file)))
                .graph();
    }

    private static Statistics measure(Graph graph, int images, int threads, long seed) {
        List<Layer> layers = Layers.survey(graph).layers();
        Set<String> values = new LinkedHashSet<>();
        layers.forEach(layer -> values.addAll(List.of(layer.input(), layer.output())));
        InputOptions options = InputOptions.DEFAULT.withImages(images).withSeed(seed);
        try (Measurement measurement =
                StatisticsSources.synthetic(options, threads).open(graph)) {
            return measurement.measure(layers, values);
        }
    }

    /** The layer's own output is the witness: E[(y - b)²] = w H wᵀ and E[y - b] = w E[x], if all positions are taken. */
    @ParameterizedTest
    @MethodSource("oddGraphs")
    void gramMatrixGivesTheEnergyOfTheOutput(String file) {
        Graph graph = folded(file);
        List<Layer> layers = Layers.survey(graph).layers();
        NoiseFeeds feeds = NoiseFeeds.of(graph, 3);
        Batching batching = Batching.of(graph, g -> feeds, List.of());
        Statistics statistics;
        try (Measurement measurement = NetworkMeasurement.of(batching, List.of(), 2, 0)) {
            statistics = measurement.measure(layers, List.of());
        }
        assertEquals(layers.size(), statistics.layers().size());
        for (Layer layer : layers) {
            InputStatistics found = statistics.layers().get(layer.name());
            if (graph.enclosing(layer.node()).filter(node -> node.is("Loop")).isPresent()) {
                assertEquals(1, found.samples(), "run several times, and not measured");
                continue;
            }
            if (layer.readsIndices()) {
                assertTrue(found.drawn().isPresent(), "draws are counted, see DrawSinkTest");
                continue;
            }
            double[][] moments = outputMoments(graph, layer, feeds, batching);
            for (int row = 0; row < layer.rows(); row++) {
                int group = row / layer.rowsPerGroup();
                WeightMatrix weights = layer.matrices().get(group);
                double[] w = weights.row(row % layer.rowsPerGroup());
                double mean = 0;
                for (int col = 0; col < w.length; col++) {
                    mean += w[col] * found.means().get(group)[col];
                }
                double scale = 1e-4 * (1 + moments[1][row]);
                assertEquals(moments[0][row], mean, scale, layer.name());
                assertEquals(moments[1][row], found.grams().get(group).energy(w), scale, layer.name());
            }
        }
    }

    @Test
    void meansAreKnownWithStatisticsOrRealInputs() {
        Graph known = folded("fashion-resnet.onnx");
        Graph unknown = OnnxReader.read(TestData.bytes("fashion-mobilenet-folded.onnx"));
        assertTrue(meansKnown(StatisticsSources.synthetic(InputOptions.DEFAULT.withImages(16), 1), known));
        assertFalse(meansKnown(StatisticsSources.synthetic(InputOptions.DEFAULT.withImages(15), 1), known));
        assertFalse(meansKnown(StatisticsSources.synthetic(InputOptions.DEFAULT.withImages(16), 1), unknown));
        assertTrue(meansKnown(StatisticsSources.asFed(graph -> NoiseFeeds.of(graph, 16), 1, 0), unknown));
    }

    private static boolean meansKnown(StatisticsSource source, Graph graph) {
        List<Layer> first = Layers.survey(graph).layers().subList(0, 1);
        try (Measurement measurement = source.open(graph)) {
            InputStatistics found = measurement
                    .measure(first, List.of())
                    .layers()
                    .get(first.get(0).name());
            assertEquals(found.meansKnown(), first.get(0).problems(found).get(0).centredErrors(), "it has a bias");
            return found.meansKnown();
        }
    }

    /** Without the C of a Gemm, where it runs along samples. */
    private static Graph withoutAddend(Graph graph, Layer layer) {
        Node node = layer.node();
        if (!node.is("Gemm") || layer.site().takesBias()) {
            return graph;
        }
        GraphEdit edit = graph.edit();
        edit.replace(node, node.withInputs(node.inputs().subList(0, 2)));
        return edit.build();
    }

    /** Mean and mean square of each output of a layer, its bias taken off. */
    private static double[][] outputMoments(Graph given, Layer layer, NoiseFeeds feeds, Batching batching) {
        double[][] moments = new double[2][layer.rows()];
        long[] count = new long[1];
        float[] bias = layer.biasValues();
        boolean recurrent = !layer.site().observed().isOutput();
        BodyValues open = new BodyValues(withoutAddend(given, layer), List.of(layer.output()));
        Graph graph = recurrent ? withProduct(given, layer) : open.graph();
        String output = recurrent ? "product" : open.name(layer.output());
        try (Network network = Network.of(GraphSlice.of(graph, List.of(output)), NetworkOptions.DEFAULT)) {
            for (int from = 0; from < batching.samples(); from += batching.unit()) {
                Tensor y = network.run(feeds.batch(from, batching.unit())).get(output);
                if (y.size() == 0) {
                    continue; // of a branch that this run did not take
                }
                int[] rows = OutputRows.of(layer, y.dims());
                for (int i = 0; i < y.size(); i++) {
                    int row = rows[i];
                    double value = y.values().get(i) - bias[row];
                    moments[0][row] += value;
                    moments[1][row] += value * value;
                }
                count[0] += y.size() / layer.rows();
            }
        }
        for (int row = 0; row < layer.rows(); row++) {
            moments[0][row] /= count[0];
            moments[1][row] /= count[0];
        }
        return moments;
    }

    /** The graph with what a recurrent node keeps to itself: its weights times inputs or states, all outputs on the last axis. */
    private static Graph withProduct(Graph graph, Layer layer) {
        GraphEdit edit = graph.edit();
        Node node = layer.node();
        List<String> parts = new ArrayList<>();
        boolean hidden = layer.name().endsWith("/R");
        if (hidden) {
            List<String> outputs = new ArrayList<>(node.outputs());
            outputs.set(0, "all_states");
            edit.replace(node, node.withOutputs(outputs));
            if (!node.outputs().get(0).isEmpty()) {
                String read = node.outputs().get(0);
                edit.insertAfter(node, Node.of("", "Identity", List.of("all_states"), List.of(read), Map.of()));
            }
        }
        for (int group = 0; group < layer.groups(); group++) {
            WeightMatrix matrix = layer.matrices().get(group);
            float[] turned = new float[matrix.rows() * matrix.cols()];
            for (int i = 0; i < turned.length; i++) {
                turned[i] = matrix.at(i % matrix.rows(), i / matrix.rows());
            }
            String weights = edit.putFresh(Initializer.ofFloats("turned", turned, matrix.cols(), matrix.rows()));
            String read = node.inputs().get(0);
            if (hidden) {
                String direction = edit.putFresh(Initializer.ofLongs("direction", new long[] {group}));
                read = edit.freshName("states_of_direction");
                Map<String, Attribute> axis = Map.of("axis", new Attribute.Int(1));
                edit.insertAfter(node, Node.of("", "Gather", List.of("all_states", direction), List.of(read), axis));
            }
            parts.add(edit.freshName("part"));
            edit.insertAfter(node, Node.of("", "MatMul", List.of(read, weights), List.of(parts.get(group)), Map.of()));
        }
        Map<String, Attribute> last = Map.of("axis", new Attribute.Int(-1));
        edit.insertAfter(node, Node.of("", "Concat", parts, List.of("product"), last));
        return edit.build();
    }

    @ParameterizedTest
    @ValueSource(strings = {"fashion-resnet.onnx", "fashion-mobilenet.onnx", "fashion-mobilenet-folded.onnx"})
    void sameBitsForAnyNumberOfThreads(String file) {
        Graph graph = folded(file);
        Statistics one = measure(graph, 20, 1, 3);
        assertEqualBits(one, measure(graph, 20, 2, 3));
        assertEqualBits(one, measure(graph, 20, 5, 3));
        Layer last = Layers.survey(graph).layers().get(1);
        assertNotEquals(
                one.layers().get(last.name()).grams().get(0).at(0, 0),
                measure(graph, 20, 2, 4)
                        .layers()
                        .get(last.name())
                        .grams()
                        .get(0)
                        .at(0, 0));
    }

    static Stream<Graph> graphs() {
        return Stream.of(folded("fashion-resnet.onnx"), folded("fashion-mobilenet-folded.onnx"), wideActivations());
    }

    /** A fully convolutional network on pictures of 320 x 320, whose activations take 26 MB a picture. */
    private static Graph wideActivations() {
        List<Node> nodes = new ArrayList<>();
        List<Initializer> weights = new ArrayList<>();
        SplittableRandom random = new SplittableRandom(1);
        String value = "x";
        for (int i = 0; i < 3; i++) {
            int channels = i == 0 ? 3 : 16;
            float[] values = new float[16 * channels * 9];
            for (int k = 0; k < values.length; k++) {
                values[k] = (float) random.nextGaussian();
            }
            weights.add(Initializer.ofFloats("w" + i, values, 16, channels, 3, 3));
            Map<String, Attribute> pads = Map.of("pads", new Attribute.Ints(List.of(1L, 1L, 1L, 1L)));
            nodes.add(Node.of("conv" + i, "Conv", List.of(value, "w" + i), List.of("y" + i), pads));
            nodes.add(Node.of("relu" + i, "Relu", List.of("y" + i), List.of("z" + i), Map.of()));
            value = "z" + i;
        }
        List<Value.Dim> dims =
                List.of(Value.Dim.dynamic("N"), Value.Dim.fixed(3), Value.Dim.fixed(320), Value.Dim.fixed(320));
        return new Graph(
                nodes,
                weights,
                List.of(new Value("x", ElementType.FLOAT, Optional.of(dims), Optional.empty())),
                List.of(Value.ofFloat(value)),
                Map.of("", 13L),
                Map.of(),
                Map.of(),
                Optional.empty());
    }

    @ParameterizedTest
    @MethodSource("graphs")
    void sameBitsWhateverElseIsMeasured(Graph graph) {
        Statistics together = measure(graph, 6, 2, 3);
        Map<String, InputStatistics> layers = new HashMap<>();
        Map<String, Histogram> values = new HashMap<>();
        InputOptions options = InputOptions.DEFAULT.withImages(6).withSeed(3);
        try (Measurement measurement = StatisticsSources.synthetic(options, 2).open(graph)) {
            for (Layer layer : Layers.survey(graph).layers()) {
                layers.putAll(measurement.measure(List.of(layer), List.of()).layers());
            }
            for (String value : together.values().keySet()) {
                values.putAll(measurement.measure(List.of(), List.of(value)).values());
            }
        }
        assertEqualBits(together, new Statistics(layers, values));
    }

    private static void assertEqualBits(Statistics expected, Statistics actual) {
        assertEquals(expected.layers().keySet(), actual.layers().keySet());
        for (String layer : expected.layers().keySet()) {
            InputStatistics a = expected.layers().get(layer);
            InputStatistics b = actual.layers().get(layer);
            assertEquals(a.samples(), b.samples());
            for (int group = 0; group < a.grams().size(); group++) {
                assertArrayEquals(a.means().get(group), b.means().get(group));
                int order = a.grams().get(group).order();
                for (int i = 0; i < order * order; i++) {
                    assertEquals(
                            a.grams().get(group).at(i / order, i % order),
                            b.grams().get(group).at(i / order, i % order));
                }
            }
        }
        assertEquals(expected.values().keySet(), actual.values().keySet());
        for (Map.Entry<String, Histogram> value : expected.values().entrySet()) {
            Histogram other = actual.values().get(value.getKey());
            assertEquals(value.getValue().min(), other.min());
            assertEquals(value.getValue().max(), other.max());
            for (int bin = 0; bin < Histogram.BINS; bin++) {
                assertEquals(value.getValue().countOf(bin), other.countOf(bin));
            }
        }
    }

    @Test
    void asManySamplesAsAskedForWhereThereAreEnoughPositions() {
        Graph graph = folded("fashion-resnet.onnx");
        Statistics statistics = measure(graph, 64, 2, 0);
        for (Layer layer : Layers.survey(graph).layers()) {
            long samples = statistics.layers().get(layer.name()).samples();
            long wanted = Positions.wanted(layer.groups(), layer.cols());
            assertTrue(samples <= wanted, layer.name());
            assertTrue(samples == wanted || samples % 64 == 0, layer.name());
        }
    }

    @Test
    void valuesThatAreNoFloatsOrDoNotExistHaveNoEntry() {
        Graph graph = folded("odd/shape-from-shape.onnx");
        List<String> all = new ArrayList<>(List.of("nobody"));
        graph.nodes().forEach(node -> all.addAll(node.outputs()));
        graph.inputs().forEach(input -> all.add(input.name()));
        try (Measurement measurement = StatisticsSources.synthetic(InputOptions.DEFAULT.withImages(2), 2)
                .open(graph)) {
            Set<String> measured = measurement.measure(List.of(), all).values().keySet();
            assertTrue(measured.contains(graph.inputs().get(0).name()));
            assertTrue(measured.contains(graph.outputs().get(0).name()));
            assertTrue(measured.size() < all.size() - 1);
        }
    }

    @Test
    void batchFixedInTheFileIsOpenedWhereTheNetworkAllowsIt() {
        Graph fixed = folded("odd/conv-valid.onnx");
        Feeds feeds = NoiseFeeds.of(fixed, 4);
        assertTrue(Batching.of(fixed, g -> feeds, List.of()).free());
        Graph reshaped = folded("odd/shape-fixed-batch.onnx");
        Feeds others = new NoiseFeeds(reshaped, 4, 12);
        assertEquals(false, Batching.of(reshaped, g -> others, List.of()).free());
    }

    @Test
    void aLayerOnTheInputIsMeasuredWhereTheBatchIsFixed() {
        Map<String, Attribute> transposed = Map.of("transA", new Attribute.Int(1));
        Graph graph = new Graph(
                List.of(Node.of("gemm", "Gemm", List.of("x", "w"), List.of("y"), transposed)),
                List.of(Initializer.ofFloats("w", new float[4 * 5], 4, 5)),
                List.of(new Value(
                        "x",
                        ElementType.FLOAT,
                        Optional.of(List.of(Value.Dim.fixed(4), Value.Dim.fixed(6))),
                        Optional.empty())),
                List.of(Value.ofFloat("y")),
                Map.of("", 13L),
                Map.of(),
                Map.of(),
                Optional.empty());
        assertEquals(6, measure(graph, 2, 1, 0).layers().get("gemm").samples());
    }
}
