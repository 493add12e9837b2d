package lathe.synth.network;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import lathe.engine.graph.Graph;
import lathe.engine.graph.GraphEdit;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Node;
import lathe.engine.graph.Value;
import lathe.engine.grid.AffineScale;
import lathe.engine.grid.Blocks;
import lathe.engine.grid.QuantGrid;
import lathe.engine.grid.WeightFormat;
import lathe.engine.layer.Layer;
import lathe.engine.layer.Layers;
import lathe.engine.layer.QuantizedWeights;
import lathe.engine.layer.SolvedLayer;
import lathe.engine.onnx.OnnxReader;
import lathe.engine.qdq.OrtTarget;
import lathe.engine.target.Placement;
import lathe.engine.tensor.ElementType;
import lathe.synth.network.NetworkOptions.Optimization;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Activations of fewer than 8 bits as ONNX Runtime computes them: all codes of the grid, and no others. */
class LowBitActivationsTest {

    @TempDir
    Path folder;

    static Stream<Arguments> grids() {
        float[] scales = {0.1f, 1 / 3f, 0.4f, Float.MIN_NORMAL, 1e-30f, 1e30f, Float.MAX_VALUE / 255};
        return IntStream.rangeClosed(4, 8)
                .boxed()
                .flatMap(bits -> IntStream.range(0, scales.length)
                        .boxed()
                        .flatMap(i -> Stream.of(0, 1, (1 << bits) / 2, (1 << bits) - 1)
                                .map(zero ->
                                        Arguments.of(new AffineScale(QuantGrid.unsigned(bits), scales[i], zero)))));
    }

    @ParameterizedTest
    @MethodSource("grids")
    void everyCodeOfTheGridOccursAndNoOther(AffineScale affine) {
        float[] inputs = inputs(affine);
        int[] expected = new int[inputs.length];
        for (int i = 0; i < inputs.length; i++) {
            double code = Math.rint(inputs[i] / affine.scale()) + affine.zeroPoint(); // float division
            expected[i] = (int) Math.max(0, Math.min(affine.grid().max(), code));
        }
        assertEquals(
                affine.grid().levels(),
                new TreeSet<>(IntStream.of(expected).boxed().toList()).size());
        Graph graph = graph(List.of(conv("y", "x")), Map.of("x", affine, "y", affine));
        for (Optimization level : List.of(Optimization.NONE, Optimization.ALL)) {
            assertArrayEquals(expected, codes(graph, inputs, level), level::toString);
        }
    }

    /** A dense grid from below the range to above, all ties and bounds with their neighbours, and the largest numbers. */
    private static float[] inputs(AffineScale affine) {
        List<Float> inputs = new ArrayList<>(List.of(
                0f,
                -0f,
                Float.MIN_VALUE,
                -Float.MIN_VALUE,
                Float.MAX_VALUE,
                -Float.MAX_VALUE,
                1e30f,
                -1e30f,
                Float.POSITIVE_INFINITY,
                Float.NEGATIVE_INFINITY));
        int first = -affine.zeroPoint() - 3;
        int last = affine.grid().max() - affine.zeroPoint() + 3;
        for (int half = 2 * first; half <= 2 * last; half++) {
            float number = half * 0.5f * affine.scale();
            inputs.addAll(List.of(Math.nextDown(number), number, Math.nextUp(number)));
        }
        for (int i = 0; i <= 1000; i++) {
            inputs.add((float) (first + (last - first) * i / 1000.0) * affine.scale());
        }
        inputs.removeIf(value -> value.isNaN());
        float[] array = new float[inputs.size()];
        for (int i = 0; i < array.length; i++) {
            array[i] = inputs.get(i);
        }
        return array;
    }

    /** Whether a Relu or Clip was left out or not: the codes are those of the clipped numbers. */
    @Test
    void aDroppedClipChangesNoCode() {
        for (Clip clip : List.of(new Clip(0, 6), new Clip(-1, 1), new Clip(0, Float.MAX_VALUE), new Clip(-0.3f, 2))) {
            for (int bits = 4; bits < 8; bits++) {
                for (int zero : new int[] {0, 3, (1 << bits) / 2}) {
                    for (float scale : new float[] {0.05f, 6f / ((1 << bits) - 1), Math.nextUp(0.4f), 1}) {
                        check(clip, new AffineScale(QuantGrid.unsigned(bits), scale, zero));
                    }
                }
            }
        }
    }

    private record Clip(float low, float high) {}

    private void check(Clip clip, AffineScale affine) {
        float[] inputs = inputs(affine);
        int[] expected = new int[inputs.length];
        for (int i = 0; i < inputs.length; i++) {
            float held = Math.max(clip.low(), Math.min(clip.high(), inputs[i]));
            double code = Math.rint(held / affine.scale()) + affine.zeroPoint();
            expected[i] = (int) Math.max(0, Math.min(affine.grid().max(), code));
        }
        Node node = Node.of("", "Clip", List.of("x", "low", "high"), List.of("c"), Map.of());
        Graph graph = graph(
                List.of(node, conv("y", "c")),
                Map.of("c", affine, "y", affine),
                Initializer.ofFloats("low", new float[] {clip.low()}),
                Initializer.ofFloats("high", new float[] {clip.high()}));
        assertArrayEquals(expected, codes(graph, inputs, Optimization.ALL), clip + " " + affine);
    }

    private static Node conv(String output, String input) {
        return Node.of("", "Conv", List.of(input, "w"), List.of(output), Map.of());
    }

    /** The nodes over x, of shape 1 x 1 x 1 x n, with quantized activations, and the codes of the first as output. */
    private static Graph graph(List<Node> nodes, Map<String, AffineScale> scales, Initializer... constants) {
        List<Initializer> initializers = new ArrayList<>(List.of(constants));
        initializers.add(Initializer.ofFloats("w", new float[] {1}, 1, 1, 1, 1));
        Value x = shaped("x", ElementType.FLOAT);
        Graph graph = new Graph(
                nodes,
                initializers,
                List.of(x),
                List.of(Value.ofFloat("y")),
                Map.of("", 13L),
                Map.of(),
                Map.of(),
                Optional.empty());
        Placement plan = OrtTarget.DEFAULT.place(graph, Layers.survey(graph).layers());
        Graph quantized = plan.write(List.of(), scales);
        Node dequantize = quantized.nodes().stream()
                .filter(node -> node.is("DequantizeLinear"))
                .findFirst()
                .orElseThrow();
        GraphEdit edit = quantized.edit();
        edit.outputs(List.of(shaped(dequantize.inputs().get(0), ElementType.UINT8)));
        return edit.build();
    }

    private static Value shaped(String name, ElementType type) {
        List<Value.Dim> dims =
                List.of(Value.Dim.fixed(1), Value.Dim.fixed(1), Value.Dim.fixed(1), Value.Dim.dynamic("n"));
        return new Value(name, type, Optional.of(dims), Optional.empty());
    }

    private static int[] codes(Graph graph, float[] inputs, Optimization level) {
        try (Network network = Network.of(graph, NetworkOptions.DEFAULT.withOptimization(level))) {
            Tensor result = network.run(Map.of("x", Tensor.of(inputs, 1, 1, 1, inputs.length)))
                    .values()
                    .iterator()
                    .next();
            int[] codes = new int[result.size()];
            for (int i = 0; i < codes.length; i++) {
                codes[i] = (int) result.floats()[i];
            }
            return codes;
        }
    }

    @Test
    void onnxRuntimeStillComputesInIntegers() throws IOException {
        Graph graph = new Graph(
                List.of(
                        conv("a", "x"),
                        Node.of("", "Clip", List.of("a", "low", "high"), List.of("c"), Map.of()),
                        conv("b", "c"),
                        Node.of("", "Add", List.of("b", "c"), List.of("s"), Map.of()),
                        Node.of("", "Relu", List.of("s"), List.of("r"), Map.of()),
                        conv("y", "r")),
                List.of(
                        Initializer.ofFloats("w", new float[] {1}, 1, 1, 1, 1),
                        Initializer.ofFloats("low", new float[] {0}),
                        Initializer.ofFloats("high", new float[] {6})),
                List.of(shaped("x", ElementType.FLOAT)),
                List.of(Value.ofFloat("y")),
                Map.of("", 13L),
                Map.of(),
                Map.of(),
                Optional.empty());
        List<Layer> layers = Layers.survey(graph).layers();
        Placement plan = OrtTarget.DEFAULT.place(graph, layers);
        QuantizedWeights one = new QuantizedWeights(
                WeightFormat.perChannel(8), Blocks.one(1), 1, new short[] {127}, new float[] {1 / 127f}, new byte[1]);
        List<SolvedLayer> quantized = layers.stream()
                .map(layer -> new SolvedLayer(layer, List.of(one), new float[1]))
                .toList();
        Map<String, AffineScale> scales = new HashMap<>();
        plan.valuesToMeasure().forEach(value -> scales.put(value, new AffineScale(QuantGrid.unsigned(4), 0.39f, 0)));
        Path optimized = folder.resolve("optimized.onnx");
        Graph result = plan.write(quantized, scales);
        Network.of(result, NetworkOptions.DEFAULT.withOptimizedModel(optimized)).close();
        List<String> operators =
                OnnxReader.read(optimized).nodes().stream().map(Node::opType).toList();
        assertEquals(3, operators.stream().filter("QLinearConv"::equals).count(), operators::toString);
        assertTrue(operators.contains("QLinearAdd"), operators::toString);
        assertTrue(operators.stream().noneMatch(List.of("Conv", "Add", "Relu")::contains), operators::toString);
    }
}
