package lathe.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.Stream;
import lathe.engine.graph.Graph;
import lathe.engine.grid.WeightFormat;
import lathe.engine.layer.LayerError;
import lathe.engine.onnx.OnnxReader;
import lathe.engine.onnx.OnnxWriter;
import lathe.engine.pipeline.CompressionOptions;
import lathe.engine.pipeline.CompressionPipeline;
import lathe.engine.pipeline.CompressionResult;
import lathe.engine.pipeline.LayerErrors;
import lathe.engine.pipeline.MemoryBudget;
import lathe.engine.pipeline.ProgressListener;
import lathe.engine.report.CompressionReport;
import lathe.engine.report.LayerReport;
import lathe.synth.input.InputOptions;
import lathe.synth.statistics.StatisticsSources;
import lathe.testdata.TestData;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What the report says of a layer is what the two files say. */
class LayerErrorsTest {

    private static final InputOptions INPUTS =
            InputOptions.DEFAULT.withMeanStd(new float[] {0.286f}, new float[] {0.353f});

    @TempDir
    Path folder;

    static Stream<WeightFormat> formats() {
        WeightFormat channel = WeightFormat.perChannel(4);
        return Stream.of(
                WeightFormat.perChannel(8),
                channel,
                WeightFormat.perChannel(2),
                channel.perTensor(),
                channel.perBlock(16),
                channel.perBlock(16).asymmetric(),
                WeightFormat.perChannel(3).asymmetric());
    }

    @ParameterizedTest
    @MethodSource("formats")
    void reportedErrorIsThatOfTheTwoFiles(WeightFormat format) throws IOException {
        for (String name : List.of("fashion-mobilenet", "fashion-resnet")) {
            reportedErrorIsThatOfTheTwoFiles(name, format, MemoryBudget.DEFAULT);
        }
    }

    @Test
    void layersTooWideForTheMemoryAreTakenAsUncorrelated() throws IOException {
        MemoryBudget memory = new MemoryBudget(5L * 300 * 300 * Double.BYTES);
        CompressionReport report =
                reportedErrorIsThatOfTheTwoFiles("fashion-resnet", WeightFormat.perChannel(4), memory);
        List<LayerReport> wide = report.layers().stream()
                .filter(layer -> layer.shape().stream().skip(1).reduce(1L, (a, b) -> a * b) > 300)
                .toList();
        assertEquals(3, wide.size(), wide::toString);
        for (LayerReport layer : report.layers()) {
            boolean warned = report.warnings().stream()
                    .anyMatch(line -> line.contains("'%s'".formatted(layer.layer())) && line.contains("uncorrelated"));
            assertEquals(wide.contains(layer), warned, layer.layer());
            assertEquals(wide.contains(layer) ? "nearest" : "best", layer.solver(), layer.layer());
        }
    }

    private CompressionReport reportedErrorIsThatOfTheTwoFiles(String name, WeightFormat format, MemoryBudget memory)
            throws IOException {
        Path original = Files.write(folder.resolve(name + ".onnx"), TestData.bytes(name + ".onnx"));
        Path small = folder.resolve(name + ".small.onnx");
        CompressionOptions options = CompressionOptions.DEFAULT
                .withWeights(format)
                .withActivationBits(OptionalInt.empty())
                .withThreads(2)
                .withMemory(memory);
        CompressionResult result = new Compression(INPUTS, options, SolverChoice.BEST, true, Map.of())
                .run(OnnxReader.read(original), ProgressListener.NONE);
        OnnxWriter.write(result.graph(), small);

        Graph written = OnnxReader.read(small);
        String rewrites = written.metadata().getOrDefault(CompressionPipeline.REWRITES, "");
        Graph prepared = Compression.prepared(OnnxReader.read(original), List.of(rewrites.split(" ")));
        Map<String, LayerError> recomputed =
                LayerErrors.of(prepared, written, StatisticsSources.synthetic(INPUTS, 2), memory);
        assertEquals(result.report().layers().size(), recomputed.size());
        for (LayerReport layer : result.report().layers()) {
            double relative = recomputed.get(layer.layer()).relative();
            assertTrue(relative > 0, layer.layer());
            assertEquals(relative, layer.error(), 1e-3 * relative, layer.layer());
        }
        return result.report();
    }
}
