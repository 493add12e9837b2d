package lathe.synth.network;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import lathe.engine.graph.Attribute;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Node;
import lathe.engine.graph.Value;
import lathe.engine.grid.Blocks;
import lathe.engine.grid.Codebook;
import lathe.engine.grid.CodebookFormat;
import lathe.engine.grid.CodedFormat;
import lathe.engine.grid.LevelTable;
import lathe.engine.grid.TableFormat;
import lathe.engine.grid.WeightFormat;
import lathe.engine.grid.WeightFormat.Sharing;
import lathe.engine.layer.CompressedLayer;
import lathe.engine.layer.FloatWeights;
import lathe.engine.layer.Layer;
import lathe.engine.layer.Layers;
import lathe.engine.layer.QuantizedWeights;
import lathe.engine.layer.SolvedLayer;
import lathe.engine.onnx.OnnxReader;
import lathe.engine.onnx.OnnxWriter;
import lathe.engine.qdq.Dequantization;
import lathe.engine.qdq.OrtTarget;
import lathe.engine.qdq.Processor;
import lathe.engine.qdq.WeightForm;
import lathe.engine.tensor.ElementType;
import lathe.engine.tensor.WeightMatrix;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Weights in fewer bits than an ONNX type has, and without their zeros, as ONNX Runtime unpacks them. */
class PackedFormTest {

    @TempDir
    Path folder;

    /** A layer with an input and an output of its own. */
    private record Case(String op, List<Long> weights, Map<String, Attribute> attributes, List<Long> input) {}

    private static Map<String, Attribute> group(int groups) {
        return Map.of("group", new Attribute.Int(groups));
    }

    /** Every operator and layout; most have a number of weights that is no multiple of 8. */
    private static final List<Case> CASES = List.of(
            new Case("Conv", List.of(37L, 33L, 3L, 3L), Map.of(), List.of(1L, 33L, 5L, 5L)),
            new Case("Conv", List.of(335L, 1L, 3L, 3L), group(335), List.of(1L, 335L, 5L, 5L)),
            new Case("Conv", List.of(64L, 32L, 3L), group(2), List.of(1L, 64L, 7L)),
            new Case("ConvTranspose", List.of(48L, 35L, 3L, 3L), Map.of(), List.of(1L, 48L, 3L, 3L)),
            new Case("Gemm", List.of(123L, 67L), Map.of(), List.of(2L, 123L)),
            new Case("Gemm", List.of(67L, 123L), Map.of("transB", new Attribute.Int(1)), List.of(2L, 123L)),
            new Case("MatMul", List.of(71L, 113L), Map.of(), List.of(2L, 3L, 71L)));

    private static final TableFormat SIX_LEVELS =
            new TableFormat("six", new LevelTable(-1, -0.3f, 0, 0.2f, 0.5f, 1), false, Sharing.CHANNEL, 0);

    static Stream<Arguments> formats() {
        List<WeightFormat> formats = new ArrayList<>();
        for (int bits = 2; bits <= 8; bits++) {
            WeightFormat format = WeightFormat.perChannel(bits);
            for (WeightFormat shared : List.of(format, format.perTensor(), format.perBlock(32))) {
                formats.addAll(List.of(shared, shared.asymmetric()));
            }
        }
        for (TableFormat table : List.of(
                TableFormat.NF4, SIX_LEVELS, TableFormat.midrise(1), TableFormat.midrise(2), TableFormat.lloyd(5))) {
            formats.addAll(List.of(table, table.perTensor(), table.perBlock(32)));
        }
        return formats.stream().flatMap(format -> Stream.of(0, 0.7).map(zeros -> Arguments.of(format, zeros)));
    }

    @ParameterizedTest
    @MethodSource("formats")
    void theRuntimeUnpacksTheSameWeightsToTheBit(WeightFormat format, double zeros) {
        for (long opset : new long[] {13, 18, 21, 25}) {
            assertSameWeights(network(opset), format, zeros);
        }
    }

    private static void assertSameWeights(Graph graph, WeightFormat format, double zeros) {
        List<SolvedLayer> solved = solved(graph, Optional.of(format), zeros);
        Graph written = written(graph, solved);
        Map<String, float[]> weights = weightsInRuntime(written, solved);
        Graph plain = Dequantization.toFloat(written).graph();
        assertEquals(graph.nodes().size(), plain.nodes().size());
        for (SolvedLayer layer : solved) {
            float[] expected = layer.storedFloats();
            assertArrayEquals(expected, weights.get(layer.layer().output()), layer.layer()::output);
            assertArrayEquals(expected, read(written, layer), layer.layer()::output);
            assertArrayEquals(expected, read(plain, layer), layer.layer()::output);
        }
    }

    /** What ONNX Runtime runs in a default session is the network with float weights. */
    @ParameterizedTest
    @MethodSource("formats")
    void nothingIsLeftButTheLayers(WeightFormat format, double zeros) throws IOException {
        Graph graph = network(18);
        List<SolvedLayer> solved = solved(graph, Optional.of(format), zeros);
        Graph inFloat = written(graph, solved(graph, Optional.empty(), 0));
        Graph packed = written(graph, solved);
        assertEquals(optimized(inFloat), optimized(packed));
        assertEquals(
                List.of("its weights are already quantized"),
                Layers.survey(packed).skipped().stream()
                        .map(Layers.Skipped::reason)
                        .distinct()
                        .toList());
    }

    /** Codes of 4, 2 and 1 bits need nothing newer than BitShift. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7})
    void aWeightTakesItsBitsAndLittleMore(int bits) {
        long opset = Integer.bitCount(bits) == 1 ? 13 : 18;
        Graph graph = network(opset);
        WeightFormat format = bits == 1 ? TableFormat.midrise(1) : WeightFormat.perChannel(bits);
        List<SolvedLayer> solved = solved(graph, Optional.of(format), 0);
        Graph written = written(graph, solved);
        long codes = written.initializers().values().stream()
                .filter(tensor -> tensor.type() == ElementType.UINT8 || tensor.type() == ElementType.INT8)
                .mapToLong(tensor -> tensor.bytes().size())
                .sum();
        long weights = CASES.stream().mapToLong(PackedFormTest::count).sum();
        assertEquals(bits, 8.0 * codes / weights, 0.02);
    }

    @Test
    void zerosOfFloatsTakeABit() throws IOException {
        Graph graph = network(13);
        List<SolvedLayer> solved = solved(graph, Optional.empty(), 0.7);
        Graph written = written(graph, solved);
        Map<String, float[]> weights = weightsInRuntime(written, solved);
        for (SolvedLayer layer : solved) {
            assertArrayEquals(layer.storedFloats(), weights.get(layer.layer().output()), layer.layer()::output);
            assertArrayEquals(layer.storedFloats(), read(written, layer), layer.layer()::output);
        }
        Graph dense = written(graph, solved(graph, Optional.empty(), 0));
        assertEquals(optimized(dense), optimized(written));
        double ratio = (double) OnnxWriter.size(written) / OnnxWriter.size(dense);
        assertTrue(ratio < 0.345, "ratio " + ratio);
    }

    /** A bitmap and a third of 4 bits: less than the 4 bits of a dense layer. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void zerosOfCodesTakeABit(boolean zeroPoints) {
        Graph graph = network(21);
        WeightFormat four = WeightFormat.perChannel(4);
        WeightFormat format = zeroPoints ? four.asymmetric() : four;
        long dense = OnnxWriter.size(written(graph, solved(graph, Optional.of(format), 0)));
        long sparse = OnnxWriter.size(written(graph, solved(graph, Optional.of(format), 0.7)));
        long weights = CASES.stream().mapToLong(PackedFormTest::count).sum();
        assertEquals((4 - 1 - 0.3 * 4) * weights / 8, (double) (dense - sparse), 1_200, "less for the nodes");
    }

    /** A network too small for the nodes that unpack keeps bytes. */
    @Test
    void aSmallNetworkIsNotPacked() {
        Case small = new Case("Conv", List.of(4L, 3L, 3L, 3L), Map.of(), List.of(1L, 3L, 5L, 5L));
        Graph graph = network(18, List.of(small));
        Graph written = written(graph, solved(graph, Optional.of(WeightFormat.perChannel(6)), 0));
        assertTrue(written.nodes().stream().noneMatch(node -> node.is("BitShift")));
    }

    /** A scale that would lose bits if it was divided by a power of two. */
    @Test
    void aTinyScaleIsNotPacked() {
        Graph graph = network(18);
        List<SolvedLayer> solved = new ArrayList<>();
        for (SolvedLayer layer : solved(graph, Optional.of(WeightFormat.perChannel(6)), 0)) {
            double[] factors = new double[layer.layer().rowsPerGroup()];
            Arrays.fill(factors, Float.MIN_NORMAL);
            List<CompressedLayer> scaled = new ArrayList<>();
            layer.groups().forEach(group -> scaled.add(group.scaled(factors)));
            solved.add(new SolvedLayer(layer.layer(), scaled, layer.bias()));
        }
        Graph written = written(graph, solved);
        for (SolvedLayer layer : solved) {
            assertArrayEquals(layer.storedFloats(), read(written, layer), layer.layer()::output);
        }
        assertTrue(written.nodes().stream().noneMatch(node -> node.is("BitShift")));
    }

    /** For an entropy coder: bytes where they hold all codes of a layer, else two bytes, and no bitmaps. */
    @ParameterizedTest
    @ValueSource(ints = {127, 128, Short.MAX_VALUE})
    void codedIntegersAreWrittenAsTheyAre(int largest) {
        Graph graph = network(13);
        Random random = new Random(7);
        List<SolvedLayer> solved = new ArrayList<>();
        for (SolvedLayer layer : solved(graph, Optional.of(new CodedFormat(20)), 0)) {
            for (QuantizedWeights group : layer.quantized()) {
                Arrays.fill(group.codes(), (short) 0);
                group.codes()[random.nextInt(group.codes().length)] = (short) largest;
                group.codes()[random.nextInt(group.codes().length)] = (short) -largest;
            }
            solved.add(layer);
        }
        Graph written = written(graph, solved);
        Map<String, float[]> weights = weightsInRuntime(written, solved);
        for (SolvedLayer layer : solved) {
            assertArrayEquals(layer.storedFloats(), weights.get(layer.layer().output()), layer.layer()::output);
            assertArrayEquals(layer.storedFloats(), read(written, layer), layer.layer()::output);
        }
        ElementType expected = largest > Byte.MAX_VALUE ? ElementType.INT16 : ElementType.INT8;
        assertEquals(
                CASES.size(),
                written.initializers().values().stream()
                        .filter(tensor -> tensor.type() == expected && tensor.elements() > 1000)
                        .count());
    }

    /** Layers whose kernels, or parts of them, or channels are vectors of 9, 3, 5 and 4 weights. */
    private static final List<Case> OF_VECTORS = List.of(
            new Case("Conv", List.of(37L, 33L, 3L, 3L), Map.of(), List.of(1L, 33L, 5L, 5L)),
            new Case("ConvTranspose", List.of(48L, 35L, 3L, 3L), Map.of(), List.of(1L, 48L, 3L, 3L)),
            new Case("Conv", List.of(64L, 32L, 3L), group(2), List.of(1L, 64L, 7L)),
            new Case("Conv", List.of(16L, 32L, 5L, 5L), Map.of(), List.of(1L, 32L, 5L, 5L)),
            new Case("Conv", List.of(40L, 64L, 1L, 1L), Map.of(), List.of(1L, 64L, 2L, 2L)),
            new Case("Gemm", List.of(67L, 124L), Map.of("transB", new Attribute.Int(1)), List.of(2L, 124L)));

    /** Vectors of one length share a table, or two; a vector takes a byte for each. */
    @ParameterizedTest
    @CsvSource({"1, CAST", "2, CAST", "1, DEQUANTIZE", "2, ARCHIVE"})
    void theRuntimeFindsTheSameVectors(int tables, WeightForm form) throws IOException {
        Graph graph = network(13, OF_VECTORS);
        List<SolvedLayer> solved = solved(graph, Optional.of(CodebookFormat.of(tables)), 0);
        Graph written =
                new OrtTarget(form, Processor.ANY).place(graph, List.of()).write(solved, Map.of());
        Map<String, float[]> weights = weightsInRuntime(written, solved);
        for (SolvedLayer layer : solved) {
            assertArrayEquals(layer.storedFloats(), weights.get(layer.layer().output()), layer.layer()::output);
            assertArrayEquals(layer.storedFloats(), read(written, layer), layer.layer()::output);
        }
        assertEquals(optimized(written(graph, solved(graph, Optional.empty(), 0))), optimized(written));
        long vectors =
                OF_VECTORS.stream().mapToLong(one -> count(one) / length(one)).sum();
        long entries = 256 * (9 + 3 + 5 + 4);
        long bytes = written.initializers().values().stream()
                .filter(tensor -> tensor.type() == ElementType.UINT8 || tensor.type() == ElementType.INT8)
                .mapToLong(tensor -> tensor.bytes().size())
                .sum();
        assertEquals(tables * (vectors + entries), bytes);
    }

    private static int length(Case one) {
        long taps = one.weights().stream().skip(2).reduce(1L, (a, b) -> a * b);
        return Codebook.length((int) (one.weights().get(1) * taps), (int) taps).orElseThrow();
    }

    /** Fewer vectors than a table has. */
    @Test
    void aFewVectorsAreWrittenAsTheirIntegers() {
        Case small = new Case("Conv", List.of(4L, 8L, 3L, 3L), Map.of(), List.of(1L, 8L, 5L, 5L));
        Graph graph = network(13, List.of(small));
        List<SolvedLayer> solved = solved(graph, Optional.of(CodebookFormat.of(1)), 0);
        Graph written = written(graph, solved);
        assertTrue(written.nodes().stream().noneMatch(node -> node.is("Gather")));
        String output = solved.get(0).layer().output();
        assertArrayEquals(
                solved.get(0).storedFloats(), weightsInRuntime(written, solved).get(output));
        assertArrayEquals(solved.get(0).storedFloats(), read(written, solved.get(0)));
    }

    private static QuantizedWeights ofVectors(Layer layer, CodebookFormat format, Random random) {
        int length = Codebook.length(layer.cols(), layer.taps()).orElseThrow();
        byte[][] tables = new byte[format.tables()][Codebook.ENTRIES * length];
        Random entries = new Random(length); // the same for all layers
        for (byte[] table : tables) {
            entries.nextBytes(table);
        }
        Codebook codebook = new Codebook(length, tables, 1);
        int rows = layer.rowsPerGroup();
        short[] codes = new short[rows * layer.cols()];
        for (int at = 0; at < codes.length; at += length) {
            codebook.copyInto(random.nextInt(tables.length == 1 ? 256 : 256 * 256), codes, at);
        }
        float[] scales = new float[rows];
        for (int row = 0; row < rows; row++) {
            scales[row] = 0.01f + random.nextFloat();
        }
        return new QuantizedWeights(
                format.with(codebook), Blocks.one(layer.cols()), rows, codes, scales, new byte[rows]);
    }

    private static long count(Case one) {
        return one.weights().stream().reduce(1L, (a, b) -> a * b);
    }

    private static Graph network(long opset) {
        return network(opset, CASES);
    }

    private static Graph network(long opset, List<Case> cases) {
        List<Node> nodes = new ArrayList<>();
        List<Initializer> constants = new ArrayList<>();
        List<Value> inputs = new ArrayList<>();
        List<Value> outputs = new ArrayList<>();
        for (Case one : cases) {
            int i = nodes.size();
            nodes.add(Node.of("n" + i, one.op(), List.of("x" + i, "w" + i), List.of("y" + i), one.attributes()));
            float[] values = new float[(int) count(one)];
            long[] dims = one.weights().stream().mapToLong(Long::longValue).toArray();
            constants.add(Initializer.ofFloats("w" + i, values, dims));
            inputs.add(new Value(
                    "x" + i,
                    ElementType.FLOAT,
                    Optional.of(one.input().stream().map(Value.Dim::fixed).toList()),
                    Optional.empty()));
            outputs.add(Value.ofFloat("y" + i));
        }
        return new Graph(nodes, constants, inputs, outputs, Map.of("", opset), Map.of(), Map.of(), Optional.empty());
    }

    /** Random codes or floats of which this share stands for 0. */
    private static List<SolvedLayer> solved(Graph graph, Optional<WeightFormat> format, double zeros) {
        Random random = new Random(5);
        List<SolvedLayer> solved = new ArrayList<>();
        for (Layer layer : Layers.survey(graph).layers()) {
            List<CompressedLayer> groups = new ArrayList<>();
            for (int group = 0; group < layer.groups(); group++) {
                groups.add(
                        format.isPresent()
                                ? quantized(layer, format.get(), zeros, random)
                                : floats(layer, zeros, random));
            }
            solved.add(new SolvedLayer(layer, groups, new float[layer.rows()]));
        }
        assertEquals(graph.nodes().size(), solved.size());
        return solved;
    }

    private static CompressedLayer floats(Layer layer, double zeros, Random random) {
        float[] values = new float[layer.rowsPerGroup() * layer.cols()];
        for (int i = 0; i < values.length; i++) {
            values[i] = random.nextDouble() < zeros ? 0 : (float) random.nextGaussian();
        }
        return new FloatWeights(new WeightMatrix(layer.rowsPerGroup(), layer.cols(), values));
    }

    private static CompressedLayer quantized(Layer layer, WeightFormat format, double zeros, Random random) {
        if (format instanceof CodebookFormat codebook) {
            return ofVectors(layer, codebook, random);
        }
        Blocks blocks = format.blocks(layer.cols(), layer.taps());
        boolean tensor = format.sharing() == Sharing.TENSOR;
        int rows = layer.rowsPerGroup();
        short[] codes = new short[rows * layer.cols()];
        float[] scales = new float[rows * blocks.count()];
        byte[] zeroPoints = new byte[scales.length];
        for (int i = 0; i < scales.length; i++) {
            scales[i] = tensor ? 0.013f : 0.01f + random.nextFloat();
            int least = (int) format.levels().least();
            zeroPoints[i] = (byte) (format.symmetric() ? 0 : tensor ? 1 : random.nextInt(least, 2));
        }
        for (int i = 0; i < codes.length; i++) {
            int scale = i / layer.cols() * blocks.count() + blocks.of(i % layer.cols());
            short zero = format.symmetric() ? format.levels().code(0) : zeroPoints[scale];
            codes[i] = random.nextDouble() < zeros ? zero : RandomCodes.of(format, random);
        }
        return new QuantizedWeights(format, blocks, rows, codes, scales, zeroPoints);
    }

    private static Graph written(Graph graph, List<SolvedLayer> solved) {
        return OrtTarget.DEFAULT.place(graph, List.of()).write(solved, Map.of());
    }

    private static float[] read(Graph written, SolvedLayer layer) {
        Node node = written.producer(layer.layer().output()).orElseThrow();
        return OrtTarget.DEFAULT
                .weights(written, node, layer.layer().site())
                .orElseThrow()
                .floats();
    }

    /** The weights of all layers as the runtime computes them: outputs of the graph without its optimizations. */
    private static Map<String, float[]> weightsInRuntime(Graph written, List<SolvedLayer> solved) {
        Map<String, String> names = new HashMap<>();
        for (SolvedLayer layer : solved) {
            String output = layer.layer().output();
            names.put(output, written.producer(output).orElseThrow().inputs().get(1));
        }
        Graph shown = written.edit()
                .outputs(names.values().stream().map(Value::ofFloat).toList())
                .build();
        NetworkOptions options = NetworkOptions.DEFAULT.withOptimization(NetworkOptions.Optimization.NONE);
        Map<String, float[]> weights = new HashMap<>();
        try (Network network = Network.of(shown, options)) {
            Map<String, Tensor> inputs = new HashMap<>();
            network.inputs().forEach(input -> {
                long[] dims = input.dims().orElseThrow().stream()
                        .mapToLong(dim -> dim.extent().orElseThrow())
                        .toArray();
                long size = LongStream.of(dims).reduce(1, (a, b) -> a * b);
                inputs.put(input.name(), Tensor.of(new float[(int) size], dims));
            });
            Map<String, Tensor> found = network.run(inputs);
            names.forEach((output, name) -> weights.put(output, found.get(name).floats()));
        }
        return weights;
    }

    private List<String> optimized(Graph graph) throws IOException {
        Path file = folder.resolve("optimized.onnx");
        NetworkOptions options =
                NetworkOptions.DEFAULT.withOptimizedModel(file).withOptimization(NetworkOptions.Optimization.EXTENDED);
        Network.of(graph, options).close();
        return OnnxReader.read(file).nodes().stream().map(Node::opType).sorted().toList();
    }
}
