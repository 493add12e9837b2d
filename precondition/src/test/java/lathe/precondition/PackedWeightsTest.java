package lathe.precondition;

import static lathe.precondition.OldModel.are;
import static lathe.precondition.OldModel.is;
import static lathe.precondition.OldModel.longs;
import static lathe.precondition.OldModel.noise;
import static lathe.precondition.OldModel.scalar;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import lathe.engine.graph.Attribute;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Initializer;
import lathe.engine.tensor.ElementType;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Weights of 4 and 2 bits as the engine packs them are to ONNX Runtime scale * (code - zero point). */
class PackedWeightsTest {

    private static final long BLOCK = 4;

    /** How many weights share a scale, and whether they have a zero point. */
    enum Grouping {
        OUTPUT(false, false),
        OUTPUT_WITH_ZERO_POINT(false, true),
        BLOCK(true, false),
        BLOCK_WITH_ZERO_POINT(true, true);

        private final boolean blocked;
        private final boolean zeroPoint;

        Grouping(boolean blocked, boolean zeroPoint) {
            this.blocked = blocked;
            this.zeroPoint = zeroPoint;
        }
    }

    /**
     * A layer and how its weights are stored.
     *
     * @param input shape of what it reads
     * @param stored shape of the codes
     * @param outputAxis axis of the codes that runs over outputs
     * @param inputAxis the axis that is cut into blocks
     * @param reshaped shape that the layer wants, if another
     */
    record Form(
            String opType,
            List<Long> input,
            List<Long> stored,
            int outputAxis,
            int inputAxis,
            List<Long> reshaped,
            Map<String, Attribute> attributes) {
        @Override
        public String toString() {
            return opType + (reshaped.isEmpty() ? " " : " reshaped from ") + stored;
        }
    }

    private static final Map<String, Attribute> PADDED = Map.ofEntries(are("pads", 1L, 1L, 1L, 1L));

    /** Extents that leave part of a byte and part of a block; matrix products that ONNX Runtime does not replace. */
    private static final List<Form> FORMS = List.of(
            new Form("Conv", List.of(2L, 7L, 6L, 6L), List.of(5L, 7L, 3L, 3L), 0, 1, List.of(), PADDED),
            new Form("Conv", List.of(2L, 7L, 6L, 6L), List.of(5L, 63L), 0, 1, List.of(5L, 7L, 3L, 3L), PADDED),
            new Form("ConvTranspose", List.of(2L, 7L, 6L, 6L), List.of(7L, 5L, 3L, 3L), 1, 0, List.of(), PADDED),
            new Form("Gemm", List.of(3L, 21L), List.of(5L, 21L), 0, 1, List.of(), Map.ofEntries(is("transB", 1))),
            new Form("Gemm", List.of(3L, 21L), List.of(21L, 5L), 1, 0, List.of(21L, 5L), Map.of()),
            new Form("MatMul", List.of(2L, 3L, 21L), List.of(21L, 5L), 1, 0, List.of(21L, 5L), Map.of()));

    static Stream<Arguments> cases() {
        return FORMS.stream()
                .flatMap(form -> Stream.of(ElementType.INT4, ElementType.UINT4, ElementType.INT2, ElementType.UINT2)
                        .flatMap(type ->
                                Arrays.stream(Grouping.values()).map(grouping -> Arguments.of(form, type, grouping))));
    }

    @ParameterizedTest(name = "{0} {1} {2}")
    @MethodSource("cases")
    void areDequantizedExactly(Form form, ElementType type, Grouping grouping) throws Exception {
        Weights weights = Weights.of(form, type, grouping);
        Graph graph = weights.dequantized(form, type, grouping).named("").graph();
        assertArrayEquals(weights.floats, Networks.run(graph, 1).get("w"));
    }

    @ParameterizedTest(name = "{0} {1} {2}")
    @MethodSource("cases")
    void computeAsTheirFloatsDo(Form form, ElementType type, Grouping grouping) throws Exception {
        Weights weights = Weights.of(form, type, grouping);
        Graph packed = layer(weights.dequantized(form, type, grouping), form, "x")
                .named("")
                .graph();
        Graph floats = layer(weights.asFloats(form, type), form, "x").named("").graph();
        Networks.assertSameOutputs(floats, packed, 1e-6);
    }

    /**
     * Quantized activations around must not make ONNX Runtime look for an integer kernel that it does not have. (The
     * float weights it would quantize there by itself, hence node by node.)
     */
    @ParameterizedTest(name = "{0} {1} {2}")
    @MethodSource("reshaped")
    void reshapedWeightsComputeTheSameBetweenQuantizedActivations(Form form, ElementType type, Grouping grouping)
            throws Exception {
        Weights weights = Weights.of(form, type, grouping);
        Graph packed = quantizedAround(weights.dequantized(form, type, grouping), form);
        Graph floats = quantizedAround(weights.asFloats(form, type), form);
        Networks.assertGives(Networks.runNodeByNode(floats, 1), packed, 1e-6);
    }

    static Stream<Arguments> reshaped() {
        return cases().filter(arguments -> !((Form) arguments.get()[0]).reshaped.isEmpty());
    }

    private static Graph quantizedAround(OldModel.Builder weights, Form form) {
        weights.with(scalar("s", 0.03f), OldModel.codes("z", ElementType.UINT8, List.of(), 120))
                .then("QuantizeLinear", List.of("x", "s", "z"), List.of("xq"))
                .then("DequantizeLinear", List.of("xq", "s", "z"), List.of("xd"));
        return layer(weights, form, "xd")
                .with(scalar("t", 0.1f))
                .then("QuantizeLinear", List.of("y", "t", "z"), List.of("yq"))
                .then("DequantizeLinear", List.of("yq", "t", "z"), List.of("yd"))
                .named("")
                .graph();
    }

    private static OldModel.Builder layer(OldModel.Builder weights, Form form, String input) {
        String kernel = "w";
        if (!form.reshaped.isEmpty()) {
            kernel = "kernel";
            weights.with(longs("shape", toArray(form.reshaped)))
                    .then("Reshape", List.of("w", "shape"), List.of(kernel));
        }
        return weights.input(form.input.toArray(Long[]::new))
                .then(form.opType, List.of(input, kernel), List.of("y"), entries(form.attributes));
    }

    @SuppressWarnings({"unchecked", "rawtypes"}) // no array of a parameterized type can be made
    private static Map.Entry<String, Attribute>[] entries(Map<String, Attribute> attributes) {
        return attributes.entrySet().toArray(new Map.Entry[0]);
    }

    private static long[] toArray(List<Long> values) {
        return values.stream().mapToLong(Long::longValue).toArray();
    }

    /** Seeded codes, their scales and zero points, and what they stand for. */
    private record Weights(byte[] codes, Initializer scales, byte[] zeroPoints, float[] floats) {

        static Weights of(Form form, ElementType type, Grouping grouping) {
            Random random = new Random(type.code());
            int[] group = groupOfEach(form, grouping);
            int groups = Arrays.stream(group).max().orElseThrow() + 1;
            byte[] codes = randomCodes(random, type, group.length);
            byte[] zeroPoints = grouping.zeroPoint ? randomCodes(random, type, groups) : new byte[groups];
            Initializer scales =
                    noise("s" + groups, toArray(scaleDims(form, grouping))).named("scales");
            float[] scale = scales.floats();
            float[] floats = new float[codes.length];
            for (int i = 0; i < codes.length; i++) {
                floats[i] = scale[group[i]] * (codes[i] - zeroPoints[group[i]]);
            }
            return new Weights(codes, scales, zeroPoints, floats);
        }

        private static byte[] randomCodes(Random random, ElementType type, int count) {
            int low = type.name().startsWith("U") ? 0 : -(1 << (type.bits() - 1));
            byte[] codes = new byte[count];
            for (int i = 0; i < count; i++) {
                codes[i] = (byte) (low + random.nextInt(1 << type.bits()));
            }
            return codes;
        }

        OldModel.Builder dequantized(Form form, ElementType type, Grouping grouping) {
            List<String> inputs = new ArrayList<>(List.of("codes", "scales"));
            OldModel.Builder graph =
                    OldModel.empty(opset(type)).with(Initializer.ofCodes("codes", type, form.stored, codes), scales);
            if (grouping.zeroPoint) {
                graph.with(Initializer.ofCodes("zeros", type, scales.dims(), zeroPoints));
                inputs.add("zeros");
            }
            return grouping.blocked
                    ? graph.then(
                            "DequantizeLinear",
                            inputs,
                            List.of("w"),
                            is("axis", form.inputAxis),
                            is("block_size", PackedWeightsTest.BLOCK))
                    : graph.then("DequantizeLinear", inputs, List.of("w"), is("axis", form.outputAxis));
        }

        OldModel.Builder asFloats(Form form, ElementType type) {
            return OldModel.empty(opset(type)).with(Initializer.ofFloats("w", floats, toArray(form.stored)));
        }
    }

    /** 4 bits came with opset 21, 2 bits with 25. */
    private static long opset(ElementType type) {
        return type.bits() == 4 ? 21 : 25;
    }

    private static List<Long> scaleDims(Form form, Grouping grouping) {
        if (!grouping.blocked) {
            return List.of(form.stored.get(form.outputAxis));
        }
        List<Long> dims = new ArrayList<>(form.stored);
        dims.set(form.inputAxis, (dims.get(form.inputAxis) + BLOCK - 1) / BLOCK);
        return dims;
    }

    /** For each code, row-major, the index of its scale. */
    private static int[] groupOfEach(Form form, Grouping grouping) {
        int elements = (int) LongStream.of(toArray(form.stored)).reduce(1, Math::multiplyExact);
        return IntStream.range(0, elements)
                .map(element -> group(form, grouping, element))
                .toArray();
    }

    private static int group(Form form, Grouping grouping, int element) {
        int rest = element;
        int[] index = new int[form.stored.size()];
        for (int axis = index.length - 1; axis >= 0; axis--) {
            int extent = form.stored.get(axis).intValue();
            index[axis] = rest % extent;
            rest /= extent;
        }
        if (!grouping.blocked) {
            return index[form.outputAxis];
        }
        index[form.inputAxis] /= (int) BLOCK;
        List<Long> dims = scaleDims(form, grouping);
        int group = 0;
        for (int axis = 0; axis < index.length; axis++) {
            group = group * dims.get(axis).intValue() + index[axis];
        }
        return group;
    }
}
