package lathe.cli.commands;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import lathe.cli.options.ChannelSettings;
import lathe.cli.options.ConfigFile;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Node;
import lathe.engine.graph.Value;
import lathe.engine.grid.WeightFormat;
import lathe.engine.layer.LayerError;
import lathe.engine.linalg.GramMatrix;
import lathe.engine.onnx.OnnxReader;
import lathe.engine.onnx.OnnxWriter;
import lathe.engine.pipeline.CompressionOptions;
import lathe.engine.pipeline.CompressionPipeline;
import lathe.engine.pipeline.CompressionResult;
import lathe.engine.pipeline.LayerErrors;
import lathe.engine.pipeline.MemoryBudget;
import lathe.engine.pipeline.ProgressListener;
import lathe.engine.qdq.OrtTarget;
import lathe.engine.report.CompressionReport;
import lathe.engine.report.LayerReport;
import lathe.engine.tensor.ElementType;
import lathe.synth.input.InputOptions;
import lathe.synth.statistics.StatisticsSources;
import lathe.testdata.TestData;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What the report says of a layer is what the two files say. */
class LayerErrorsTest {

    private static final InputOptions GREY =
            InputOptions.DEFAULT.withImages(8).withMeanStd(new float[] {0.286f}, new float[] {0.353f});

    @TempDir
    Path folder;

    static Stream<WeightFormat> otherFormats() {
        WeightFormat channel = WeightFormat.perChannel(4);
        return Stream.of(
                channel,
                WeightFormat.perChannel(2),
                channel.perTensor(),
                channel.perBlock(16),
                channel.perBlock(16).asymmetric(),
                WeightFormat.perChannel(3).asymmetric());
    }

    @Tag("slow")
    @Test
    void reportedErrorIsThatOfTheTwoFiles() throws IOException {
        soItIsInOtherFormats(WeightFormat.perChannel(8));
    }

    @Tag("slow")
    @ParameterizedTest
    @MethodSource("otherFormats")
    void soItIsInOtherFormats(WeightFormat format) throws IOException {
        for (String name : List.of("fashion-mobilenet", "fashion-small")) {
            reportedErrorIsThatOfTheTwoFiles(TestData.bytes(name + ".onnx"), GREY, format);
        }
    }

    @Test
    void veryWideLayersAreTakenAsUncorrelated() throws IOException {
        int wide = GramMatrix.LARGEST_WHOLE + 1;
        CompressionReport report = reportedErrorIsThatOfTheTwoFiles(
                twoProducts(wide, 12, 3), InputOptions.DEFAULT, WeightFormat.perChannel(4));
        assertEquals(
                List.of("nearest", "best"),
                report.layers().stream().map(LayerReport::solver).toList());
        assertEquals(
                List.of("layer 'wide': its 11181 inputs are treated as uncorrelated, as in every layer with more than"
                        + " 11180"),
                report.warnings());
    }

    private byte[] twoProducts(int inputs, int hidden, int outputs) throws IOException {
        SplittableRandom random = new SplittableRandom(1);
        List<Initializer> weights = new ArrayList<>();
        for (int[] dims : List.of(new int[] {inputs, hidden}, new int[] {hidden, outputs})) {
            float[] values = new float[dims[0] * dims[1]];
            for (int i = 0; i < values.length; i++) {
                values[i] = (float) random.nextGaussian();
            }
            weights.add(Initializer.ofFloats("w" + weights.size(), values, dims[0], dims[1]));
        }
        Value input = new Value(
                "x",
                ElementType.FLOAT,
                Optional.of(List.of(Value.Dim.dynamic("N"), Value.Dim.fixed(inputs))),
                Optional.empty());
        Graph graph = new Graph(
                List.of(
                        Node.of("wide", "MatMul", List.of("x", "w0"), List.of("h"), Map.of()),
                        Node.of("narrow", "MatMul", List.of("h", "w1"), List.of("y"), Map.of())),
                weights,
                List.of(input),
                List.of(Value.ofFloat("y")),
                Map.of("", 13L),
                Map.of(),
                Map.of(),
                Optional.empty());
        Path file = folder.resolve("products.onnx");
        OnnxWriter.write(graph, file);
        return Files.readAllBytes(file);
    }

    private CompressionReport reportedErrorIsThatOfTheTwoFiles(byte[] model, InputOptions inputs, WeightFormat format)
            throws IOException {
        Path original = Files.write(folder.resolve("model.onnx"), model);
        Path small = folder.resolve("small.onnx");
        CompressionOptions options = CompressionOptions.DEFAULT
                .withWeights(format)
                .withActivationBits(OptionalInt.empty())
                .withThreads(2);
        CompressionResult result = new Compression(
                        inputs, options, ChannelSettings.DEFAULT, List.of(), OrtTarget.DEFAULT, true, ConfigFile.NONE)
                .run(OnnxReader.read(original), ProgressListener.NONE);
        OnnxWriter.write(result.graph(), small);

        Graph written = OnnxReader.read(small);
        String rewrites = written.metadata().getOrDefault(CompressionPipeline.REWRITES, "");
        Graph prepared = Compression.prepared(OnnxReader.read(original), List.of(rewrites.split(" ")));
        Map<String, LayerError> recomputed = LayerErrors.of(
                        prepared,
                        written,
                        OrtTarget.DEFAULT,
                        StatisticsSources.synthetic(inputs, 2),
                        MemoryBudget.DEFAULT)
                .errors();
        assertEquals(result.report().layers().size(), recomputed.size());
        for (LayerReport layer : result.report().layers()) {
            double relative = recomputed.get(layer.layer()).relative();
            assertTrue(relative > 0, layer.layer());
            assertEquals(relative, layer.error(), 1e-3 * relative, layer.layer());
        }
        return result.report();
    }
}
