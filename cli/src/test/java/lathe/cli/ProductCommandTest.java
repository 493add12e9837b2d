package lathe.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import lathe.engine.graph.Attribute;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Node;
import lathe.engine.graph.Value;
import lathe.engine.layer.Layer;
import lathe.engine.layer.Layers;
import lathe.engine.onnx.OnnxReader;
import lathe.engine.onnx.OnnxWriter;
import lathe.engine.tensor.ElementType;
import lathe.engine.tensor.WeightMatrix;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Weights on the left, in batches, of Einsum and in groups of ConvTranspose, in every form that weights are written in. */
class ProductCommandTest {

    private static final int INPUTS = 48;
    private static final int OUTPUTS = 20;
    private static final int STEPS = 7;

    @TempDir
    Path folder;

    /** The output on noise; axes without an extent have 3. */
    private static float[] run(Path model) throws IOException {
        Value input = OnnxReader.read(model).inputs().get(0);
        return NoiseRun.output(
                model,
                input.dims().orElseThrow().stream()
                        .mapToLong(dim -> dim.extent().orElse(3))
                        .toArray());
    }

    @ParameterizedTest
    @CsvSource({
        "matmul-left-batched, 5, --weights 8, 35",
        "matmul-left-batched, 5, --weights 4 --ends 4 --block 16 --activations none, 10",
        "matmul-left-batched, 5, --weights 4 --ends 4 --weight-form dequantize, 10",
        "einsum-attention, 5, --weights 8, 30",
        "einsum-attention, 5, --weights nf4 --ends 4 --activations none, 8",
        "einsum-attention, 5, --weights float --sparsity 0.2, 5",
        "conv-transpose-grouped, 4, --weights 8, 40",
        "conv-transpose-grouped, 4, --weights 3 --ends 3 --activations none, 15",
        "conv-transpose-volume, 4, --weights 8 --weight-form archive --activations none, 40",
        "gemm-weights-first, 2, --weights 8 --granularity tensor, 35"
    })
    void allLayersAreCompressedAndComputeTheFloatsThatUnpackWrites(
            String name, int layers, String options, double least) throws IOException {
        Path model = CommandRun.testFile("odd/%s.onnx".formatted(name), folder);
        Path small = CommandRun.compressed(model, folder, (Object[]) options.split(" ", -1));
        assertArrayEquals(run(CommandRun.floats(small, folder)), run(small));
        double snr = NoiseRun.snr(run(model), run(small));
        assertTrue(snr >= least && snr < 80, () -> name + " " + options + ": " + snr);
        String table = CommandRun.of("verify", model, small, "--layers").ok().out();
        int named = Layers.survey(OnnxReader.read(model)).layers().size();
        assertTrue(named >= layers, () -> name + ": " + named);
        for (Layer layer : Layers.survey(OnnxReader.read(model)).layers()) {
            assertTrue(table.contains(layer.name()), table);
        }
    }

    /** H is that of the same inputs at the same positions, however the product is written: so are all codes. */
    @Test
    void aProductHasTheSameWeightsHoweverItIsWritten() throws IOException {
        float[][] expected = weights("MatMul", Map.of(), false);
        assertArrayEquals(expected, weights("Einsum", equation("bsd,de->bse"), false));
        assertArrayEquals(expected, weights("Einsum", equation("ed,bsd->bse"), true));
        assertArrayEquals(expected, weights("MatMul", Map.of(), true));
    }

    private static Map<String, Attribute> equation(String text) {
        return Map.of("equation", new Attribute.Text(text));
    }

    /** The new weights, outputs x inputs, of a network of one product; {@code left} if they are its first operand. */
    private float[][] weights(String opType, Map<String, Attribute> attributes, boolean left) throws IOException {
        Path file = folder.resolve("product.onnx");
        OnnxWriter.write(product(opType, attributes, left), file);
        Path small = CommandRun.compressed(file, folder, "--weights", 4, "--ends", 4, "--activations", "none");
        List<Layer> layers =
                Layers.survey(OnnxReader.read(CommandRun.floats(small, folder))).layers();
        assertTrue(Files.size(small) < 0.5 * Files.size(file));
        assertEquals(1, layers.size());
        WeightMatrix matrix = layers.get(0).matrices().get(0);
        return IntStream.range(0, matrix.rows()).mapToObj(matrix::floatRow).toArray(float[][]::new);
    }

    private static Graph product(String opType, Map<String, Attribute> attributes, boolean left) {
        Random random = new Random(8);
        float[] values = new float[INPUTS * OUTPUTS];
        for (int i = 0; i < INPUTS; i++) {
            for (int o = 0; o < OUTPUTS; o++) {
                values[left ? o * INPUTS + i : i * OUTPUTS + o] = (float) random.nextGaussian();
            }
        }
        Map<String, Attribute> swap = Map.of("perm", new Attribute.Ints(List.of(0L, 2L, 1L)));
        boolean columns = left && opType.equals("MatMul");
        Map<String, Attribute> all = new HashMap<>(attributes);
        List<Node> nodes = columns
                ? List.of(
                        Node.of("", "Transpose", List.of("x"), List.of("t"), swap),
                        Node.of("layer", opType, List.of("w", "t"), List.of("z"), all),
                        Node.of("", "Transpose", List.of("z"), List.of("y"), swap))
                : List.of(Node.of("layer", opType, left ? List.of("w", "x") : List.of("x", "w"), List.of("y"), all));
        return new Graph(
                nodes,
                List.of(Initializer.ofFloats("w", values, left ? OUTPUTS : INPUTS, left ? INPUTS : OUTPUTS)),
                List.of(new Value(
                        "x",
                        ElementType.FLOAT,
                        Optional.of(List.of(Value.Dim.dynamic("N"), Value.Dim.fixed(STEPS), Value.Dim.fixed(INPUTS))),
                        Optional.empty())),
                List.of(Value.ofFloat("y")),
                Map.of("", 18L),
                Map.of(),
                Map.of(),
                Optional.empty());
    }
}
