package lathe.synth.statistics;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import lathe.engine.graph.Graph;
import lathe.engine.layer.Layer;
import lathe.engine.layer.Layers;
import lathe.engine.linalg.GramMatrix;
import lathe.engine.pipeline.StatisticsSource;
import lathe.engine.pipeline.StatisticsSource.Measurement;
import lathe.engine.pipeline.StatisticsSource.Statistics;
import lathe.synth.input.InputOptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Why the statistics are made as they are: against those from real test images of Fashion-MNIST. */
class CloseToRealTest {

    private static final int IMAGES = 128;

    @Tag("slow")
    @Test
    void structuredImagesReCentredComeClosestToRealOnes() {
        Graph graph = MeasurementTest.folded("fashion-mobilenet.onnx");
        Graph forgetful = graph.withoutStatistics();
        StatisticsSource photographs = CalibrationSource.of(Map.of("image", FashionPhotographs.tensor(IMAGES)), 2, 0);
        Statistics real;
        try (Measurement measurement = photographs.open(graph)) {
            real = measurement.measure(Layers.survey(graph).layers(), List.of());
        }
        InputOptions options = InputOptions.DEFAULT.withImages(IMAGES);
        double reCentred = distance(StatisticsSources.synthetic(options, 2), graph, real);
        double asTheyAre = distance(StatisticsSources.synthetic(options, 2), forgetful, real);
        double gaussian = distance(StatisticsSources.gaussian(options, 2), graph, real);
        assertTrue(reCentred < 0.7 * gaussian, "%s against %s".formatted(reCentred, gaussian));
        assertTrue(reCentred < 0.5 * asTheyAre, "%s against %s".formatted(reCentred, asTheyAre));
    }

    /** The mean over layers of the relative distance of Gram matrices. */
    private static double distance(StatisticsSource source, Graph graph, Statistics real) {
        List<Layer> layers = Layers.survey(graph).layers();
        try (Measurement measurement = source.open(graph)) {
            return distance(layers, measurement.measure(layers, List.of()), real);
        }
    }

    static double distance(List<Layer> layers, Statistics found, Statistics real) {
        return layers.stream()
                .mapToDouble(layer -> distance(
                        found.layers().get(layer.name()).grams().get(0),
                        real.layers().get(layer.name()).grams().get(0)))
                .average()
                .orElseThrow();
    }

    private static double distance(GramMatrix a, GramMatrix b) {
        double difference = 0;
        double norm = 0;
        for (int i = 0; i < a.order(); i++) {
            for (int j = 0; j < a.order(); j++) {
                difference += Math.pow(a.at(i, j) - b.at(i, j), 2);
                norm += Math.pow(b.at(i, j), 2);
            }
        }
        return Math.sqrt(difference / norm);
    }
}
