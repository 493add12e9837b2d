package lathe.cli.commands;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import lathe.cli.CommandRun;
import lathe.cli.options.ChannelSettings;
import lathe.cli.options.ConfigFile;
import lathe.engine.graph.Graph;
import lathe.engine.grid.CodebookFormat;
import lathe.engine.grid.WeightFormat;
import lathe.engine.onnx.OnnxReader;
import lathe.engine.onnx.OnnxWriter;
import lathe.engine.pipeline.CompressionOptions;
import lathe.engine.pipeline.CompressionResult;
import lathe.engine.pipeline.MemoryBudget;
import lathe.engine.pipeline.ProgressListener;
import lathe.engine.qdq.OrtTarget;
import lathe.synth.input.InputOptions;
import lathe.testdata.TestData;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Memory changes how many layers are measured together, and nothing else. */
@Tag("slow")
class MemoryTest {

    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource({"fashion-resnet.onnx, 8", "fashion-mobilenet.onnx, 3"})
    void theBytesAreTheSameForAnyMemory(String name, int bits) throws IOException {
        Graph graph = OnnxReader.read(TestData.bytes(name));
        assertSameForAnyMemory(graph, InputOptions.DEFAULT.withImages(6), WeightFormat.perChannel(bits));
    }

    /** Its codebook is fitted to all layers, measured some at a time. */
    @Test
    void soAreThoseOfACodebook() throws IOException {
        Graph graph = OnnxReader.read(TestData.bytes("fashion-small.onnx"));
        assertSameForAnyMemory(graph, InputOptions.DEFAULT.withImages(6), CodebookFormat.of(1));
    }

    /** Large activations, many of them 0: what was measured of such depended on the samples of a run once. */
    @Test
    void soAreThoseOfATextDetector() throws IOException {
        Graph graph = OnnxReader.read(CommandRun.ocrModel("ch_PP-OCRv3_det_infer.onnx", folder));
        InputOptions inputs = InputOptions.DEFAULT.withImages(8).withShapes(List.of("1,3,160,160"));
        assertSameForAnyMemory(graph, inputs, WeightFormat.perChannel(8));
    }

    /** One layer at a time, a few, and all. */
    private void assertSameForAnyMemory(Graph graph, InputOptions inputs, WeightFormat format) throws IOException {
        byte[] all = written(graph, inputs, format, MemoryBudget.DEFAULT);
        assertArrayEquals(all, written(graph, inputs, format, new MemoryBudget(1)));
        assertArrayEquals(all, written(graph, inputs, format, new MemoryBudget(5L * 500 * 500 * Double.BYTES)));
    }

    private byte[] written(Graph graph, InputOptions inputs, WeightFormat format, MemoryBudget memory)
            throws IOException {
        CompressionOptions options =
                CompressionOptions.DEFAULT.withWeights(format).withThreads(2).withMemory(memory);
        CompressionResult result = new Compression(
                        inputs, options, ChannelSettings.DEFAULT, List.of(), OrtTarget.DEFAULT, true, ConfigFile.NONE)
                .run(graph, ProgressListener.NONE);
        assertTrue(
                result.report().warnings().stream().noneMatch(warning -> warning.contains("uncorrelated")),
                () -> result.report().warnings().toString());
        Path file = folder.resolve("small.onnx");
        OnnxWriter.write(result.graph(), file);
        return Files.readAllBytes(file);
    }
}
