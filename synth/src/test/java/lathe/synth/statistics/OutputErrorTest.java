package lathe.synth.statistics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Value;
import lathe.engine.tensor.ElementType;
import lathe.synth.input.Feeds;
import lathe.synth.input.InputOptions;
import lathe.synth.input.InputPlan;
import lathe.synth.network.GraphSlice;
import lathe.synth.network.Network;
import lathe.synth.network.NetworkOptions;
import lathe.synth.network.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class OutputErrorTest {

    private static final InputOptions FIVE = InputOptions.DEFAULT.withImages(5);
    private static final Sink.Chunk FIRST = new Sink.Chunk(0, 0, 1, 2);
    private static final Sink.Chunk SECOND = new Sink.Chunk(1, 1, 1, 2);

    static Stream<String> networksWithoutStatistics() {
        return Stream.concat(
                Stream.of("fashion-resnet-folded.onnx", "fashion-mobilenet-folded.onnx"),
                MeasurementTest.oddGraphs()
                        .filter(file ->
                                MeasurementTest.folded(file).statistics().isEmpty()));
    }

    private static List<String> floatOutputs(Graph graph) {
        return graph.outputs().stream()
                .filter(output -> output.type() == ElementType.FLOAT)
                .map(Value::name)
                .toList();
    }

    /** Several outputs, side inputs, fixed batches, inputs that are no images, bodies of If and Loop. */
    @ParameterizedTest
    @MethodSource("networksWithoutStatistics")
    void withoutStatisticsItIsThatOfTheNetworksAsTheyAre(String file) {
        Graph graph = MeasurementTest.folded(file);
        Graph changed = Changes.noisy(graph, 0.05);
        Feeds feeds = new PlannedFeeds(StatisticsSources.inputs(graph, FIVE, 1));
        double plain = plainError(graph, changed, feeds);
        assertEquals(plain, error(graph, changed), 1e-4 * plain + 1e-12);
        assertEquals(0, error(graph, graph));
    }

    /** One sample a run where the file allows it, all sums in one go. */
    private static double plainError(Graph graph, Graph changed, Feeds feeds) {
        List<String> outputs = floatOutputs(graph);
        int batch = feeds.fixedBatch().orElse(1);
        Map<String, double[]> sums = new HashMap<>();
        outputs.forEach(output -> sums.put(output, new double[2]));
        try (Network one = Network.of(graph, NetworkOptions.DEFAULT);
                Network other = Network.of(changed, NetworkOptions.DEFAULT)) {
            for (int from = 0; from + batch <= Math.max(5, batch); from += batch) {
                Map<String, Tensor> y = one.run(feeds.batch(from, batch), outputs);
                Map<String, Tensor> z = other.run(feeds.batch(from, batch), outputs);
                outputs.forEach(output -> {
                    float[] a = y.get(output).floats();
                    float[] b = z.get(output).floats();
                    for (int i = 0; i < a.length; i++) {
                        sums.get(output)[0] += Math.pow((double) a[i] - b[i], 2);
                        sums.get(output)[1] += Math.pow(a[i], 2);
                    }
                });
            }
        }
        return outputs.stream()
                .mapToDouble(output -> sums.get(output)[0] / Math.max(1e-300, sums.get(output)[1]))
                .average()
                .orElse(0);
    }

    @Test
    void errorsOfSeveralOutputsAreAveraged() {
        Graph graph = MeasurementTest.folded("odd/outputs-several.onnx");
        Graph changed = Changes.noisy(graph, 0.1);
        List<String> outputs = floatOutputs(graph);
        double sum = 0;
        for (String output : outputs) {
            sum += error(GraphSlice.of(graph, List.of(output)), GraphSlice.of(changed, List.of(output)));
        }
        assertEquals(3, outputs.size());
        assertTrue(sum > 0);
        assertEquals(sum / 3, error(graph, changed), 1e-12);
    }

    private static double error(Graph graph, Graph changed) {
        try (var measurement = StatisticsSources.synthetic(FIVE, 2).open(graph)) {
            return measurement.outputError(changed);
        }
    }

    /** Both networks run with the corrections of the original, which do not adapt to the changed one. */
    @Test
    void changeThatReCentringWouldHideCounts() {
        Graph graph = MeasurementTest.folded("fashion-mobilenet.onnx");
        String value = MeasurementContract.known(graph).get(1);
        Graph doubled = Changes.constant(graph, value, 1, Changes.times(2));
        try (var measurement = StatisticsSources.synthetic(FIVE, 2).open(graph)) {
            double error = measurement.outputError(doubled);
            assertTrue(error > 0.01);
            Graph back = Changes.mapped(doubled, measurement.drift(doubled));
            assertTrue(measurement.outputError(back) < 1e-6 * error);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"fashion-resnet.onnx", "odd/outputs-several.onnx", "odd/shape-fixed-batch.onnx"})
    void sameBitsWhereTheOutputsOfTheOriginalAreTooLargeToKeep(String file) {
        Graph graph = MeasurementTest.folded(file);
        Graph changed = Changes.noisy(graph, 0.05);
        Batching batching = Batching.of(
                graph,
                g -> new PlannedFeeds(InputPlan.of(g, FIVE)),
                graph.statistics().keySet());
        Recentred original = Recentred.of(batching, 2);
        double kept = new OutputError(original, 2, Long.MAX_VALUE).of(changed);
        double again = new OutputError(original, 2, 0).of(changed);
        assertTrue(kept > 0);
        assertEquals(kept, again);
    }

    private static double compared(Tensor wanted, Tensor got) {
        OutputError.Comparison comparison = new OutputError.Comparison();
        comparison.add(FIRST, wanted, got);
        return comparison.relativeError();
    }

    @Test
    void errorIsRelativeToTheEnergyOfAllChunks() {
        OutputError.Comparison comparison = new OutputError.Comparison();
        comparison.add(SECOND, Tensor.of(new float[] {4}, 1), Tensor.of(new float[] {5}, 1));
        comparison.add(FIRST, Tensor.of(new float[] {0, 3}, 2), Tensor.of(new float[] {2, 3}, 2));
        assertEquals((1 + 4) / 25.0, comparison.relativeError());
    }

    @Test
    void degenerateOutputs() {
        Tensor zero = Tensor.of(new float[2], 2);
        Tensor some = Tensor.of(new float[] {1, -2}, 2);
        Tensor strange = Tensor.of(new float[] {1, Float.NaN}, 2);
        Tensor endless = Tensor.of(new float[] {1, Float.NEGATIVE_INFINITY}, 2);
        assertEquals(0, compared(zero, zero));
        assertEquals(1, compared(zero, some));
        assertEquals(1, compared(some, zero));
        assertEquals(Double.POSITIVE_INFINITY, compared(some, strange));
        assertEquals(Double.POSITIVE_INFINITY, compared(zero, endless));
        assertEquals(0, compared(strange, strange));
        assertEquals(0, compared(endless, some));
        assertEquals(1, compared(some, Tensor.of(new float[3], 3)));
        assertEquals(0, compared(Tensor.of(new float[0], 0), Tensor.of(new float[0], 0)));
        assertEquals(1e60 / 1e60, compared(Tensor.of(new float[] {1e30f}, 1), Tensor.of(new float[] {0}, 1)));
    }

    @Test
    void networkWithoutAFloatOutputHasNoError() {
        Graph graph = MeasurementTest.folded("odd/gemm-float64.onnx");
        assertFalse(graph.outputs().stream().anyMatch(output -> output.type() == ElementType.FLOAT));
        assertEquals(0, error(graph, graph));
    }
}
