package lathe.cli.commands;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import lathe.cli.options.ChannelSettings;
import lathe.cli.options.ConfigFile;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Node;
import lathe.engine.graph.Value;
import lathe.engine.grid.CodebookFormat;
import lathe.engine.onnx.OnnxWriter;
import lathe.engine.pipeline.CompressionOptions;
import lathe.engine.pipeline.CompressionResult;
import lathe.engine.pipeline.MemoryBudget;
import lathe.engine.pipeline.ProgressListener;
import lathe.engine.qdq.OrtTarget;
import lathe.engine.report.LayerReport;
import lathe.engine.tensor.ElementType;
import lathe.synth.input.InputOptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One codebook for the layers of a network, from synthetic inputs to the file. */
class CodebookTest {

    @TempDir
    Path folder;

    /** Convs of 1 x 3, the first with few input channels. */
    private static Graph network() {
        Random random = new Random(3);
        int[] channels = {3, 40, 40, 40, 5};
        List<Node> nodes = new ArrayList<>();
        List<Initializer> constants = new ArrayList<>();
        for (int i = 0; i + 1 < channels.length; i++) {
            float[] weights = new float[channels[i + 1] * channels[i] * 3];
            for (int j = 0; j < weights.length; j++) {
                weights[j] = (float) (random.nextGaussian() / Math.sqrt(3 * channels[i]));
            }
            constants.add(Initializer.ofFloats("w" + i, weights, channels[i + 1], channels[i], 1, 3));
            nodes.add(Node.of("n" + i, "Conv", List.of("x" + i, "w" + i), List.of("c" + i), Map.of()));
            nodes.add(Node.of("r" + i, "Relu", List.of("c" + i), List.of("x" + (i + 1)), Map.of()));
        }
        Optional<List<Value.Dim>> dims = Optional.of(
                List.of(1L, 3L, 8L, 16L).stream().map(Value.Dim::fixed).toList());
        Value input = new Value("x0", ElementType.FLOAT, dims, Optional.empty());
        return new Graph(
                nodes,
                constants,
                List.of(input),
                List.of(Value.ofFloat("x4")),
                Map.of("", 13L),
                Map.of(),
                Map.of(),
                Optional.empty());
    }

    private static CompressionResult compressed(int tables, int threads, MemoryBudget memory) {
        CompressionOptions options = CompressionOptions.DEFAULT
                .withWeights(CodebookFormat.of(tables))
                .withThreads(threads)
                .withMemory(memory);
        return new Compression(
                        InputOptions.DEFAULT.withImages(4),
                        options,
                        ChannelSettings.DEFAULT,
                        List.of(),
                        OrtTarget.DEFAULT,
                        true,
                        ConfigFile.NONE)
                .run(network(), ProgressListener.NONE);
    }

    private byte[] written(CompressionResult result) throws IOException {
        Path file = folder.resolve("small.onnx");
        OnnxWriter.write(result.graph(), file);
        return Files.readAllBytes(file);
    }

    @Test
    void theBytesAreTheSameForAnyThreadsAndMemory() throws IOException {
        byte[] expected = written(compressed(1, 1, MemoryBudget.DEFAULT));
        assertArrayEquals(expected, written(compressed(1, 2, MemoryBudget.DEFAULT)));
        assertArrayEquals(expected, written(compressed(1, 2, new MemoryBudget(1))));
    }

    @Test
    void layersShareATableAndTwoTablesLoseLess() {
        CompressionResult one = compressed(1, 2, MemoryBudget.DEFAULT);
        CompressionResult two = compressed(2, 2, MemoryBudget.DEFAULT);
        assertEquals(1, tables(one));
        assertEquals(2, tables(two));
        assertEquals(
                List.of("int8", "kernel-codebook", "kernel-codebook", "int8"),
                one.report().layers().stream().map(LayerReport::format).toList());
        for (int layer = 1; layer < 3; layer++) {
            double loss = one.report().layers().get(layer).error();
            assertTrue(loss < 0.2, "loss " + loss);
            assertTrue(two.report().layers().get(layer).error() < 0.3 * loss);
        }
    }

    private static long tables(CompressionResult result) {
        return result.graph().initializers().values().stream()
                .filter(tensor -> tensor.dims().equals(List.of(256L, 3L)) && tensor.type() == ElementType.INT8)
                .count();
    }
}
