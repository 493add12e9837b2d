package lathe.synth.statistics;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import lathe.engine.graph.ChannelAffine;
import lathe.engine.graph.ChannelStatistics;
import lathe.engine.graph.ClipBounds;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Node;
import lathe.engine.layer.InputStatistics;
import lathe.engine.layer.Layer;
import lathe.engine.layer.Layers;
import lathe.engine.linalg.GramMatrix;
import lathe.engine.metric.OutputMetrics;
import lathe.engine.pipeline.StatisticsSource;
import lathe.engine.pipeline.StatisticsSource.Measurement;
import lathe.engine.tensor.WeightMatrix;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What every source of statistics says of changed graphs. Inputs are grey images of 28 x 28. */
abstract class MeasurementContract {

    private static final int IMAGES = 24;

    private final Graph graph = MeasurementTest.folded("fashion-resnet.onnx");

    abstract StatisticsSource source(int images, int threads);

    private Measurement open(Graph opened) {
        return source(IMAGES, 2).open(opened);
    }

    /** The values with statistics, in the order of the graph. */
    static List<String> known(Graph graph) {
        return graph.nodes().stream()
                .map(Node::output)
                .filter(graph.statistics()::containsKey)
                .toList();
    }

    @Test
    void sameConstantsUnderOtherNamesChangeNothing() {
        Graph renamed = graph;
        for (String value : known(graph)) {
            renamed = Changes.constant(renamed, value, 1, UnaryOperator.identity());
        }
        assertTrue(renamed.initializers().keySet().stream()
                .anyMatch(name -> !graph.initializers().containsKey(name)));
        try (Measurement measurement = open(graph)) {
            assertEquals(0, measurement.outputError(renamed));
            Map<String, ChannelAffine> drift = measurement.drift(renamed);
            assertEquals(graph.statistics().keySet(), drift.keySet());
            drift.forEach((value, map) -> {
                assertArrayEquals(ChannelAffine.identity(map.channels()).scale(), map.scale(), value);
                assertArrayEquals(new double[map.channels()], map.shift(), value);
            });
        }
    }

    @Test
    void doubledWeightsDriftBackByHalf() {
        List<String> known = known(graph);
        String value = known.get(known.size() / 2);
        Graph changed = Changes.constant(graph, value, 1, Changes.times(2));
        float[] bias = graph.constant(graph.producer(value).orElseThrow(), 2)
                .orElseThrow()
                .floats();
        try (Measurement measurement = open(graph)) {
            Map<String, ChannelAffine> drift = measurement.drift(changed);
            for (int c = 0; c < bias.length; c++) {
                assertEquals(0.5, drift.get(value).scale()[c], 1e-5);
                assertEquals(bias[c] / 2, drift.get(value).shift()[c], 1e-4);
            }
            assertNothingButDrifts(value, drift);
            assertTrue(measurement.outputError(changed) > 0.01);
        }
    }

    @Test
    void raisedBiasDriftsBack() {
        List<String> known = known(graph);
        String value = known.get(known.size() / 3);
        Graph changed = Changes.constant(graph, value, 2, Changes.plus(0.75f));
        try (Measurement measurement = open(graph)) {
            Map<String, ChannelAffine> drift = measurement.drift(changed);
            for (int c = 0; c < drift.get(value).channels(); c++) {
                assertEquals(1, drift.get(value).scale()[c], 1e-5);
                assertEquals(-0.75, drift.get(value).shift()[c], 1e-4);
            }
            assertNothingButDrifts(value, drift);
        }
    }

    private void assertNothingButDrifts(String drifted, Map<String, ChannelAffine> drift) {
        drift.forEach((value, map) -> {
            ChannelStatistics known = graph.statistics().get(value);
            for (int c = 0; c < map.channels() && !value.equals(drifted); c++) {
                assertEquals(1, map.scale()[c], 1e-4, value);
                assertEquals(0, map.shift()[c], 1e-4 * (known.deviation()[c] + Math.abs(known.mean()[c])), value);
            }
        });
    }

    /** In the network itself a layer reads what it reads, and writes W x: the joint moments follow from those of x. */
    @Test
    void momentsOfAnUnchangedNetworkAreThoseOfItsLayers() {
        for (Layer layer : wholeLayers()) {
            try (Measurement measurement = open(graph)) {
                assertMoments(layer, measurement.moments(layer, graph).orElseThrow(), 1);
            }
        }
    }

    /** A layer whose weights and bias double writes twice as much, and the next one reads it behind a Relu. */
    @Test
    void momentsOfAChangedNetworkAreOfWhatIsReadThere() {
        Layer layer = wholeLayers().stream()
                .filter(found -> relu(found).isPresent())
                .findFirst()
                .orElseThrow();
        String written = graph.producer(relu(layer).orElseThrow().inputs().get(0))
                .orElseThrow()
                .output();
        Graph doubled =
                Changes.constant(Changes.constant(graph, written, 1, Changes.times(2)), written, 2, Changes.times(2));
        Graph bare = doubled.withoutStatistics();
        try (Measurement measurement = open(graph.withoutStatistics())) {
            assertMoments(layer, measurement.moments(layer, bare).orElseThrow(), 2);
        }
    }

    private List<Layer> wholeLayers() {
        return Layers.survey(graph).layers().stream()
                .filter(layer ->
                        layer.groups() == 1 && graph.producer(layer.input()).isPresent())
                .toList();
    }

    /** The Relu before a layer, if a layer with a bias is before that. */
    private Optional<Node> relu(Layer layer) {
        return graph.producer(layer.input())
                .filter(node -> node.is("Relu"))
                .filter(node -> graph.producer(node.inputs().get(0))
                        .filter(before -> before.is("Conv") && before.inputs().size() == 3)
                        .isPresent());
    }

    /** Checks E[y zᵀ] = W E[z zᵀ] / factor and E[y] = W E[z] / factor for y = W x and z = factor x. */
    private static void assertMoments(Layer layer, InputStatistics found, double factor) {
        int cols = layer.cols();
        GramMatrix joint = found.grams().get(0);
        double[] mean = found.means().get(0);
        assertEquals(cols + layer.rows(), joint.order());
        WeightMatrix weights = layer.matrices().get(0);
        double scale = Math.sqrt(joint.meanDiagonal());
        for (int row = 0; row < layer.rows(); row++) {
            for (int j = 0; j < cols; j += 7) {
                double product = 0;
                double size = 0;
                for (int i = 0; i < cols; i++) {
                    product += weights.at(row, i) * joint.at(i, j);
                    size += Math.abs(weights.at(row, i) * joint.at(i, j));
                }
                assertEquals(product / factor, joint.at(cols + row, j), 1e-4 * (size + scale), layer.name());
            }
            double expected = 0;
            for (int i = 0; i < cols; i++) {
                expected += weights.at(row, i) * mean[i];
            }
            assertEquals(expected / factor, mean[cols + row], 1e-4 * scale, layer.name());
        }
    }

    @Test
    void coactivationsAreSharesThatDoNotDependOnThreads() {
        Map<String, ClipBounds> activations =
                OutputMetrics.activations(graph, Layers.survey(graph).layers());
        assertTrue(activations.size() > 3);
        try (Measurement one = source(IMAGES, 1).open(graph);
                Measurement three = source(IMAGES, 3).open(graph)) {
            Map<String, GramMatrix> found = one.coactivations(activations);
            Map<String, GramMatrix> again = three.coactivations(activations);
            assertEquals(activations.keySet(), found.keySet());
            found.forEach((value, gram) -> {
                for (int i = 0; i < gram.order(); i++) {
                    for (int j = 0; j < gram.order(); j++) {
                        assertEquals(gram.at(i, j), again.get(value).at(i, j), value);
                        assertTrue(gram.at(i, j) <= Math.min(gram.at(i, i), gram.at(j, j)) + 1e-9, value);
                        assertTrue(gram.at(i, j) >= 0, value);
                    }
                }
                assertTrue(gram.meanDiagonal() > 0.05 && gram.meanDiagonal() < 1, value);
            });
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"fashion-resnet.onnx", "fashion-mobilenet-folded.onnx"})
    void sameBitsForAnyNumberOfThreads(String file) {
        Graph original = MeasurementTest.folded(file);
        Graph changed = Changes.noisy(original, 0.1);
        double[] errors = new double[3];
        double[][] moments = new double[3][];
        Layer last = Layers.survey(original).layers().stream()
                .filter(layer -> layer.groups() == 1)
                .reduce((first, second) -> second)
                .orElseThrow();
        int[][] drifts = new int[3][];
        for (int i = 0; i < 3; i++) {
            try (Measurement measurement = source(IMAGES, 1 << i).open(original)) {
                errors[i] = measurement.outputError(changed);
                assertEquals(errors[i], measurement.outputError(changed));
                moments[i] = measurement
                        .moments(last, changed)
                        .orElseThrow()
                        .grams()
                        .get(0)
                        .diagonal();
                Map<String, ChannelAffine> drift = measurement.drift(changed);
                drifts[i] = known(original).stream()
                        .map(drift::get)
                        .mapToInt(map -> 31 * Arrays.hashCode(map.scale()) + Arrays.hashCode(map.shift()))
                        .toArray();
            }
        }
        assertTrue(errors[0] > 1e-6 && errors[0] < 1);
        assertArrayEquals(new double[] {errors[0], errors[0], errors[0]}, errors);
        assertArrayEquals(moments[0], moments[1]);
        assertArrayEquals(moments[0], moments[2]);
        assertArrayEquals(drifts[0], drifts[1]);
        assertArrayEquals(drifts[0], drifts[2]);
    }

    @Test
    void withoutStatisticsNothingDrifts() {
        Graph folded = MeasurementTest.folded("fashion-resnet-folded.onnx");
        try (Measurement measurement = open(folded)) {
            assertEquals(Map.of(), measurement.drift(Changes.noisy(folded, 0.1)));
            assertEquals(0, measurement.outputError(folded));
        }
    }

    @Test
    void refusesAnotherGraph() {
        Graph other = MeasurementTest.folded("fashion-mobilenet.onnx");
        try (Measurement measurement = open(graph)) {
            assertThrows(IllegalArgumentException.class, () -> measurement.drift(other));
            assertThrows(IllegalArgumentException.class, () -> measurement.outputError(other));
            Layer layer = wholeLayers().get(0);
            assertThrows(IllegalArgumentException.class, () -> measurement.moments(layer, other));
        }
    }

    @Test
    void numbersThatStopBeingFiniteAreNoDriftAndAnInfiniteError() {
        String value = known(graph).get(3);
        for (float strange : new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.MAX_VALUE}) {
            Graph changed = Changes.constant(graph, value, 1, values -> {
                values[0] = strange;
                return values;
            });
            try (Measurement measurement = open(graph)) {
                assertEquals(Double.POSITIVE_INFINITY, measurement.outputError(changed));
                ChannelAffine drift = measurement.drift(changed).get(value);
                assertEquals(1, drift.scale()[0]);
                assertEquals(0, drift.shift()[0]);
            }
        }
    }

    @Test
    void deadLayerHasNoDrift() {
        String value = known(graph).get(2);
        Graph dead = Changes.constant(graph, value, 1, Changes.times(0));
        try (Measurement measurement = open(graph)) {
            ChannelAffine drift = measurement.drift(dead).get(value);
            assertArrayEquals(ChannelAffine.identity(drift.channels()).scale(), drift.scale());
            assertArrayEquals(new double[drift.channels()], drift.shift());
            assertTrue(Double.isFinite(measurement.outputError(dead)));
        }
    }
}
