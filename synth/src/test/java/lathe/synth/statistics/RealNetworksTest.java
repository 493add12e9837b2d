package lathe.synth.statistics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import lathe.engine.graph.Graph;
import lathe.engine.layer.InputStatistics;
import lathe.engine.layer.Layer;
import lathe.engine.layer.Layers;
import lathe.engine.onnx.OnnxReader;
import lathe.engine.pipeline.StatisticsSource.Measurement;
import lathe.engine.pipeline.StatisticsSource.Statistics;
import lathe.precondition.GraphPasses;
import lathe.synth.input.InputOptions;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** PP-OCR networks: text direction, detection (transposed convolutions, resizing) and recognition (attention). */
class RealNetworksTest {

    @ParameterizedTest
    @CsvSource({
        "ch_ppocr_mobile_v2.0_cls_infer, '1,3,48,192', 12",
        "ch_PP-OCRv4_det_infer, '1,3,96,96', 4",
        "ch_PP-OCRv4_rec_infer, '1,3,48,160', 4"
    })
    void everyLayerIsMeasured(String name, String shape, int images) throws IOException {
        Graph graph = GraphPasses.batchNormFold().apply(read(name)).graph();
        List<Layer> layers = Layers.survey(graph).layers();
        InputOptions options = InputOptions.DEFAULT.withImages(images).withShapes(List.of(shape));
        try (Measurement measurement = StatisticsSources.synthetic(options, 2).open(graph)) {
            List<String> inputs = layers.stream().map(Layer::input).toList();
            Statistics statistics = measurement.measure(layers, inputs);
            assertTrue(layers.size() > 20);
            for (Layer layer : layers) {
                InputStatistics found = statistics.layers().get(layer.name());
                assertEquals(layer.groups(), found.grams().size());
                assertTrue(Double.isFinite(found.grams().get(0).at(0, 0)));
                assertEquals(0, statistics.values().get(layer.input()).notFinite(), layer.input());
            }
        }
    }

    private static Graph read(String name) throws IOException {
        try (InputStream in = RealNetworksTest.class.getResourceAsStream("/models/" + name + ".onnx")) {
            return OnnxReader.read(in.readAllBytes());
        }
    }
}
