package lathe.synth.statistics;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import lathe.engine.graph.ChannelAffine;
import lathe.engine.graph.ChannelStatistics;
import lathe.engine.graph.Graph;
import lathe.engine.pipeline.StatisticsSource.Measurement;
import lathe.synth.input.InputOptions;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class DriftTest {

    private static Measurement open(Graph graph, int images) {
        return StatisticsSources.synthetic(InputOptions.DEFAULT.withImages(images), 2)
                .open(graph);
    }

    /** The outputs of all layers at once are mapped channel by channel; each map is undone as if it were the only one. */
    @Property(tries = 6, seed = "7", shrinking = ShrinkingMode.OFF)
    void driftUndoesAffineMapsOfAllValues(@ForAll Random random) {
        Graph graph = MeasurementTest.folded("fashion-mobilenet.onnx");
        Map<String, ChannelAffine> maps = new HashMap<>();
        for (String value : MeasurementContract.known(graph)) {
            maps.put(value, randomMap(random, graph.statistics().get(value)));
        }
        int channels = 0;
        int dead = 0;
        try (Measurement measurement = open(graph, 8)) {
            for (Map.Entry<String, ChannelAffine> drift :
                    measurement.drift(Changes.mapped(graph, maps)).entrySet()) {
                ChannelStatistics known = graph.statistics().get(drift.getKey());
                ChannelAffine map = maps.get(drift.getKey());
                for (int c = 0; c < map.channels(); c++) {
                    double scale = drift.getValue().scale()[c];
                    double shift = drift.getValue().shift()[c];
                    channels++;
                    if (scale == 1 && shift == 0) {
                        dead++;
                    } else {
                        assertEquals(1 / map.scale()[c], scale, 1e-3 / map.scale()[c], drift.getKey());
                        assertEquals(
                                -map.shift()[c] / map.scale()[c], shift, 1e-2 * known.deviation()[c], drift.getKey());
                    }
                }
            }
        }
        assertTrue(dead < 0.05 * channels, dead + " of " + channels);
    }

    /** Factors of 0.4 to 2.5, shifts of up to a deviation. */
    private static ChannelAffine randomMap(Random random, ChannelStatistics known) {
        ChannelAffine map = ChannelAffine.identity(known.channels());
        for (int c = 0; c < map.channels(); c++) {
            map.scale()[c] = Math.pow(2.5, 2 * random.nextDouble() - 1);
            map.shift()[c] = (2 * random.nextDouble() - 1) * known.deviation()[c];
        }
        return map;
    }

    @ParameterizedTest
    @MethodSource("lathe.synth.statistics.MeasurementTest#oddGraphs")
    void everyOddGraphIsWithoutDriftAgainstItself(String file) {
        Graph graph = MeasurementTest.folded(file);
        try (Measurement measurement = open(graph, 3)) {
            measurement.drift(graph).forEach((value, map) -> {
                assertArrayEquals(ChannelAffine.identity(map.channels()).scale(), map.scale(), value);
                assertArrayEquals(new double[map.channels()], map.shift(), value);
            });
        }
    }

    /** Why it is worth having: noise on all weights, by which statistics drift, costs less once they are brought back. */
    @ParameterizedTest
    @ValueSource(strings = {"fashion-resnet.onnx", "fashion-mobilenet.onnx"})
    void nothingDriftsOnceTheDriftIsCorrectedAndTheErrorFalls(String file) {
        Graph graph = MeasurementTest.folded(file);
        Graph noisy = Changes.noisy(graph, 0.2);
        try (Measurement measurement = open(graph, 32)) {
            Graph back = Changes.mapped(noisy, measurement.drift(noisy));
            assertTrue(measurement.outputError(back) < 0.8 * measurement.outputError(noisy));
            measurement.drift(back).forEach((value, map) -> {
                for (int c = 0; c < map.channels(); c++) {
                    float deviation = graph.statistics().get(value).deviation()[c];
                    assertEquals(1, map.scale()[c], 1e-3, value);
                    assertEquals(0, map.shift()[c], 1e-3 * deviation, value);
                }
            });
        }
    }

    /** Behind a Gemm, a ConvTranspose, in groups, beside a bias, and where parameters are shared. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "odd/gemm-bn.onnx",
                "odd/convtranspose-bn.onnx",
                "odd/convtranspose-grouped-bn.onnx",
                "odd/bn-conv-bias.onnx",
                "odd/bn-shared.onnx"
            })
    void doubledWeightsOfAnyKindOfLayerDriftBackByHalf(String file) {
        Graph graph = MeasurementTest.folded(file);
        String value = MeasurementContract.known(graph).get(0);
        try (Measurement measurement = open(graph, 5)) {
            Map<String, ChannelAffine> drift = measurement.drift(Changes.constant(graph, value, 1, Changes.times(2)));
            for (double scale : drift.get(value).scale()) {
                assertEquals(0.5, scale, 1e-5);
            }
        }
    }

    /** One channel had variance 0 in training, another has scale 0: both always give β, so nothing is to be corrected. */
    @Test
    void constantChannelsOfTrainingHaveNoDrift() {
        Graph graph = MeasurementTest.folded("odd/bn-zero-variance.onnx");
        int constant = 0;
        try (Measurement measurement = open(graph, 5)) {
            Map<String, ChannelAffine> drift = measurement.drift(Changes.noisy(graph, 0.2));
            for (Map.Entry<String, ChannelAffine> entry : drift.entrySet()) {
                float[] deviation = graph.statistics().get(entry.getKey()).deviation();
                for (int c = 0; c < deviation.length; c++) {
                    boolean identity =
                            entry.getValue().scale()[c] == 1 && entry.getValue().shift()[c] == 0;
                    assertEquals(deviation[c] == 0, identity);
                    constant += deviation[c] == 0 ? 1 : 0;
                }
            }
        }
        assertEquals(2, constant);
    }
}
