package lathe.synth.network;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import lathe.engine.graph.Attribute;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Node;
import lathe.engine.graph.Value;
import lathe.engine.grid.AffineScale;
import lathe.engine.grid.Blocks;
import lathe.engine.grid.FloatFormat;
import lathe.engine.grid.QuantGrid;
import lathe.engine.grid.TableFormat;
import lathe.engine.grid.WeightFormat;
import lathe.engine.layer.CompressedLayer;
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
import lathe.engine.target.Placement;
import lathe.engine.tensor.ElementType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Weights of layers that compute in float, as ONNX Runtime reads them in both forms. */
class WeightFormTest {

    /** Session options under which a file may be run. */
    private static final List<String> SESSION_OPTIONS =
            List.of("session.x64quantprecision", "session.disable_quant_qdq");

    /** Those with float products. */
    private static final Set<WeightForm> STANDARD =
            EnumSet.of(WeightForm.CAST, WeightForm.DEQUANTIZE, WeightForm.ARCHIVE);

    /** The first that has codes of 2 bits. */
    private static final long OPSET = 25;

    @TempDir
    Path folder;

    /** Operator, dims of its weights, attributes, dims of its input. */
    private record Case(String op, List<Long> weights, Map<String, Attribute> attributes, List<Long> input) {
        @Override
        public String toString() {
            return op + attributes.keySet() + weights;
        }
    }

    private static final Map<String, Attribute> GROUPED = Map.of("group", new Attribute.Int(2));
    private static final Map<String, Attribute> TRANSPOSED = Map.of("transB", new Attribute.Int(1));

    static Stream<Arguments> cases() {
        List<Case> cases = List.of(
                new Case("Conv", List.of(4L, 33L, 3L, 3L), Map.of(), List.of(1L, 33L, 5L, 5L)),
                new Case("Conv", List.of(4L, 32L, 3L), GROUPED, List.of(1L, 64L, 7L)),
                new Case("ConvTranspose", List.of(48L, 5L, 2L, 2L), Map.of(), List.of(1L, 48L, 3L, 3L)),
                new Case("Gemm", List.of(40L, 6L), Map.of(), List.of(2L, 40L)),
                new Case("Gemm", List.of(6L, 64L), TRANSPOSED, List.of(2L, 64L)),
                new Case("MatMul", List.of(64L, 6L), Map.of(), List.of(2L, 3L, 64L)),
                new Case("MatMul", List.of(70L, 6L), Map.of(), List.of(3L, 70L)));
        List<WeightFormat> formats = new ArrayList<>();
        for (int bits : new int[] {2, 4, 8}) {
            WeightFormat format = WeightFormat.perChannel(bits);
            for (WeightFormat shared : List.of(format, format.perTensor(), format.perBlock(32))) {
                formats.addAll(List.of(shared, shared.asymmetric()));
            }
        }
        for (WeightFormat format : List.of(
                TableFormat.NF4,
                TableFormat.midrise(1),
                TableFormat.midrise(2),
                TableFormat.lloyd(3),
                FloatFormat.E4M3,
                FloatFormat.E5M2)) {
            formats.addAll(List.of(format, format.perTensor(), format.perBlock(32)));
        }
        return cases.stream().flatMap(one -> formats.stream().map(format -> Arguments.of(one, format)));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void bothFormsAreTheSameWeightsToTheBit(Case one, WeightFormat format) {
        Graph graph = graph(one);
        SolvedLayer replaced = random(Layers.survey(graph).layers().get(0), format);
        float[] expected = replaced.storedFloats();
        for (WeightForm form : STANDARD) {
            Graph written = written(graph, replaced, form);
            Node layer = written.producer("y").orElseThrow();
            assertArrayEquals(
                    expected,
                    OrtTarget.DEFAULT
                            .weights(written, layer, replaced.layer().site())
                            .orElseThrow()
                            .floats(),
                    form::toString);
            assertArrayEquals(expected, weightsInRuntime(written, layer.inputs().get(1)), form::toString);
            Graph plain = Dequantization.toFloat(written).graph();
            assertEquals(
                    List.of(one.op()), plain.nodes().stream().map(Node::opType).toList(), form::toString);
            assertArrayEquals(
                    expected,
                    plain.constant(plain.nodes().get(0), 1).orElseThrow().floats(),
                    form::toString);
        }
    }

    /** Its weights would be quantized once more, with one scale for all, if ONNX Runtime could tell. */
    @Test
    void decodedLayersBetweenQuantizedActivationsStayInFloat() throws IOException {
        List<Node> nodes = List.of(
                Node.of("first", "Conv", List.of("x", "w"), List.of("a"), Map.of()),
                Node.of("last", "Conv", List.of("a", "v"), List.of("y"), Map.of()));
        Graph graph =
                graph(nodes, List.of(constant("w", 8, 8, 1, 1), constant("v", 8, 8, 3, 3)), new long[] {1, 8, 5, 5});
        List<Layer> layers = Layers.survey(graph).layers();
        Placement plan = OrtTarget.DEFAULT.place(graph, layers);
        List<SolvedLayer> replaced = layers.stream()
                .map(layer -> random(layer, WeightFormat.perChannel(8)))
                .toList();
        Graph integer = plan.write(replaced, scales(plan));
        assertEquals(
                2, optimized(integer).stream().filter("QLinearConv"::equals).count());
        for (Dequantization.Result result :
                List.of(Dequantization.toFloat(integer), Dequantization.toFloat16(integer))) {
            assertEquals(
                    2, optimized(result.graph()).stream().filter("Conv"::equals).count());
            assertEquals(plan.valuesToMeasure().size(), result.activations());
            assertEquals(List.of(), result.left());
        }
        Graph plain = Dequantization.toFloat(integer).graph();
        List<Node> convs =
                plain.nodes().stream().filter(node -> node.is("Conv")).toList();
        for (int i = 0; i < replaced.size(); i++) {
            assertArrayEquals(
                    replaced.get(i).storedFloats(),
                    plain.constant(convs.get(i), 1).orElseThrow().floats());
        }
    }

    /** What ONNX Runtime runs in a default session is the network with float weights. */
    @ParameterizedTest
    @MethodSource("cases")
    void nothingIsLeftOfTheCastFormButTheLayer(Case one, WeightFormat format) throws IOException {
        Graph graph = graph(one);
        SolvedLayer replaced = random(Layers.survey(graph).layers().get(0), format);
        Graph inFloat = written(graph, replaced.inFloat(), WeightForm.CAST);
        Graph cast = written(graph, replaced, WeightForm.CAST);
        assertEquals(optimized(inFloat), optimized(cast));
        assertEquals(
                List.of("its weights are already quantized"),
                Layers.survey(cast).skipped().stream()
                        .map(Layers.Skipped::reason)
                        .toList());
    }

    @ParameterizedTest
    @MethodSource("cases")
    void theCastFormRunsUnderOptionsOfTheSession(Case one, WeightFormat format) throws OrtException {
        Graph graph = graph(one);
        Graph cast = written(graph, random(Layers.survey(graph).layers().get(0), format), WeightForm.CAST);
        float[] expected = outputs(cast, array(one.input()), Optional.empty());
        for (String option : SESSION_OPTIONS) {
            assertArrayEquals(expected, outputs(cast, array(one.input()), Optional.of(option)), option);
        }
    }

    /** Below the operator sets that have their types, codes take 8 bits: the same values. */
    @ParameterizedTest
    @ValueSource(longs = {13, 18, 19, 20, 21})
    void olderOperatorSetsStoreTheSameWeights(long opset) {
        Case conv = new Case("Conv", List.of(4L, 6L, 3L, 3L), Map.of(), List.of(1L, 6L, 5L, 5L));
        for (WeightFormat format : List.of(TableFormat.NF4, FloatFormat.E4M3, FloatFormat.E5M2)) {
            Graph graph = graph(conv, opset);
            SolvedLayer replaced = random(Layers.survey(graph).layers().get(0), format);
            ElementType type = format instanceof FloatFormat floats
                    ? opset < 19 ? ElementType.UINT8 : floats.type()
                    : opset < 21 ? ElementType.UINT8 : ElementType.UINT4;
            for (WeightForm form : WeightForm.values()) {
                Graph written = written(graph, replaced, form);
                Node layer = written.producer("y").orElseThrow();
                String weights = layer.inputs().get(1);
                assertArrayEquals(
                        replaced.storedFloats(),
                        OrtTarget.DEFAULT
                                .weights(written, layer, replaced.layer().site())
                                .orElseThrow()
                                .floats());
                assertArrayEquals(replaced.storedFloats(), weightsInRuntime(written, weights));
                assertTrue(written.initializers().values().stream()
                        .anyMatch(tensor -> tensor.type() == type && tensor.rank() == 4));
            }
        }
    }

    /** ONNX Runtime would quantize the weights of such a layer by itself, with one scale for all. */
    @Test
    void aFloatLayerBetweenQuantizedActivationsStaysInFloat() throws IOException {
        for (String op : List.of("Conv", "ConvTranspose", "Gemm")) {
            boolean spatial = op.startsWith("Conv");
            long[] weights = spatial ? new long[] {8, 8, 1, 1} : new long[] {8, 8};
            long[] input = spatial ? new long[] {1, 8, 4, 4} : new long[] {2, 8};
            List<Node> nodes = List.of(
                    Node.of("first", op.equals("Gemm") ? "Gemm" : "Conv", List.of("x", "w"), List.of("a"), Map.of()),
                    Node.of("middle", op, List.of("a", "v"), List.of("b"), Map.of()),
                    Node.of("relu", "Relu", List.of("b"), List.of("c"), Map.of()),
                    Node.of("last", op.equals("Gemm") ? "Gemm" : "Conv", List.of("c", "w"), List.of("y"), Map.of()));
            Graph graph = graph(nodes, List.of(constant("w", weights), constant("v", weights)), input);
            List<Layer> layers = Layers.survey(graph).layers();
            List<Layer> quantized = List.of(layers.get(0), layers.get(2));
            for (List<Layer> chosen : List.of(quantized, layers)) {
                // The middle layer has float weights, or codes of 4 bits, for which there is no integer kernel.
                Placement plan = OrtTarget.DEFAULT.place(graph, quantized);
                List<SolvedLayer> replaced = chosen.stream()
                        .map(layer -> random(
                                layer, WeightFormat.perChannel(layer.output().equals("b") ? 4 : 8)))
                        .toList();
                for (WeightForm form : STANDARD) {
                    Graph result = new OrtTarget(form, Processor.ANY)
                            .place(graph, quantized)
                            .write(replaced, scales(plan));
                    Set<String> left = new TreeSet<>(optimized(result));
                    assertTrue(left.contains(op) || left.contains("Fused" + op), () -> form + " " + left);
                }
            }
        }
    }

    /** Codes of 8 bits and quantized activations on both sides, and still no integer kernel. */
    @Test
    void aGroupedConvOfFewChannelsStaysInFloat() throws IOException {
        List<Node> nodes = List.of(
                Node.of("first", "Conv", List.of("x", "w"), List.of("a"), Map.of()),
                Node.of("middle", "Conv", List.of("a", "v"), List.of("b"), Map.of("group", new Attribute.Int(4))),
                Node.of("last", "Conv", List.of("b", "w"), List.of("y"), Map.of()));
        Graph graph =
                graph(nodes, List.of(constant("w", 8, 8, 1, 1), constant("v", 8, 2, 3, 3)), new long[] {1, 8, 5, 5});
        List<Layer> layers = Layers.survey(graph).layers();
        Placement plan = OrtTarget.DEFAULT.place(graph, layers);
        assertEquals(Set.of("middle"), plan.floatReasons().keySet());
        List<SolvedLayer> replaced = layers.stream()
                .map(layer -> random(layer, WeightFormat.perChannel(8)))
                .toList();
        for (WeightForm form : WeightForm.values()) {
            List<String> left = optimized(
                    new OrtTarget(form, Processor.ANY).place(graph, layers).write(replaced, scales(plan)));
            assertEquals(1, left.stream().filter("Conv"::equals).count(), left::toString);
            assertEquals(2, left.stream().filter("QLinearConv"::equals).count(), left::toString);
        }
    }

    private static Map<String, AffineScale> scales(Placement plan) {
        return plan.valuesToMeasure().stream()
                .collect(Collectors.toMap(value -> value, value -> new AffineScale(QuantGrid.unsigned(8), 0.02f, 128)));
    }

    private static long[] array(List<Long> numbers) {
        return numbers.stream().mapToLong(Long::longValue).toArray();
    }

    private static Initializer constant(String name, long... dims) {
        Random random = new Random(7);
        float[] values = new float[Math.toIntExact(Tensor.elements(dims))];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return Initializer.ofFloats(name, values, dims);
    }

    private static Graph graph(Case one) {
        return graph(one, OPSET);
    }

    private static Graph graph(Case one, long opset) {
        Node node = Node.of("layer", one.op(), List.of("x", "w"), List.of("y"), one.attributes());
        return graph(List.of(node), List.of(constant("w", array(one.weights()))), array(one.input()), opset);
    }

    private static Graph graph(List<Node> nodes, List<Initializer> constants, long[] input) {
        return graph(nodes, constants, input, OPSET);
    }

    private static Graph graph(List<Node> nodes, List<Initializer> constants, long[] input, long opset) {
        Value x = new Value(
                "x",
                ElementType.FLOAT,
                Optional.of(LongStream.of(input).mapToObj(Value.Dim::fixed).toList()),
                Optional.empty());
        return new Graph(
                nodes,
                constants,
                List.of(x),
                List.of(Value.ofFloat("y")),
                Map.of("", opset),
                Map.of(),
                Map.of(),
                Optional.empty());
    }

    private static SolvedLayer random(Layer layer, WeightFormat format) {
        Random random = new Random(3);
        List<CompressedLayer> groups = new ArrayList<>();
        Blocks blocks = format.blocks(layer.cols(), layer.taps());
        boolean tensor = format.sharing() == WeightFormat.Sharing.TENSOR;
        int rows = layer.rowsPerGroup();
        for (int group = 0; group < layer.groups(); group++) {
            short[] codes = new short[rows * layer.cols()];
            float[] scales = new float[rows * blocks.count()];
            byte[] zeros = new byte[scales.length];
            for (int i = 0; i < codes.length; i++) {
                codes[i] = RandomCodes.of(format, random);
            }
            for (int i = 0; i < scales.length; i++) {
                scales[i] = tensor ? 0.013f : 0.01f + random.nextFloat();
                zeros[i] = (byte)
                        (format.symmetric()
                                ? 0
                                : tensor
                                        ? 1
                                        : random.nextInt((int) format.levels().least(), 2));
            }
            groups.add(new QuantizedWeights(format, blocks, rows, codes, scales, zeros));
        }
        return new SolvedLayer(layer, groups, new float[layer.rows()]);
    }

    private static Graph written(Graph graph, SolvedLayer replaced, WeightForm form) {
        return new OrtTarget(form, Processor.ANY).place(graph, List.of()).write(List.of(replaced), Map.of());
    }

    /** The weights as the runtime computes them: an output of the graph without its optimizations. */
    private static float[] weightsInRuntime(Graph written, String weights) {
        Graph shown = written.edit().outputs(List.of(Value.ofFloat(weights))).build();
        NetworkOptions options = NetworkOptions.DEFAULT.withOptimization(NetworkOptions.Optimization.NONE);
        try (Network network = Network.of(shown, options)) {
            long[] dims = network.inputs().get(0).dims().orElseThrow().stream()
                    .mapToLong(dim -> dim.extent().orElseThrow())
                    .toArray();
            int size = Math.toIntExact(Tensor.elements(dims));
            return network.run(Map.of("x", Tensor.of(new float[size], dims)))
                    .get(weights)
                    .floats();
        }
    }

    private List<String> optimized(Graph graph) throws IOException {
        Path file = folder.resolve("optimized.onnx");
        NetworkOptions options =
                NetworkOptions.DEFAULT.withOptimizedModel(file).withOptimization(NetworkOptions.Optimization.EXTENDED);
        Network.of(graph, options).close();
        return OnnxReader.read(file).nodes().stream().map(Node::opType).toList();
    }

    private static float[] outputs(Graph graph, long[] dims, Optional<String> option) throws OrtException {
        float[] numbers = constant("x", dims).floats();
        try (OrtSession.SessionOptions settings = new OrtSession.SessionOptions()) {
            if (option.isPresent()) {
                settings.addConfigEntry(option.get(), "1");
            }
            try (OrtSession session = OrtRuntime.environment().createSession(OnnxWriter.toBytes(graph), settings);
                    OnnxTensor x = OnnxTensor.createTensor(OrtRuntime.environment(), FloatBuffer.wrap(numbers), dims);
                    OrtSession.Result result = session.run(Map.of("x", x))) {
                FloatBuffer buffer = ((OnnxTensor) result.get(0)).getFloatBuffer();
                float[] output = new float[buffer.remaining()];
                buffer.get(output);
                return output;
            }
        }
    }
}
