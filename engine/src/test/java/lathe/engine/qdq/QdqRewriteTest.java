package lathe.engine.qdq;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Node;
import lathe.engine.graph.TestGraph;
import lathe.engine.grid.AffineScale;
import lathe.engine.grid.Blocks;
import lathe.engine.grid.QuantGrid;
import lathe.engine.grid.WeightFormat;
import lathe.engine.layer.CompressedLayer;
import lathe.engine.layer.Layer;
import lathe.engine.layer.Layers;
import lathe.engine.layer.QuantizedWeights;
import lathe.engine.layer.SolvedLayer;
import lathe.engine.operator.WeightSite;
import lathe.engine.tensor.ElementType;
import lathe.engine.tensor.WeightMatrix;
import org.junit.jupiter.api.Test;

class QdqRewriteTest {

    private static WeightSite site(Graph graph) {
        return Layers.survey(graph).layers().get(0).site();
    }

    private static final QuantGrid GRID = QuantGrid.symmetric(8);

    /** Rounds to the nearest code of the largest weight's scale. */
    private static SolvedLayer rounded(Layer layer) {
        List<CompressedLayer> groups = new ArrayList<>();
        for (WeightMatrix weights : layer.matrices()) {
            short[] codes = new short[weights.rows() * weights.cols()];
            float[] scales = new float[weights.rows()];
            for (int row = 0; row < weights.rows(); row++) {
                for (double weight : weights.row(row)) {
                    scales[row] = Math.max(scales[row], (float) Math.abs(weight) / GRID.max());
                }
                for (int col = 0; col < weights.cols(); col++) {
                    codes[row * weights.cols() + col] = (short) GRID.nearest(weights.at(row, col) / scales[row]);
                }
            }
            groups.add(new QuantizedWeights(
                    WeightFormat.perChannel(GRID),
                    Blocks.one(weights.cols()),
                    weights.rows(),
                    codes,
                    scales,
                    new byte[scales.length]));
        }
        return new SolvedLayer(layer, groups, layer.biasValues());
    }

    private static Graph rewritten(Graph graph) {
        return rewritten(graph, new AffineScale(QuantGrid.unsigned(8), 0.5f, 7));
    }

    private static Graph rewritten(Graph graph, AffineScale everywhere) {
        List<Layer> layers = Layers.survey(graph).layers();
        ActivationPlan plan = ActivationPlan.of(graph, layers);
        Map<String, AffineScale> scales = new HashMap<>();
        plan.valuesToMeasure().forEach(value -> scales.put(value, everywhere));
        return QdqRewrite.apply(
                graph, layers.stream().map(QdqRewriteTest::rounded).toList(), plan, scales, WeightForm.CAST);
    }

    private static Node behindDequantize(Graph graph, String value) {
        Node dequantize = graph.producer(value).orElseThrow();
        assertTrue(dequantize.is("DequantizeLinear"), value);
        return dequantize;
    }

    /** The real numbers behind a DequantizeLinear of constant codes with a scale along an axis. */
    private static float[] constantBehind(Graph graph, Node dequantize) {
        Initializer codes = graph.constant(dequantize, 0).orElseThrow();
        float[] scales = graph.constant(dequantize, 1).orElseThrow().floats();
        int axis = (int) dequantize.integer("axis").orElseThrow();
        int inner = (int) codes.dims().stream()
                .skip(axis + 1L)
                .reduce(1L, (a, b) -> a * b)
                .longValue();
        float[] values = new float[(int) codes.elements()];
        for (int i = 0; i < values.length; i++) {
            int code = codes.type() == ElementType.INT8
                    ? codes.bytes().buffer().get(i)
                    : codes.bytes().buffer().getInt(4 * i);
            values[i] = scales[i / inner % scales.length] * code;
        }
        return values;
    }

    @Test
    void weightsBehindTheScaleAreTheRoundedWeights() {
        for (String op : List.of("Conv", "ConvTranspose", "Gemm", "MatMul")) {
            boolean spatial = op.startsWith("Conv");
            Graph graph = new TestGraph()
                    .weights("w", spatial ? new long[] {4, 3, 2, 2} : new long[] {4, 3})
                    .node(op, "y", "x", "w")
                    .build("y");
            Graph result = rewritten(graph);
            Node layer = result.nodes().stream()
                    .filter(node -> node.is(op))
                    .findFirst()
                    .orElseThrow();
            float[] actual =
                    WrittenWeights.of(result, layer, site(graph)).orElseThrow().floats();
            float[] expected = graph.constant("w").orElseThrow().floats();
            assertArrayEquals(expected, actual, 0.02f, op);
        }
    }

    @Test
    void theBiasHasTheScaleOfInputTimesWeights() {
        Graph graph = new TestGraph().conv("y", "x", 3, 4).build("y");
        Graph result = rewritten(graph);
        Node conv = result.nodes().stream()
                .filter(node -> node.is("Conv"))
                .findFirst()
                .orElseThrow();
        Node weights = behindDequantize(result, conv.inputs().get(1));
        Node bias = behindDequantize(result, conv.inputs().get(2));
        assertEquals(ElementType.INT32, result.constant(bias, 0).orElseThrow().type());
        float[] weightScales = result.constant(weights, 1).orElseThrow().floats();
        float[] biasScales = result.constant(bias, 1).orElseThrow().floats();
        for (int i = 0; i < weightScales.length; i++) {
            assertEquals(0.5f * weightScales[i], biasScales[i]);
        }
        assertArrayEquals(graph.constant("y_b").orElseThrow().floats(), constantBehind(result, bias), 0.02f);
    }

    /** The layer keeps its weights; each output is to be 1, 2, ... larger. */
    private static Graph corrected(Graph graph) {
        List<SolvedLayer> replaced = new ArrayList<>();
        for (Layer layer : Layers.survey(graph).layers()) {
            float[] bias = layer.biasValues().clone();
            for (int row = 0; row < bias.length; row++) {
                bias[row] += row + 1;
            }
            replaced.add(new SolvedLayer(layer, rounded(layer).groups(), bias));
        }
        return QdqRewrite.apply(graph, replaced, ActivationPlan.of(graph, List.of()), Map.of(), WeightForm.CAST);
    }

    @Test
    void whatIsAddedBehindAMatMulCorrectsIt() {
        for (List<String> inputs : List.of(List.of("y", "c"), List.of("c", "y"))) {
            Graph graph = new TestGraph()
                    .weights("w", 4, 3)
                    .weights("c", 3)
                    .node("MatMul", "y", "x", "w")
                    .node("Add", "z", inputs.get(0), inputs.get(1))
                    .build("z");
            Graph result = corrected(graph);
            int addend = inputs.indexOf("c");
            Node add = result.producer("z").orElseThrow();
            assertEquals("y", add.inputs().get(1 - addend));
            float[] expected = graph.constant("c").orElseThrow().floats().clone();
            for (int row = 0; row < 3; row++) {
                expected[row] += row + 1;
            }
            assertArrayEquals(
                    expected, result.constant(add, addend).orElseThrow().floats());
            assertFalse(result.initializers().containsKey("c"), "nothing reads it any more");
        }
    }

    @Test
    void whatElseReadsTheAddendOrTheMatMulStaysAsItIs() {
        Graph shared = new TestGraph()
                .weights("w", 4, 3)
                .weights("c", 3)
                .node("MatMul", "y", "x", "w")
                .node("Add", "z", "y", "c")
                .node("Mul", "u", "z", "c")
                .build("u");
        Graph result = corrected(shared);
        Node mul = result.producer("u").orElseThrow();
        assertArrayEquals(
                shared.constant("c").orElseThrow().floats(),
                result.constant(mul, 1).orElseThrow().floats());
        for (Graph graph : List.of(
                new TestGraph()
                        .weights("w", 4, 3)
                        .weights("c", 3)
                        .node("MatMul", "y", "x", "w")
                        .node("Add", "z", "y", "c")
                        .build("z", "y"),
                new TestGraph()
                        .weights("w", 4, 3)
                        .weights("c", 5, 3)
                        .node("MatMul", "y", "x", "w")
                        .node("Add", "z", "y", "c")
                        .build("z"),
                new TestGraph()
                        .weights("w", 4, 3)
                        .node("MatMul", "y", "x", "w")
                        .node("Add", "z", "y", "x")
                        .build("z"))) {
            Node add = graph.producer("z").orElseThrow();
            assertEquals(
                    add.inputs(), corrected(graph).producer("z").orElseThrow().inputs());
        }
    }

    @Test
    void theFloorKeepsTheLargestBiasInsideInt32() {
        Graph graph = new TestGraph().conv("y", "x", 3, 4).build("y");
        Layer layer = Layers.survey(graph).layers().get(0);
        ActivationPlan plan = ActivationPlan.of(graph, List.of(layer));
        AffineScale input = new AffineScale(QuantGrid.unsigned(8), 1e-6f, 0);
        double[] floor = QdqRewrite.limits(
                        layer, WeightFormat.perChannel(8), graph, plan, Map.of("x", input), OrtTarget.DEFAULT)
                .scaleFloor();
        float[] bias = layer.biasValues();
        for (int i = 0; i < floor.length; i++) {
            double code = Math.abs(bias[i]) / (floor[i] * input.scale());
            assertTrue(code < Integer.MAX_VALUE && code > Integer.MAX_VALUE / 4.0);
        }
    }

    @Test
    void theFloorKeepsTheScaleOfATinyBiasFromVanishing() {
        Graph graph = new TestGraph()
                .weights("w", 1, 1, 1, 1)
                .scalar("b", 5.7e-41f)
                .node("Conv", "y", "x", "w", "b")
                .build("y");
        Layer layer = Layers.survey(graph).layers().get(0);
        ActivationPlan plan = ActivationPlan.of(graph, List.of(layer));
        AffineScale input = new AffineScale(QuantGrid.unsigned(8), 0.2f, 0);
        float scale = (float)
                QdqRewrite.limits(layer, WeightFormat.perChannel(8), graph, plan, Map.of("x", input), OrtTarget.DEFAULT)
                        .scaleFloor()[0];
        assertTrue(scale * input.scale() >= Float.MIN_NORMAL * 0.99f);
    }

    @Test
    void everyReaderReadsBehindThePair() {
        Graph graph = new TestGraph()
                .conv("a", "x", 3, 4)
                .conv("b", "a", 4, 4)
                .node("Softmax", "s", "a")
                .build("b", "s");
        Graph result = rewritten(graph);
        List<Node> readers = result.consumers("a");
        assertEquals(1, readers.size());
        assertTrue(readers.get(0).is("QuantizeLinear"));
    }

    @Test
    void outputsKeepTheirNames() {
        Graph result = rewritten(new TestGraph().conv("y", "x", 3, 4).build("y"));
        assertEquals("y", result.outputs().get(0).name());
        Node quantize =
                result.producer(behindDequantize(result, "y").inputs().get(0)).orElseThrow();
        assertTrue(quantize.is("QuantizeLinear"));
    }

    private static List<String> opTypes(Graph graph) {
        return graph.nodes().stream().map(Node::opType).toList();
    }

    /** A Conv, a Clip to 0 and 6, and a Conv behind it. */
    private static TestGraph clipped() {
        return new TestGraph()
                .scalar("zero", 0)
                .scalar("six", 6)
                .conv("a", "x", 3, 4)
                .node("Clip", "c", "a", "zero", "six")
                .conv("b", "c", 4, 4);
    }

    @Test
    void fewBitsAreHeldByAClipOfTheCodes() {
        Graph result = rewritten(
                new TestGraph().conv("y", "x", 3, 4).build("y"), new AffineScale(QuantGrid.unsigned(4), 0.5f, 7));
        Node clip =
                result.producer(behindDequantize(result, "y").inputs().get(0)).orElseThrow();
        assertTrue(clip.is("Clip"), clip.toString());
        Initializer largest = result.constant(clip, 2).orElseThrow();
        assertEquals(ElementType.UINT8, largest.type());
        assertEquals(15, largest.bytes().buffer().get(0));
        assertTrue(clip.input(1).isEmpty());
        assertTrue(result.producer(clip.inputs().get(0)).orElseThrow().is("QuantizeLinear"));
        assertEquals(2, opTypes(result).stream().filter("Clip"::equals).count());
        assertEquals(
                1,
                result.initializers().values().stream()
                        .filter(constant -> constant.name().startsWith("m"))
                        .count());
    }

    @Test
    void eightBitsNeedNoClip() {
        Graph result = rewritten(new TestGraph().conv("y", "x", 3, 4).build("y"));
        assertFalse(opTypes(result).contains("Clip"));
    }

    @Test
    void aClipThatSaturationReplacesIsDropped() {
        Graph result = rewritten(clipped().build("b"), new AffineScale(QuantGrid.unsigned(4), 0.39f, 0));
        assertTrue(result.consumers("a").stream().allMatch(node -> node.is("QuantizeLinear")));
        assertFalse(result.initializers().containsKey("six"));
    }

    @Test
    void aClipThatIsNarrowerThanTheRangeStays() {
        for (AffineScale wide : List.of(
                new AffineScale(QuantGrid.unsigned(4), 0.41f, 0), new AffineScale(QuantGrid.unsigned(4), 0.1f, 1))) {
            Graph result = rewritten(clipped().build("b"), wide);
            assertTrue(result.producer("c").orElseThrow().is("Clip"), wide.toString());
        }
    }

    @Test
    void aClipStaysWhereASubGraphOrItsOwnInputNeedsIt() {
        AffineScale narrow = new AffineScale(QuantGrid.unsigned(4), 0.39f, 0);
        Node branch =
                new Node("if", "If", "", List.of("condition"), List.of("z"), Map.of(), List.of("c"), Optional.empty());
        assertTrue(rewritten(clipped().node(branch).build("b", "z"), narrow)
                .producer("c")
                .orElseThrow()
                .is("Clip"));
        assertTrue(rewritten(clipped().conv("d", "a", 4, 4).build("b", "d"), narrow)
                .producer("c")
                .orElseThrow()
                .is("Clip"));
    }

    @Test
    void anOutputKeepsItsNameWhereItsClipIsDropped() {
        Graph result = rewritten(clipped().build("c", "b"), new AffineScale(QuantGrid.unsigned(4), 0.39f, 0));
        assertEquals("c", result.outputs().get(0).name());
        behindDequantize(result, "c");
        assertTrue(result.consumers("a").stream().allMatch(node -> node.is("QuantizeLinear")));
    }

    @Test
    void subGraphsStillFindWhatTheyCapture() {
        Node branch =
                new Node("if", "If", "", List.of("condition"), List.of("z"), Map.of(), List.of("a"), Optional.empty());
        Graph graph = new TestGraph().conv("a", "x", 3, 4).node(branch).build("z");
        Graph result = rewritten(graph);
        assertTrue(result.producer("a").orElseThrow().is("Conv"));
    }

    @Test
    void sharedWeightsAreStoredOnce() {
        Graph graph = new TestGraph()
                .conv("a", "x", 3, 3)
                .node("Conv", "b", "a", "a_w", "a_b")
                .build("b");
        List<Layer> layers = Layers.survey(graph).layers();
        SolvedLayer first = rounded(layers.get(0));
        SolvedLayer second =
                new SolvedLayer(layers.get(1), first.groups(), layers.get(1).biasValues());
        Graph result = QdqRewrite.apply(
                graph, List.of(first, second), ActivationPlan.of(graph, List.of()), Map.of(), WeightForm.CAST);
        long codes = result.initializers().values().stream()
                .filter(tensor -> tensor.type() == ElementType.INT8 && tensor.rank() > 1)
                .count();
        assertEquals(1, codes);
        Node user = result.producer("b").orElseThrow();
        assertArrayEquals(
                first.storedFloats(),
                WrittenWeights.of(result, user, site(graph)).orElseThrow().floats());
    }

    @Test
    void refusesAnOpsetWithoutScalesPerChannel() {
        Graph old = new Graph(
                List.of(), List.of(), List.of(), List.of(), Map.of("", 12L), Map.of(), Map.of(), Optional.empty());
        assertThrows(
                IllegalArgumentException.class,
                () -> QdqRewrite.apply(old, List.of(), ActivationPlan.of(old, List.of()), Map.of(), WeightForm.CAST));
    }
}
