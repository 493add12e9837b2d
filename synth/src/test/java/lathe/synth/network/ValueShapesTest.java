package lathe.synth.network;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.stream.IntStream;
import lathe.engine.graph.Attribute;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Node;
import lathe.engine.graph.Value;
import lathe.engine.operator.Multiplication;
import lathe.engine.tensor.ElementType;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** Counts multiplications with ONNX Runtime: of ones with ones, without padding, the outputs add up to their number. */
class ValueShapesTest {

    private static final String SYMBOL = "n";

    private static Graph graph(Node node, long[] weights, int inputRank) {
        float[] ones = new float[(int) Tensor.elements(weights)];
        Arrays.fill(ones, 1);
        List<Value.Dim> dims = IntStream.range(0, inputRank)
                .mapToObj(axis -> Value.Dim.dynamic(SYMBOL + axis))
                .toList();
        return new Graph(
                List.of(node),
                List.of(Initializer.ofFloats("w", ones, weights)),
                List.of(new Value("x", ElementType.FLOAT, Optional.of(dims), Optional.empty())),
                List.of(Value.ofFloat("y")),
                Map.of("", 13L),
                Map.of(),
                Map.of(),
                Optional.empty());
    }

    private static Map<String, Tensor> none() {
        throw new AssertionError("no run is needed");
    }

    private static void check(Graph graph, long... input) {
        Multiplication found = Multiplication.of(graph).get(0);
        ValueShapes shapes = ValueShapes.of(
                graph, Map.of("x", input), ValueShapesTest::none, found.values().toList());
        float[] ones = new float[(int) Tensor.elements(input)];
        Arrays.fill(ones, 1);
        long sum = 0;
        try (Network network = Network.of(graph, NetworkOptions.DEFAULT)) {
            Tensor output = network.run(Map.of("x", Tensor.of(ones, input)))
                    .values()
                    .iterator()
                    .next();
            for (int i = 0; i < output.values().limit(); i++) {
                sum += Math.round(output.values().get(i));
            }
        }
        assertEquals(sum, found.macs(shapes).orElseThrow());
        assertEquals(ones.length, found.inputs(shapes).orElseThrow());
    }

    @Property(tries = 60, seed = "1")
    void countsConvolutions(
            @ForAll @IntRange(min = 1, max = 3) int groups,
            @ForAll @IntRange(min = 1, max = 3) int kernel,
            @ForAll @IntRange(min = 1, max = 2) int stride,
            @ForAll @IntRange(min = 1, max = 2) int dilation,
            @ForAll boolean transposed,
            @ForAll @IntRange(max = 1000) int seed) {
        Random random = new Random(seed);
        long inputs = 1L + random.nextInt(3);
        long outputs = 1L + random.nextInt(3);
        Map<String, Attribute> attributes = new LinkedHashMap<>();
        attributes.put("group", new Attribute.Int(groups));
        attributes.put("strides", new Attribute.Ints(List.of((long) stride, (long) stride)));
        attributes.put("dilations", new Attribute.Ints(List.of((long) dilation, (long) dilation)));
        long[] weights = transposed
                ? new long[] {inputs * groups, outputs, kernel, 1}
                : new long[] {outputs * groups, inputs, kernel, 1};
        Node node = Node.of("", transposed ? "ConvTranspose" : "Conv", List.of("x", "w"), List.of("y"), attributes);
        check(graph(node, weights, 4), 1, inputs * groups, 5L + random.nextInt(4), 1L + random.nextInt(4));
    }

    @Property(tries = 20, seed = "2")
    void countsProducts(
            @ForAll @IntRange(min = 1, max = 5) int rows,
            @ForAll @IntRange(min = 1, max = 5) int inputs,
            @ForAll @IntRange(min = 1, max = 5) int outputs) {
        Node matMul = Node.of("", "MatMul", List.of("x", "w"), List.of("y"), Map.of());
        check(graph(matMul, new long[] {inputs, outputs}, 3), 2, rows, inputs);
        Node gemm = Node.of("", "Gemm", List.of("x", "w"), List.of("y"), Map.of("transB", new Attribute.Int(1)));
        check(graph(gemm, new long[] {outputs, inputs}, 2), rows, inputs);
    }

    @Test
    void everyMatrixOfABatchIsCounted() {
        Node node = Node.of("", "MatMul", List.of("x", "w"), List.of("y"), Map.of());
        Graph graph = graph(node, new long[] {2, 3, 4}, 3);
        Multiplication found = Multiplication.of(graph).get(0);
        ValueShapes shapes = ValueShapes.of(
                graph,
                Map.of("x", new long[] {2, 5, 3}),
                ValueShapesTest::none,
                found.values().toList());
        assertEquals(OptionalLong.of(2 * 5 * 3 * 4), found.macs(shapes));
        assertEquals(List.of(2L, 5L, 4L), shapes.apply("y").orElseThrow());
    }

    /** A Reshape to a shape that is computed from values of the input. */
    @Test
    void whatCannotBeInferredIsFoundInARun() {
        Graph plain = graph(Node.of("", "MatMul", List.of("r", "w"), List.of("y"), Map.of()), new long[] {3, 4}, 2);
        Graph graph = new Graph(
                List.of(
                        Node.of("", "Cast", List.of("k"), List.of("j3"), Map.of("to", new Attribute.Int(7))),
                        Node.of("", "Cast", List.of("o"), List.of("one"), Map.of("to", new Attribute.Int(7))),
                        Node.of("", "ReduceMax", List.of("x"), List.of("m"), Map.of("keepdims", new Attribute.Int(0))),
                        Node.of("", "Cast", List.of("m"), List.of("i"), Map.of("to", new Attribute.Int(7))),
                        Node.of("", "Reshape", List.of("i", "one"), List.of("j"), Map.of()),
                        Node.of("", "Concat", List.of("j", "j3"), List.of("s"), Map.of("axis", new Attribute.Int(0))),
                        Node.of("", "Reshape", List.of("x", "s"), List.of("r"), Map.of()),
                        plain.nodes().get(0)),
                List.of(
                        plain.initializers().get("w"),
                        Initializer.ofFloats("k", new float[] {3}, 1),
                        Initializer.ofFloats("o", new float[] {1}, 1)),
                plain.inputs(),
                plain.outputs(),
                plain.opsets(),
                Map.of(),
                Map.of(),
                Optional.empty());
        Multiplication found = Multiplication.of(graph).get(0);
        float[] values = new float[12];
        Arrays.fill(values, 4);
        ValueShapes shapes = ValueShapes.of(
                graph,
                Map.of("x", new long[] {2, 6}),
                () -> Map.of("x", Tensor.of(values, 2, 6)),
                found.values().toList());
        assertEquals(List.of(4L, 4L), shapes.apply("y").orElseThrow());
        assertEquals(4L * 3 * 4, found.macs(shapes).orElseThrow());
    }
}
