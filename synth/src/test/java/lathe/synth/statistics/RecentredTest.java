package lathe.synth.statistics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import lathe.engine.graph.ChannelStatistics;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Node;
import lathe.synth.input.Feeds;
import lathe.synth.input.InputOptions;
import lathe.synth.input.InputPlan;
import lathe.synth.network.GraphSlice;
import lathe.synth.network.Network;
import lathe.synth.network.NetworkOptions;
import lathe.synth.network.Tensor;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RecentredTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "fashion-resnet.onnx",
                "odd/convtranspose-bn.onnx",
                "odd/convtranspose-grouped-bn.onnx",
                "odd/gemm-bn.onnx",
                "odd/bn-shared.onnx",
                "odd/bn-conv-bias.onnx"
            })
    void correctedGraphHasTheStatisticsOfTraining(String file) {
        Graph graph = MeasurementTest.folded(file);
        assertEquals(0, worst(graph, 48), 1e-2);
    }

    @Tag("slow")
    @Test
    void correctedGraphOfManyLayersHasTheStatisticsOfTraining() {
        assertEquals(0, worst(MeasurementTest.folded("fashion-mobilenet.onnx"), 48), 1e-2);
    }

    @Test
    void correctionBehindANodeWithoutWeightsDoesTheSame() {
        Graph graph = MeasurementTest.folded("fashion-resnet.onnx");
        Node relu = graph.nodes().stream()
                .filter(node -> node.is("Relu"))
                .findFirst()
                .orElseThrow();
        int channels = graph.statistics().get(relu.inputs().get(0)).channels();
        float[] mean = new float[channels];
        float[] deviation = new float[channels];
        Arrays.fill(mean, 0.5f);
        Arrays.fill(deviation, 2);
        Graph known = graph.edit()
                .statistics(relu.output(), new ChannelStatistics(mean, deviation))
                .build();
        assertEquals(0, worst(known, 16), 1e-2);
    }

    @Test
    void groupsOfSamplesComeClose() {
        Graph graph = MeasurementTest.folded("fashion-resnet.onnx");
        Function<Graph, Feeds> source = source(48);
        Batching whole = Batching.of(graph, source, graph.statistics().keySet());
        Batching inGroups = new Batching(whole.graph(), whole.feeds(), false, 16, unit(whole.shapes(), 16));
        Recentred recentred = Recentred.of(inGroups, 2);
        assertTrue(worst(recentred.graph(), graph.statistics(), whole.feeds(), 48) < 0.1);
    }

    private static Map<String, long[]> unit(Map<String, long[]> shapes, int samples) {
        Map<String, long[]> scaled = new HashMap<>();
        shapes.forEach((value, shape) -> {
            long[] dims = shape.clone();
            dims[0] *= samples;
            scaled.put(value, dims);
        });
        return scaled;
    }

    @Test
    void graphWithoutStatisticsStaysAsItIs() {
        Graph graph = MeasurementTest.folded("fashion-resnet-folded.onnx");
        Batching batching = Batching.of(graph, source(4), List.of());
        assertEquals(batching.graph(), Recentred.of(batching, 1).graph());
    }

    private static Function<Graph, Feeds> source(int images) {
        return graph -> new PlannedFeeds(InputPlan.of(graph, InputOptions.DEFAULT.withImages(images)));
    }

    private static double worst(Graph graph, int images) {
        Batching batching =
                Batching.of(graph, source(images), graph.statistics().keySet());
        Recentred recentred = Recentred.of(batching, 2);
        assertEquals(graph.statistics().size(), recentred.corrected());
        return worst(recentred.graph(), graph.statistics(), batching.feeds(), images);
    }

    /**
     * The largest difference of a channel's mean or deviation from the wanted one, in wanted deviations. A channel that
     * does not vary at all, whatever is fed, cannot be given a deviation and counts by its mean only.
     */
    private static double worst(Graph graph, Map<String, ChannelStatistics> known, Feeds feeds, int images) {
        double worst = 0;
        List<String> values = List.copyOf(known.keySet());
        try (Network network = Network.of(GraphSlice.of(graph, values), NetworkOptions.DEFAULT)) {
            for (Map.Entry<String, Tensor> result :
                    network.run(feeds.batch(0, images), values).entrySet()) {
                ChannelStatistics wanted = known.get(result.getKey());
                for (int c = 0; c < wanted.channels(); c++) {
                    double[] moments = moments(result.getValue(), c);
                    double unit = Math.max(wanted.deviation()[c], 1e-3);
                    worst = Math.max(worst, Math.abs(moments[0] - wanted.mean()[c]) / unit);
                    if (moments[1] > 1e-4 * unit) {
                        worst = Math.max(worst, Math.abs(moments[1] - wanted.deviation()[c]) / unit);
                    }
                }
            }
        }
        return worst;
    }

    private static double[] moments(Tensor tensor, int channel) {
        long channels = tensor.dims()[1];
        long space = tensor.size() / tensor.dims()[0] / channels;
        double sum = 0;
        double squares = 0;
        long count = 0;
        for (int i = 0; i < tensor.size(); i++) {
            if (i / space % channels == channel) {
                double value = tensor.values().get(i);
                sum += value;
                squares += value * value;
                count++;
            }
        }
        double mean = sum / count;
        return new double[] {mean, Math.sqrt(Math.max(0, squares / count - mean * mean))};
    }
}
