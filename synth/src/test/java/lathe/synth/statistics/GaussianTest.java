package lathe.synth.statistics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import lathe.engine.graph.ChannelStatistics;
import lathe.engine.graph.Graph;
import lathe.engine.layer.InputStatistics;
import lathe.engine.layer.Layer;
import lathe.engine.layer.Layers;
import lathe.engine.linalg.GramMatrix;
import lathe.engine.pipeline.StatisticsSource.Measurement;
import lathe.engine.pipeline.StatisticsSource.Statistics;
import lathe.synth.input.InputOptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class GaussianTest {

    private static Statistics measure(Graph graph, int images) {
        try (Measurement measurement = StatisticsSources.gaussian(InputOptions.DEFAULT.withImages(images), 2)
                .open(graph)) {
            assertTrue(measurement.assumptions().get(0).contains("independent"));
            return measurement.measure(Layers.survey(graph).layers(), List.of());
        }
    }

    @ParameterizedTest
    @MethodSource("lathe.synth.statistics.MeasurementTest#oddGraphs")
    void everyLayerOfEveryOddGraphIsMeasured(String file) {
        Graph graph = MeasurementTest.folded(file);
        Statistics statistics = measure(graph, 2);
        for (Layer layer : Layers.survey(graph).layers()) {
            assertTrue(statistics.layers().get(layer.name()).samples() > 0, layer.name());
        }
    }

    /** Relu of N(m, d²) has a mean that is known; taps and channels are independent. */
    @Test
    void layerBehindARectifiedNormalizationSeesIndependentRectifiedGaussians() {
        Graph graph = MeasurementTest.folded("fashion-resnet.onnx");
        Map<String, InputStatistics> statistics = measure(graph, 64).layers();
        int checked = 0;
        for (Layer layer : Layers.survey(graph).layers()) {
            var relu = graph.producer(layer.input()).filter(node -> node.is("Relu"));
            var known = relu.map(node -> graph.statistics().get(node.inputs().get(0)));
            if (known.isPresent() && layer.node().is("Conv")) {
                check(layer, known.get(), statistics.get(layer.name()));
                checked++;
            }
        }
        assertTrue(checked > 3);
    }

    private static void check(Layer layer, ChannelStatistics known, InputStatistics found) {
        GramMatrix gram = found.grams().get(0);
        double[] mean = found.means().get(0);
        int taps = layer.cols() / known.channels();
        int centre = taps / 2; // never in the padding
        for (int a = 0; a < known.channels(); a++) {
            double m = known.mean()[a];
            double d = known.deviation()[a];
            int i = a * taps + centre;
            assertEquals(rectifiedMean(m, d), mean[i], 0.06 * d + 1e-6);
            for (int b = 0; b < a; b++) {
                int j = b * taps + centre;
                double scale = Math.sqrt(gram.at(i, i) * gram.at(j, j)) + 1e-9;
                assertEquals(0, (gram.at(i, j) - mean[i] * mean[j]) / scale, 0.07);
            }
        }
    }

    private static double rectifiedMean(double m, double d) {
        double z = m / d;
        double density = Math.exp(-z * z / 2) / Math.sqrt(2 * Math.PI);
        double steps = 20_000;
        double below = 0;
        for (int i = 0; i < steps; i++) {
            double t = -10 + (z + 10) * (i + 0.5) / steps;
            below += Math.exp(-t * t / 2) / Math.sqrt(2 * Math.PI) * (z + 10) / steps;
        }
        return m * below + d * density;
    }
}
