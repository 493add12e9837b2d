package lathe.synth.statistics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import lathe.engine.graph.ChannelStatistics;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Node;
import lathe.engine.pipeline.StatisticsSource.Measurement;
import lathe.synth.input.Feeds;
import lathe.synth.input.InputOptions;
import lathe.synth.input.InputPlan;
import lathe.synth.input.Scaling;
import lathe.synth.network.GraphSlice;
import lathe.synth.network.Network;
import lathe.synth.network.NetworkOptions;
import lathe.synth.network.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ScalingChoiceTest {

    static Iterable<Scaling> scalings() {
        return Arrays.asList(Scaling.IMAGENET, Scaling.UNIT, Scaling.SYMMETRIC, Scaling.BYTES, Scaling.CENTRED_BYTES);
    }

    @ParameterizedTest
    @MethodSource("scalings")
    void findsTheScalingThatANetworkWasTrainedWith(Scaling trained) {
        Graph graph = trainedWith(trained);
        InputPlan plan = InputPlan.of(graph, InputOptions.DEFAULT);
        ScalingChoice choice = ScalingChoice.of(graph, plan);
        assertEquals(List.of(trained), choice.scalings());
        assertTrue(choice.measured());
        try (Measurement measurement = StatisticsSources.synthetic(InputOptions.DEFAULT.withImages(4), 1)
                .open(graph)) {
            assertTrue(measurement.assumptions().get(0).contains(trained.name()), measurement.assumptions()::toString);
        }
    }

    /** A network whose first statistics are those under this scaling, of other images. */
    private static Graph trainedWith(Scaling scaling) {
        Graph graph = MeasurementTest.folded("odd/bn-conv-bias.onnx");
        String value = graph.statistics().keySet().iterator().next();
        InputOptions options = InputOptions.DEFAULT.withImages(24).withSeed(99);
        Feeds feeds = new PlannedFeeds(InputPlan.of(graph, options).withScaling(scaling, "test"));
        try (Network network = Network.of(GraphSlice.of(graph, List.of(value)), NetworkOptions.DEFAULT)) {
            Tensor tensor = network.run(feeds.batch(0, 24)).get(value);
            int channels = (int) tensor.dims()[1];
            int space = (int) (tensor.dims()[2] * tensor.dims()[3]);
            double[] sums = new double[channels];
            double[] squares = new double[channels];
            for (int i = 0; i < tensor.size(); i++) {
                sums[i / space % channels] += tensor.values().get(i);
                squares[i / space % channels] += Math.pow(tensor.values().get(i), 2);
            }
            float[] mean = new float[channels];
            float[] deviation = new float[channels];
            int count = tensor.size() / channels;
            for (int c = 0; c < channels; c++) {
                mean[c] = (float) (sums[c] / count);
                deviation[c] = (float) Math.sqrt(squares[c] / count - Math.pow(sums[c] / count, 2));
            }
            return graph.edit()
                    .statistics(value, new ChannelStatistics(mean, deviation))
                    .build();
        }
    }

    @ParameterizedTest
    @MethodSource("scalings")
    void leavesWhatTheOptionsSay(Scaling other) {
        Graph graph = trainedWith(other);
        InputPlan plan = InputPlan.of(graph, InputOptions.DEFAULT.withInputRange(0, 1));
        assertEquals(List.of(), ScalingChoice.of(graph, plan).scalings());
        assertEquals(Map.of(), MeasurementTest.folded("odd/conv-valid.onnx").statistics());
    }

    @ParameterizedTest
    @MethodSource("scalings")
    void withoutStatisticsTheFirstBiasTellsBytesFromSmallNumbers(Scaling trained) {
        Graph graph = biasedFor(trained);
        ScalingChoice choice = ScalingChoice.of(graph, InputPlan.of(graph, InputOptions.DEFAULT));
        boolean bytes = trained.equals(Scaling.BYTES) || trained.equals(Scaling.CENTRED_BYTES);
        assertEquals(
                bytes
                        ? List.of(Scaling.BYTES, Scaling.CENTRED_BYTES)
                        : List.of(Scaling.IMAGENET, Scaling.UNIT, Scaling.SYMMETRIC),
                choice.scalings());
        assertFalse(choice.measured());
        InputPlan plan = choice.applyTo(InputPlan.of(graph, InputOptions.DEFAULT));
        assertTrue(plan.rangeGuessed());
        assertEquals(choice.scalings(), plan.assumed());
        assertTrue(
                plan.assumptions().get(0).contains("in turn, assumed because the bias"), plan.assumptions()::toString);
    }

    /** A network without statistics whose first bias is as large as what images of this scaling make it vary, about. */
    private static Graph biasedFor(Scaling scaling) {
        Graph graph = MeasurementTest.folded("odd/conv-valid.onnx");
        Node layer = graph.nodes().get(0);
        float[] weights = graph.initializers().get(layer.inputs().get(1)).floats();
        Initializer bias = graph.initializers().get(layer.inputs().get(2));
        float[] values = new float[(int) bias.elements()];
        int size = weights.length / values.length;
        for (int channel = 0; channel < values.length; channel++) {
            double energy = 0;
            for (int i = channel * size; i < (channel + 1) * size; i++) {
                energy += weights[i] * weights[i];
            }
            values[channel] = (float) (Math.sqrt(energy) * scaling.gain()[0] / 4);
        }
        return graph.edit()
                .put(Initializer.ofFloats(bias.name(), values, values.length))
                .build();
    }

    @Test
    void withoutABiasBytesAreNotExpected() {
        Graph graph = biasedFor(Scaling.range(0, 0));
        ScalingChoice choice = ScalingChoice.of(graph, InputPlan.of(graph, InputOptions.DEFAULT));
        assertEquals(List.of(Scaling.IMAGENET, Scaling.UNIT, Scaling.SYMMETRIC), choice.scalings());
        assertTrue(choice.why().startsWith("assumed; give"), choice::why);
    }
}
