package lathe.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import lathe.engine.graph.Graph;
import lathe.engine.onnx.OnnxReader;
import lathe.synth.network.Network;
import lathe.synth.network.NetworkOptions;
import lathe.synth.network.NetworkOptions.Optimization;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Compressed networks compute the same on processors whose 8-bit kernels add two products in 16 bits. */
class SaturationTest {

    @TempDir
    Path folder;

    private Path compressed(String name, String options) throws IOException {
        Path small = folder.resolve("small.onnx");
        List<Object> words = new ArrayList<>(
                List.of("compress", CommandRun.testFile(name + ".onnx", folder), "-o", small, "--images", 16));
        words.addAll(options.isEmpty() ? List.of() : List.of(options.split(" ")));
        CommandRun.of(words.toArray()).ok();
        return small;
    }

    /** Without the rewrites that depend on the processor. */
    private Graph optimized(Path model) throws IOException {
        Path file = folder.resolve("optimized.onnx");
        Network.of(model, NetworkOptions.DEFAULT.withOptimizedModel(file).withOptimization(Optimization.EXTENDED))
                .close();
        return OnnxReader.read(file);
    }

    @ParameterizedTest
    @CsvSource({
        "fashion-resnet-folded, 16, --solver gptq",
        "fashion-mobilenet, 18, ''",
        "fashion-mobilenet-folded, 18, --solver nearest --granularity tensor",
        "fashion-mobilenet, 18, --solver nearest --asymmetric true",
    })
    void sumsOfKernelsFit16Bits(String name, int layers, String options) throws IOException {
        assertEquals(layers, assertFit16Bits(compressed(name, options)));
    }

    @Tag("slow")
    @ParameterizedTest
    @CsvSource({
        "fashion-resnet, ''",
        "fashion-resnet, --granularity tensor",
        "fashion-mobilenet, --sparsity 0.5",
        "fashion-mobilenet, --weights 2 --activations 8 --min-snr 15",
        "fashion-resnet, --activations 5",
    })
    void sumsOfKernelsFit16BitsWhateverIsAskedFor(String name, String options) throws IOException {
        assertTrue(assertFit16Bits(compressed(name, options)) > 0);
    }

    /** As written, and as run; returns the number of layers. */
    private int assertFit16Bits(Path model) throws IOException {
        int written = KernelSums.assertFit16Bits(OnnxReader.read(model));
        assertEquals(written, KernelSums.assertFit16Bits(optimized(model)));
        return written;
    }

    @Test
    void theFullRangeIsForThoseWhoAskForIt() throws IOException {
        Graph graph = OnnxReader.read(compressed("fashion-resnet", "--target vnni"));
        assertThrows(AssertionError.class, () -> KernelSums.assertFit16Bits(graph));
    }

    /** ONNX Runtime would round the weights of a float layer between integer ones by itself. */
    @Test
    void excludedLayersStayInFloatBetweenIntegerOnes() throws IOException {
        Path small = compressed("fashion-resnet", "--exclude */blocks.1/conv1/*");
        Graph run = optimized(small);
        assertEquals(15, KernelSums.assertFit16Bits(run));
        assertEquals(
                1,
                run.nodes().stream()
                        .filter(node -> node.is("Conv") || node.opType().equals("FusedConv"))
                        .count());
    }
}
