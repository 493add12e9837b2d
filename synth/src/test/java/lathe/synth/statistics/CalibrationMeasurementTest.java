package lathe.synth.statistics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.Map;
import lathe.engine.graph.Graph;
import lathe.engine.pipeline.StatisticsSource;
import lathe.engine.pipeline.StatisticsSource.Measurement;
import lathe.synth.input.Feeds;
import lathe.synth.network.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CalibrationMeasurementTest extends MeasurementContract {

    @Override
    StatisticsSource source(int images, int threads) {
        return CalibrationSource.of(Map.of("image", FashionPhotographs.tensor(images)), threads, 0);
    }

    /** Batches that the file fixes or leaves open: each sample is looked at once, as it was given. */
    @ParameterizedTest
    @ValueSource(strings = {"odd/shape-fixed-batch.onnx", "odd/conv-valid.onnx", "odd/gemm-bn.onnx"})
    void givenSamplesAreWhatIsMeasured(String file) {
        Graph graph = MeasurementTest.folded(file);
        Feeds noise = NoiseFeeds.of(graph, 1);
        String input = graph.requiredInputs().get(0).name();
        long[] dims = noise.batch(0, 1).get(input).dims().clone();
        int length = (int) Tensor.elements(dims);
        dims[0] = 3;
        float[] values = new float[3 * length];
        for (int i = 0; i < values.length; i++) {
            values[i] = i;
        }
        StatisticsSource source = CalibrationSource.of(Map.of(input, Tensor.of(values, dims)), 2, 0);
        try (Measurement measurement = source.open(graph)) {
            String output = graph.nodes().get(0).output();
            var histograms =
                    measurement.measure(List.of(), List.of(input, output)).values();
            assertEquals(values.length, histograms.get(input).count());
            assertEquals(0, histograms.get(input).min());
            assertEquals(values.length - 1, histograms.get(input).max());
            assertEquals(0, measurement.outputError(graph));
        }
    }

    @Test
    void inputsNeedTheSameNumberOfSamples() {
        Map<String, Tensor> uneven = Map.of("a", Tensor.of(new float[2], 2, 1), "b", Tensor.of(new float[3], 3, 1));
        assertThrows(IllegalArgumentException.class, () -> CalibrationSource.of(uneven, 1, 0));
        Map<String, Tensor> none = Map.of("a", Tensor.of(new float[0], 0, 1));
        assertThrows(IllegalArgumentException.class, () -> CalibrationSource.of(none, 1, 0));
        assertThrows(IllegalArgumentException.class, () -> CalibrationSource.of(Map.of(), 1, 0));
    }
}
