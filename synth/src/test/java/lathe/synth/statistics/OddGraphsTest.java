package lathe.synth.statistics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import lathe.engine.graph.Graph;
import lathe.engine.layer.InputStatistics;
import lathe.engine.layer.Layer;
import lathe.engine.layer.Layers;
import lathe.engine.onnx.OnnxReader;
import lathe.engine.pipeline.StatisticsSource.Measurement;
import lathe.engine.pipeline.StatisticsSource.Statistics;
import lathe.precondition.GraphPasses;
import lathe.synth.input.InputOptions;
import lathe.testdata.TestData;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class OddGraphsTest {

    static Stream<String> files() {
        return new String(TestData.bytes("odd/index.txt"), java.nio.charset.StandardCharsets.UTF_8)
                .lines()
                .filter(line -> line.endsWith("\truns"))
                .map(line -> line.substring(0, line.indexOf('\t')))
                .filter(name -> !name.startsWith("external/") && !name.equals("weights-also-inputs.onnx"));
    }

    @ParameterizedTest
    @MethodSource("files")
    void everyLayerOfAnOddGraphIsMeasured(String file) {
        Graph graph = GraphPasses.batchNormFold()
                .apply(OnnxReader.read(TestData.bytes("odd/" + file)))
                .graph();
        List<Layer> layers = Layers.survey(graph).layers();
        Set<String> values = new LinkedHashSet<>();
        layers.forEach(layer -> values.addAll(List.of(layer.input(), layer.output())));
        try (Measurement measurement = StatisticsSources.synthetic(InputOptions.DEFAULT.withImages(3), 2)
                .open(graph)) {
            Statistics statistics = measurement.measure(layers, values);
            assertEquals(layers.size(), statistics.layers().size());
            assertEquals(values, statistics.values().keySet());
            for (Layer layer : layers) {
                InputStatistics found = statistics.layers().get(layer.name());
                assertEquals(layer.groups(), found.grams().size(), layer.name());
                assertEquals(layer.cols(), found.grams().get(0).order(), layer.name());
                assertTrue(found.samples() > 0, layer.name());
            }
        }
    }
}
