package lathe.synth.statistics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import lathe.engine.graph.Attribute;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Node;
import lathe.engine.graph.UnsupportedModelException;
import lathe.engine.graph.Value;
import lathe.engine.layer.Layer;
import lathe.engine.layer.Layers;
import lathe.engine.tensor.ElementType;
import lathe.engine.tensor.WeightMatrix;
import lathe.synth.network.Network;
import lathe.synth.network.NetworkOptions;
import lathe.synth.network.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What ONNX Runtime computes at every position is the layer's matrix times what is gathered there. */
class PatchOffsetsTest {

    /**
     * A layer to build.
     *
     * @param name says what is special
     * @param weights shape
     * @param outputs number of outputs, for the bias
     * @param input shape
     * @param left true if the weights are the first operand
     */
    record Case(
            String name,
            String opType,
            long[] weights,
            int outputs,
            long[] input,
            Map<String, Attribute> attributes,
            boolean left) {

        Case(String name, String opType, long[] weights, int outputs, long[] input, Map<String, Attribute> attributes) {
            this(name, opType, weights, outputs, input, attributes, false);
        }

        @Override
        public String toString() {
            return "%s %s, weights %s, input %s, %s"
                    .formatted(opType, name, Arrays.toString(weights), Arrays.toString(input), attributes);
        }
    }

    static Stream<Case> named() {
        return Stream.of(
                new Case("plain", "Gemm", dims(5, 3), 3, dims(4, 5), Map.of()),
                new Case(
                        "both transposed",
                        "Gemm",
                        dims(3, 5),
                        3,
                        dims(5, 4),
                        Map.of("transA", integer(1), "transB", integer(1))),
                new Case(
                        "with factors",
                        "Gemm",
                        dims(3, 5),
                        3,
                        dims(4, 5),
                        Map.of("transB", integer(1), "alpha", new Attribute.Real(0.5f), "beta", new Attribute.Real(2))),
                new Case("of rank 2", "MatMul", dims(5, 3), 0, dims(4, 5), Map.of()),
                new Case("of rank 4", "MatMul", dims(5, 3), 0, dims(2, 3, 4, 5), Map.of()),
                new Case("of a vector", "MatMul", dims(5, 3), 0, dims(5), Map.of()),
                new Case("in a batch", "MatMul", dims(4, 5, 3), 0, dims(2, 4, 7, 5), Map.of()),
                new Case("in a batch of two axes", "MatMul", dims(2, 4, 5, 3), 0, dims(2, 4, 7, 5), Map.of()),
                new Case("in a batch, one input for all", "MatMul", dims(2, 4, 5, 3), 0, dims(7, 5), Map.of()),
                new Case(
                        "in a batch, one input for some", "MatMul", dims(2, 4, 5, 3), 0, dims(3, 1, 4, 7, 5), Map.of()),
                new Case("in a batch of one", "MatMul", dims(1, 4, 1, 5, 3), 0, dims(4, 6, 7, 5), Map.of()),
                new Case("in a batch, of a vector", "MatMul", dims(4, 5, 3), 0, dims(5), Map.of()),
                left("on the left", "MatMul", dims(3, 5), dims(2, 5, 4), Map.of()),
                left("on the left of a vector", "MatMul", dims(3, 5), dims(5), Map.of()),
                left("on the left in a batch", "MatMul", dims(4, 3, 5), dims(2, 4, 5, 7), Map.of()),
                left("on the left in a batch, of a vector", "MatMul", dims(4, 3, 5), dims(5), Map.of()),
                left("on the left", "Gemm", dims(3, 5), dims(5, 4), Map.of()),
                left("on the left, scaled", "Gemm", dims(3, 5), dims(5, 4), Map.of("alpha", new Attribute.Real(0.5f))),
                left(
                        "on the left, transposed",
                        "Gemm",
                        dims(5, 3),
                        dims(4, 5),
                        Map.of("transA", integer(1), "transB", integer(1))),
                einsum("bsd,dhk->bshk", dims(2, 7, 5), dims(5, 3, 2)),
                einsum("bsd,dhk->bhsk", dims(2, 7, 5), dims(5, 3, 2)),
                einsum("bsd,hkd->bshk", dims(2, 7, 5), dims(3, 2, 5)),
                einsum("bshk,hkd->bsd", dims(2, 7, 3, 2), dims(3, 2, 5)),
                einsum("bhsk,hkd->bsd", dims(2, 3, 7, 2), dims(3, 2, 5)),
                einsum("bshd,hde->bshe", dims(2, 7, 3, 5), dims(3, 5, 2)),
                einsum("bshd , hed -> bshe", dims(2, 7, 3, 5), dims(3, 2, 5)),
                einsum("bshd,hd->bsh", dims(2, 7, 3, 5), dims(3, 5)),
                einsum("...d,de->...e", dims(2, 7, 5), dims(5, 3)),
                einsum("ij,jk", dims(7, 5), dims(5, 3)),
                new Case(
                        "on the left",
                        "Einsum",
                        dims(3, 2, 5),
                        0,
                        dims(2, 7, 5),
                        Map.of("equation", new Attribute.Text("hkd,bsd->bshk")),
                        true),
                new Case(
                        "in groups",
                        "ConvTranspose",
                        dims(6, 2, 3),
                        4,
                        dims(2, 6, 5),
                        Map.of("group", integer(2), "strides", integers(2))),
                new Case("of one element", "Conv", dims(1, 1, 1, 1), 1, dims(1, 1, 1, 1), Map.of()),
                new Case(
                        "of 40 channels, 2 groups",
                        "Conv",
                        dims(4, 20, 1, 1),
                        4,
                        dims(2, 40, 3, 3),
                        Map.of("group", integer(2))),
                new Case(
                        "with output shape",
                        "ConvTranspose",
                        dims(3, 2, 3, 3),
                        2,
                        dims(2, 3, 4, 5),
                        Map.of("strides", integers(2, 3), "output_shape", integers(8, 14))));
    }

    private static Case left(
            String name, String opType, long[] weights, long[] input, Map<String, Attribute> attributes) {
        return new Case(name, opType, weights, 0, input, attributes, true);
    }

    private static Case einsum(String equation, long[] input, long[] weights) {
        return new Case("", "Einsum", weights, 0, input, Map.of("equation", new Attribute.Text(equation)));
    }

    static Stream<Case> random() {
        SplittableRandom random = new SplittableRandom(20);
        return LongStream.range(0, 160).mapToObj(i -> i % 3 == 2 ? randomTransposed(random) : randomConv(random));
    }

    private static Case randomConv(SplittableRandom random) {
        int rank = random.nextInt(1, 4);
        int groups = random.nextInt(1, 4);
        int inputsPerGroup = random.nextInt(1, 4);
        int outputs = groups * random.nextInt(1, 3);
        Map<String, Attribute> attributes = new HashMap<>();
        long[] weights = new long[rank + 2];
        long[] input = new long[rank + 2];
        weights[0] = outputs;
        weights[1] = inputsPerGroup;
        input[0] = random.nextInt(1, 3);
        input[1] = (long) groups * inputsPerGroup;
        geometry(random, weights, input, attributes);
        attributes.put("group", integer(groups));
        return new Case("at random", "Conv", weights, outputs, input, attributes);
    }

    private static Case randomTransposed(SplittableRandom random) {
        int rank = random.nextInt(1, 4);
        long[] weights = new long[rank + 2];
        long[] input = new long[rank + 2];
        int groups = random.nextInt(1, 4);
        int outputs = groups * random.nextInt(1, 4);
        Map<String, Attribute> attributes = new HashMap<>();
        weights[0] = (long) groups * random.nextInt(1, 4);
        weights[1] = outputs / groups;
        input[0] = random.nextInt(1, 3);
        input[1] = weights[0];
        geometry(random, weights, input, attributes);
        attributes.put("group", integer(groups));
        long[] strides = ((Attribute.Ints) attributes.get("strides")).toArray();
        if (random.nextBoolean()) {
            attributes.put(
                    "output_padding",
                    integers(Arrays.stream(strides).map(s -> random.nextLong(s)).toArray()));
        }
        return new Case("at random", "ConvTranspose", weights, outputs, input, attributes);
    }

    private static void geometry(
            SplittableRandom random, long[] weights, long[] input, Map<String, Attribute> attributes) {
        int rank = weights.length - 2;
        String autoPad =
                List.of("NOTSET", "NOTSET", "SAME_UPPER", "SAME_LOWER", "VALID").get(random.nextInt(5));
        boolean same = autoPad.startsWith("SAME");
        long[] strides = new long[rank];
        long[] dilations = new long[rank];
        long[] pads = new long[2 * rank];
        for (int axis = 0; axis < rank; axis++) {
            weights[axis + 2] = random.nextInt(1, 4);
            strides[axis] = random.nextInt(1, 4);
            dilations[axis] = same ? 1 : random.nextInt(1, 3);
            pads[axis] = random.nextInt((int) weights[axis + 2]);
            pads[axis + rank] = random.nextInt((int) weights[axis + 2]);
            input[axis + 2] = random.nextInt(5, 9);
        }
        attributes.put("strides", integers(strides));
        attributes.put("dilations", integers(dilations));
        if (autoPad.equals("NOTSET")) {
            attributes.put("pads", integers(pads));
        } else {
            attributes.put("auto_pad", new Attribute.Text(autoPad));
        }
    }

    @ParameterizedTest
    @MethodSource({"named", "random"})
    void weightsTimesPatchIsTheOutputAtEveryPosition(Case c) {
        Graph graph = graph(c);
        Layer layer = Layers.survey(graph).layers().get(0);
        Tensor x = Tensor.of(noise(Tensor.elements(c.input()), 3), c.input());
        Tensor y;
        try (Network network = Network.of(graph, NetworkOptions.DEFAULT)) {
            y = network.run(Map.of("x", x)).get("y");
        }
        long count = PatchOffsets.count(layer, c.input());
        assertEquals(y.size(), count * layer.rows());
        PatchOffsets patches =
                PatchOffsets.of(layer, c.input(), LongStream.range(0, count).toArray());
        float[] byGroup = new float[(int) count * layer.cols() * layer.groups()];
        int channels = layer.cols() * layer.groups() / patches.taps();
        PatchGather.byGroup(layer.groups(), channels, patches.taps(), (int) count)
                .gather(x.floats(), patches, 0, (int) count, byGroup);
        float[] byPosition = new float[byGroup.length];
        PatchGather.byPosition(layer.groups(), channels, patches.taps())
                .gather(x.floats(), patches, 0, (int) count, byPosition);
        List<WeightMatrix> matrices = layer.matrices();
        List<List<Float>> written = byRow(withPositions(y, c), layer);
        for (int p = 0; p < count; p++) {
            for (int row = 0; row < layer.rows(); row++) {
                int group = row / layer.rowsPerGroup();
                double sum = layer.biasValues()[row];
                for (int col = 0; col < layer.cols(); col++) {
                    float input = byGroup[(group * (int) count + p) * layer.cols() + col];
                    assertEquals(input, byPosition[(p * layer.cols() + col) * layer.groups() + group]);
                    sum += input * matrices.get(group).at(row % layer.rowsPerGroup(), col);
                }
                assertEquals(written.get(row).get(p), sum, 1e-4);
            }
        }
    }

    /** With the axis of positions that a product with a vector leaves out. */
    private static Tensor withPositions(Tensor y, Case c) {
        if (!c.opType().equals("MatMul") || c.input().length > 1) {
            return y;
        }
        List<Long> dims = new ArrayList<>(Arrays.stream(y.dims()).boxed().toList());
        dims.add(c.left() ? dims.size() : dims.size() - 1, 1L);
        return Tensor.of(y.floats(), dims.stream().mapToLong(Long::longValue).toArray());
    }

    /** What each row writes, position by position. */
    private static List<List<Float>> byRow(Tensor y, Layer layer) {
        int[] rows = OutputRows.of(layer, y.dims());
        List<List<Float>> written = new ArrayList<>();
        for (int row = 0; row < layer.rows(); row++) {
            written.add(new ArrayList<>());
        }
        for (int i = 0; i < rows.length; i++) {
            written.get(rows[i]).add(y.values().get(i));
        }
        return written;
    }

    private static Graph graph(Case c) {
        List<Initializer> constants = new ArrayList<>();
        constants.add(Initializer.ofFloats("w", noise(Tensor.elements(c.weights()), 1), c.weights()));
        List<String> inputs = new ArrayList<>(c.left() ? List.of("w", "x") : List.of("x", "w"));
        if (c.outputs() > 0) {
            constants.add(Initializer.ofFloats("b", noise(c.outputs(), 2), c.outputs()));
            inputs.add("b");
        }
        Node node = Node.of("layer", c.opType(), inputs, List.of("y"), c.attributes());
        List<Value.Dim> dims =
                Arrays.stream(c.input()).mapToObj(Value.Dim::fixed).toList();
        return new Graph(
                List.of(node),
                constants,
                List.of(new Value("x", ElementType.FLOAT, Optional.of(dims), Optional.empty())),
                List.of(Value.ofFloat("y")),
                Map.of("", 13L),
                Map.of(),
                Map.of(),
                Optional.empty());
    }

    private static float[] noise(long count, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        float[] values = new float[(int) count];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextDouble(-1, 1);
        }
        return values;
    }

    private static Attribute integer(long value) {
        return new Attribute.Int(value);
    }

    private static Attribute integers(long... values) {
        return new Attribute.Ints(Arrays.stream(values).boxed().toList());
    }

    private static long[] dims(long... dims) {
        return dims;
    }

    /** The network is cut before the layers that are measured, so nobody else says that one does not fit its input. */
    @Test
    void anInputThatTheLayerCannotReadIsRefused() {
        assertRefused(new Case("", "Gemm", dims(5, 3), 3, dims(4, 6), Map.of()));
        assertRefused(new Case("", "Gemm", dims(5, 3), 3, dims(5, 4), Map.of()));
        assertRefused(new Case("", "Gemm", dims(5, 3), 3, dims(4, 5), Map.of("transA", integer(1))));
        assertRefused(new Case("", "Gemm", dims(5, 3), 3, dims(4, 5, 5), Map.of()));
        assertRefused(new Case("", "MatMul", dims(5, 3), 3, dims(2, 4, 3), Map.of()));
        assertRefused(new Case("", "MatMul", dims(5, 3), 3, dims(), Map.of()));
        assertRefused(new Case("", "MatMul", dims(4, 5, 3), 3, dims(3, 7, 5), Map.of()));
        assertRefused(left("", "MatMul", dims(3, 5), dims(4, 3), Map.of()));
        assertRefused(einsum("bsd,dhk->bshk", dims(5), dims(5, 3, 2)));
        assertRefused(einsum("bsd,dhk->bshk", dims(2, 7, 6), dims(5, 3, 2)));
        assertRefused(new Case("", "Conv", dims(4, 3, 2, 2), 4, dims(1, 2, 8, 8), Map.of()));
        assertRefused(new Case("", "Conv", dims(4, 3, 2, 2), 4, dims(1, 3, 8), Map.of()));
        assertRefused(new Case("", "Conv", dims(4, 3, 2, 2), 4, dims(1, 3, 8, 8), Map.of("group", integer(2))));
        assertRefused(new Case("", "ConvTranspose", dims(4, 3, 2, 2), 3, dims(1, 3, 8, 8), Map.of()));
    }

    private static void assertRefused(Case c) {
        Layer layer = Layers.survey(graph(c)).layers().get(0);
        UnsupportedModelException refused =
                assertThrows(UnsupportedModelException.class, () -> PatchOffsets.count(layer, c.input()));
        assertTrue(refused.getMessage().contains(Arrays.toString(c.input())), refused.getMessage());
    }
}
