package lathe.synth.network;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import lathe.engine.graph.Attribute;
import lathe.engine.graph.Graph;
import lathe.engine.graph.GraphEdit;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Node;
import lathe.engine.graph.Value;
import lathe.engine.grid.Blocks;
import lathe.engine.grid.QuantGrid;
import lathe.engine.grid.WeightFormat;
import lathe.engine.layer.Inventory;
import lathe.engine.layer.KernelLimits;
import lathe.engine.layer.Layer;
import lathe.engine.layer.Layers;
import lathe.engine.layer.QuantizedWeights;
import lathe.engine.layer.SolvedLayer;
import lathe.engine.qdq.Dequantization;
import lathe.engine.qdq.OrtTarget;
import lathe.engine.qdq.Processor;
import lathe.engine.qdq.WeightForm;
import lathe.engine.tensor.ElementType;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** Products that ONNX Runtime computes from codes. */
class CodeProductTest {

    private static final int[] BITS = {4, 8};
    private static final int ROWS_OF_INPUT = 5;

    /** Kinds of node: MatMul, and Gemm with weights stored either way. */
    private static final int KINDS = 3;

    @Property(tries = 60)
    void isTheProductWithTheSameWeights(
            @ForAll @IntRange(min = 1, max = 300) int cols,
            @ForAll @IntRange(min = 1, max = 70) int rows,
            @ForAll @IntRange(max = 1) int bits,
            @ForAll @IntRange(max = 3) int block,
            @ForAll boolean zeroPoints,
            @ForAll @IntRange(max = KINDS - 1) int kind,
            @ForAll long seed) {
        WeightFormat symmetric = WeightFormat.perChannel(BITS[bits]).perBlock(16 << block);
        WeightFormat format = zeroPoints ? symmetric.asymmetric() : symmetric;
        Random random = new Random(seed);
        Graph graph = graph(kind, cols, rows, random);
        Layer layer = Layers.survey(graph).layers().get(0);
        SolvedLayer solved = solved(layer, format, random);
        Graph written = written(graph, solved, WeightForm.NBITS);
        Node node = written.producer("y").orElseThrow();
        assertEquals("com.microsoft", node.domain());
        assertEquals("MatMulNBits", node.opType());
        assertEquals("layer", node.name());
        assertArrayEquals(
                solved.storedFloats(),
                OrtTarget.DEFAULT
                        .weights(written, node, layer.site())
                        .orElseThrow()
                        .floats());
        float[] input = input(cols, random);
        float[] expected = outputs(written(graph, solved.inFloat(), WeightForm.CAST), input, cols);
        GraphEdit exact = written.edit();
        exact.replace(node, node.withAttribute("accuracy_level", new Attribute.Int(0)));
        assertTrue(decibels(expected, outputs(exact.build(), input, cols)) > 100, "both factors in float");
        assertTrue(decibels(expected, outputs(written, input, cols)) > 30, "inputs rounded to 8 bits");
        Dequantization.Result plain = Dequantization.toFloat(written);
        assertEquals(List.of(), plain.left());
        assertTrue(decibels(expected, outputs(plain.graph(), input, cols)) > 100, "unpacked");
        List<String> operators = kind == 0 ? List.of("MatMul") : List.of("MatMul", "Add");
        assertEquals(operators, plain.graph().nodes().stream().map(Node::opType).toList());
    }

    @Property(tries = 60)
    void inStandardOnnxItIsTheProductOfRoundedInputs(
            @ForAll @IntRange(min = 1, max = 300) int cols,
            @ForAll @IntRange(min = 1, max = 70) int rows,
            @ForAll @IntRange(max = KINDS - 1) int kind,
            @ForAll long seed) {
        Random random = new Random(seed);
        Graph graph = graph(kind, cols, rows, random);
        Layer layer = Layers.survey(graph).layers().get(0);
        SolvedLayer solved = halved(solved(layer, WeightFormat.perChannel(8), random));
        Graph written = written(graph, solved, WeightForm.DYNAMIC);
        Node node = written.producer("y").orElseThrow();
        assertEquals(kind == 0 ? "Mul" : "Add", node.opType());
        assertEquals("layer", node.name());
        assertEquals(1, count(written, "MatMulInteger"));
        assertArrayEquals(
                solved.storedFloats(),
                OrtTarget.DEFAULT
                        .weights(written, node, layer.site())
                        .orElseThrow()
                        .floats());
        float[] input = input(cols, random);
        Graph floats = written(graph, solved.inFloat(), WeightForm.CAST);
        float[] rounded = outputs(floats, roundedToBytes(input), cols);
        assertTrue(decibels(rounded, outputs(written, input, cols)) > 80, "the same inputs, rounded");
        Dequantization.Result plain = Dequantization.toFloat(written);
        assertEquals(List.of(), plain.left());
        assertTrue(decibels(outputs(floats, input, cols), outputs(plain.graph(), input, cols)) > 100, "unpacked");
        List<String> operators = kind == 0 ? List.of("MatMul") : List.of("MatMul", "Add");
        assertEquals(operators, plain.graph().nodes().stream().map(Node::opType).toList());
    }

    /** As DynamicQuantizeLinear-11 has it: 0 is among the codes, and ties go to even ones. */
    private static float[] roundedToBytes(float[] values) {
        float least = 0;
        float largest = 0;
        for (float value : values) {
            least = Math.min(least, value);
            largest = Math.max(largest, value);
        }
        float scale = (largest - least) / 255;
        double zero = Math.rint(Math.min(255, Math.max(0, -least / scale)));
        float[] rounded = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            double code = Math.min(255, Math.max(0, Math.rint(values[i] / scale) + zero));
            rounded[i] = (float) ((code - zero) * scale);
        }
        return rounded;
    }

    /** Codes of which two make no sum that overflows on any processor. */
    private static SolvedLayer halved(SolvedLayer solved) {
        QuantizedWeights weights = solved.quantized().get(0);
        short[] codes = weights.codes().clone();
        for (int i = 0; i < codes.length; i++) {
            codes[i] = (short) (codes[i] / 2);
        }
        QuantizedWeights halved = new QuantizedWeights(
                weights.format(), weights.blocks(), weights.rows(), codes, weights.scales(), weights.zeroPoints());
        return new SolvedLayer(solved.layer(), List.of(halved), solved.bias());
    }

    private static long count(Graph graph, String opType) {
        return graph.nodes().stream().filter(node -> node.is(opType)).count();
    }

    /** On x86 processors without VNNI, products are added in 16 bits. */
    @Example
    void codesAreBoundedWhereProcessorsAddIn16Bits() {
        Random random = new Random(6);
        Graph graph = graph(0, 64, 16, random);
        Layer layer = Layers.survey(graph).layers().get(0);
        WeightFormat eight = WeightFormat.perChannel(8);
        for (WeightForm form : WeightForm.values()) {
            boolean bound = new OrtTarget(form, Processor.ANY)
                    .place(graph, List.of())
                    .limits(layer, eight, Map.of())
                    .pairs()
                    .binds(QuantGrid.signed(8));
            assertEquals(form == WeightForm.DYNAMIC, bound, form::toString);
        }
        assertEquals(
                KernelLimits.none(16),
                new OrtTarget(WeightForm.DYNAMIC, Processor.VNNI)
                        .place(graph, List.of())
                        .limits(layer, eight, Map.of()));
    }

    @Example
    void weightsAreNotQuantizedAgain() {
        Random random = new Random(3);
        Graph graph = graph(0, 64, 16, random);
        SolvedLayer solved = solved(
                Layers.survey(graph).layers().get(0), WeightFormat.perChannel(4).perBlock(32), random);
        Graph written = written(graph, solved, WeightForm.NBITS);
        Layers.Survey survey = Layers.survey(written);
        assertEquals(List.of(), survey.layers());
        Inventory inventory = Inventory.of(written, survey.layers(), survey.skipped());
        assertEquals(1, inventory.quantized().size());
        assertEquals(
                16 * 64 / 2 + 16 * 2 * Float.BYTES, inventory.quantized().get(0).bytes());
    }

    /** Codes that a file of another tool has in an order of its own stay as they are, and are named. */
    @Example
    void anUnknownOrderStays() {
        Random random = new Random(4);
        Graph graph = graph(0, 64, 16, random);
        SolvedLayer solved = solved(
                Layers.survey(graph).layers().get(0), WeightFormat.perChannel(4).perBlock(32), random);
        Graph written = written(graph, solved, WeightForm.NBITS);
        Node node = written.producer("y").orElseThrow();
        GraphEdit edit = written.edit();
        String order = edit.putFresh(Initializer.ofInts("order", new int[64], 64));
        List<String> inputs = List.of(
                node.inputs().get(0), node.inputs().get(1), node.inputs().get(2), "", order);
        edit.replace(node, node.withInputs(inputs));
        Dequantization.Result result = Dequantization.toFloat(edit.build());
        assertEquals(List.of("y"), result.left());
        assertEquals("MatMulNBits", result.graph().producer("y").orElseThrow().opType());
    }

    /** Other layers get one scale per output channel. */
    @Example
    void blocksAreForProductsOnly() {
        Random random = new Random(5);
        Layer product = Layers.survey(graph(0, 64, 16, random)).layers().get(0);
        OrtTarget target = new OrtTarget(WeightForm.NBITS, Processor.ANY);
        for (int bits = 2; bits <= 8; bits++) {
            WeightFormat blocks = WeightFormat.perChannel(bits).perBlock(32);
            boolean held = bits == 4 || bits == 8;
            assertEquals(held ? blocks : blocks.perChannel(), target.suited(product, blocks));
            assertEquals(blocks, OrtTarget.DEFAULT.suited(product, blocks));
        }
    }

    private static Graph graph(int kind, int cols, int rows, Random random) {
        boolean matMul = kind == 0;
        boolean transposed = kind == 2;
        long[] dims = transposed ? new long[] {rows, cols} : new long[] {cols, rows};
        float[] weights = new float[cols * rows];
        float[] bias = new float[rows];
        for (int i = 0; i < bias.length; i++) {
            bias[i] = (float) random.nextGaussian();
        }
        return new Graph(
                List.of(Node.of(
                        "layer",
                        matMul ? "MatMul" : "Gemm",
                        matMul ? List.of("x", "w") : List.of("x", "w", "b"),
                        List.of("y"),
                        transposed ? Map.of("transB", new Attribute.Int(1)) : Map.of())),
                List.of(Initializer.ofFloats("w", weights, dims), Initializer.ofFloats("b", bias, rows)),
                List.of(new Value(
                        "x",
                        ElementType.FLOAT,
                        Optional.of(List.of(Value.Dim.fixed(ROWS_OF_INPUT), Value.Dim.fixed(cols))),
                        Optional.empty())),
                List.of(Value.ofFloat("y")),
                Map.of("", 13L),
                Map.of(),
                Map.of(),
                Optional.empty());
    }

    private static SolvedLayer solved(Layer layer, WeightFormat format, Random random) {
        Blocks blocks = format.blocks(layer.cols(), 1);
        short[] codes = new short[layer.rows() * layer.cols()];
        float[] scales = new float[layer.rows() * blocks.count()];
        byte[] zeros = new byte[scales.length];
        for (int i = 0; i < codes.length; i++) {
            codes[i] = RandomCodes.of(format, random);
        }
        for (int i = 0; i < scales.length; i++) {
            scales[i] = 0.01f + random.nextFloat();
            zeros[i] = format.symmetric() ? 0 : RandomCodes.of(format, random);
        }
        return new SolvedLayer(
                layer,
                List.of(new QuantizedWeights(format, blocks, layer.rows(), codes, scales, zeros)),
                layer.biasValues());
    }

    private static Graph written(Graph graph, SolvedLayer solved, WeightForm form) {
        return new OrtTarget(form, Processor.ANY).place(graph, List.of()).write(List.of(solved), Map.of());
    }

    private static float[] input(int cols, Random random) {
        float[] input = new float[ROWS_OF_INPUT * cols];
        for (int i = 0; i < input.length; i++) {
            input[i] = (float) random.nextGaussian();
        }
        return input;
    }

    private static float[] outputs(Graph graph, float[] input, int cols) {
        try (Network network = Network.of(graph, NetworkOptions.DEFAULT)) {
            return network.run(Map.of("x", Tensor.of(input, ROWS_OF_INPUT, cols)))
                    .get("y")
                    .floats();
        }
    }

    private static double decibels(float[] expected, float[] found) {
        assertEquals(expected.length, found.length);
        double signal = 1e-30;
        double noise = 1e-30;
        for (int i = 0; i < expected.length; i++) {
            signal += (double) expected[i] * expected[i];
            noise += Math.pow((double) expected[i] - found[i], 2);
        }
        return 10 * Math.log10(signal / noise);
    }
}
