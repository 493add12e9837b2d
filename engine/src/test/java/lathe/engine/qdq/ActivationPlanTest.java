package lathe.engine.qdq;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.LongStream;
import lathe.engine.graph.Attribute;
import lathe.engine.graph.ClipBounds;
import lathe.engine.graph.Graph;
import lathe.engine.graph.TestGraph;
import lathe.engine.layer.Layers;
import org.junit.jupiter.api.Test;

class ActivationPlanTest {

    private static ActivationPlan planOf(Graph graph) {
        return ActivationPlan.of(graph, Layers.survey(graph).layers());
    }

    private static List<String> quantized(Graph graph) {
        return List.copyOf(planOf(graph).quantized());
    }

    @Test
    void quantizesBehindTheReluNotBeforeIt() {
        Graph graph = new TestGraph()
                .conv("a", "x", 3, 4)
                .node("Relu", "r", "a")
                .conv("b", "r", 4, 4)
                .build("b");
        assertEquals(List.of("x", "r", "b"), quantized(graph));
    }

    @Test
    void quantizesThePreActivationThatIsReadTwice() {
        Graph graph = new TestGraph()
                .conv("a", "x", 3, 4)
                .node("Relu", "r", "a")
                .conv("b", "r", 4, 4)
                .conv("c", "a", 4, 4)
                .build("b", "c");
        assertEquals(List.of("x", "a", "r", "b", "c"), quantized(graph));
    }

    @Test
    void keepsResidualAdditionsInIntegers() {
        Graph graph = new TestGraph()
                .conv("a", "x", 3, 4)
                .conv("b", "a", 4, 4)
                .node("Add", "sum", "a", "b")
                .node("Relu", "r", "sum")
                .conv("c", "r", 4, 4)
                .build("c");
        assertEquals(List.of("x", "a", "b", "r", "c"), quantized(graph));
    }

    @Test
    void leavesArithmeticWithConstantsInFloat() {
        Graph graph = new TestGraph()
                .conv("a", "x", 3, 4)
                .scalar("three", 3)
                .node("Add", "shifted", "a", "three")
                .build("shifted");
        assertEquals(List.of("x", "a"), quantized(graph));
    }

    @Test
    void quantizesTheGateOfSqueezeAndExcite() {
        Graph graph = new TestGraph()
                .conv("a", "x", 3, 4)
                .node("GlobalAveragePool", "pooled", "a")
                .conv("b", "pooled", 4, 4)
                .node("HardSigmoid", "gate", "b")
                .node("Mul", "scaled", "a", "gate")
                .conv("c", "scaled", 4, 4)
                .build("c");
        assertEquals(List.of("x", "a", "pooled", "b", "gate", "scaled", "c"), quantized(graph));
    }

    @Test
    void knowsWhatIsAveraged() {
        Graph graph = new TestGraph()
                .conv("a", "x", 3, 4)
                .node("MaxPool", "moved", "a")
                .node("GlobalAveragePool", "pooled", "moved")
                .node("Flatten", "flat", "pooled")
                .weights("w", 4, 10)
                .node("Gemm", "logits", "flat", "w")
                .conv("b", "a", 4, 4)
                .build("logits", "b");
        ActivationPlan plan = planOf(graph);
        assertEquals(Optional.of("a"), plan.averageOf("pooled"));
        assertEquals(Optional.of("a"), plan.averageOf("flat"));
        assertEquals(Optional.empty(), plan.averageOf("moved"));
        assertEquals(Optional.empty(), plan.averageOf("b"));
        assertEquals(Optional.empty(), plan.averageOf("x"));
    }

    @Test
    void sharesTheScaleWhereElementsOnlyMove() {
        Graph graph = new TestGraph()
                .conv("a", "x", 3, 4)
                .node("MaxPool", "pooled", "a")
                .node("Flatten", "flat", "pooled")
                .weights("w", 4, 10)
                .node("Gemm", "logits", "flat", "w")
                .build("logits");
        ActivationPlan plan = planOf(graph);
        assertEquals(List.of("x", "a", "pooled", "flat"), List.copyOf(plan.quantized()));
        assertEquals(List.of("x", "a"), plan.valuesToMeasure());
        assertEquals("a", plan.scaleOf("flat"));
    }

    @Test
    void leavesLogitsInFloat() {
        Graph graph = new TestGraph()
                .weights("w", 4, 10)
                .node("Gemm", "logits", "x", "w")
                .node("Softmax", "probabilities", "logits")
                .build("probabilities");
        assertEquals(List.of("x"), quantized(graph));
    }

    @Test
    void leavesWhatNoIntegerKernelReadsInFloat() {
        Graph graph = new TestGraph()
                .conv("a", "x", 3, 4)
                .node("GlobalAveragePool", "pooled", "a")
                .node("Softmax", "probabilities", "pooled")
                .build("probabilities");
        assertEquals(List.of("x", "a"), quantized(graph));
    }

    @Test
    void quantizesNothingAroundAConvTranspose() {
        Graph graph = new TestGraph()
                .weights("w", 3, 4, 2, 2)
                .node("ConvTranspose", "a", "x", "w")
                .build("a");
        assertEquals(List.of(), quantized(graph));
    }

    @Test
    void knowsTheBoundsOfAClip() {
        Graph graph = new TestGraph()
                .scalar("zero", 0)
                .scalar("six", 6)
                .conv("a", "x", 3, 4)
                .node("Clip", "c", "a", "zero", "six")
                .conv("b", "c", 4, 4)
                .build("b");
        assertEquals(new ClipBounds(0, 6), ClipBounds.ofValue(graph, "c").orElseThrow());
    }

    /** Kernels of 3x3 or 3x3x3; the first and the last layer are always quantized. */
    private static ActivationPlan planAround(int channels, int outputs, int groups, boolean volume) {
        Map<String, Attribute> group = Map.of("group", new Attribute.Int(groups));
        long[] taps = volume ? new long[] {3, 3, 3} : new long[] {3, 3};
        return planOf(new TestGraph()
                .weights(
                        "first",
                        LongStream.concat(LongStream.of(channels, 32), LongStream.of(taps))
                                .toArray())
                .node("Conv", "a", "x", "first")
                .weights(
                        "w",
                        LongStream.concat(LongStream.of(outputs, channels / groups), LongStream.of(taps))
                                .toArray())
                .node("Conv", group, "b", "a", "w")
                .weights(
                        "last",
                        LongStream.concat(LongStream.of(8, outputs), LongStream.of(taps))
                                .toArray())
                .node("Conv", "c", "b", "last")
                .build("c"));
    }

    @Test
    void keepsFloatWhereIntegerKernelsAreSlow() {
        record Shape(int channels, int outputs, int groups, boolean volume, boolean slow) {}
        for (Shape shape : List.of(
                new Shape(64, 64, 1, false, false),
                new Shape(64, 64, 64, false, false),
                new Shape(64, 128, 64, false, true),
                new Shape(64, 64, 32, false, true),
                new Shape(64, 64, 8, false, true),
                new Shape(64, 64, 4, false, false),
                new Shape(8, 16, 1, false, false),
                new Shape(8, 16, 1, true, true),
                new Shape(16, 16, 1, true, false),
                new Shape(32, 32, 32, true, false))) {
            ActivationPlan plan = planAround(shape.channels(), shape.outputs(), shape.groups(), shape.volume());
            Set<String> inFloat = shape.slow() ? Set.of("b_node") : Set.of();
            Set<String> found = new HashSet<>(plan.floatReasons().keySet());
            found.removeAll(Set.of("a_node", "c_node"));
            assertEquals(inFloat, found, shape::toString);
        }
    }

    @Test
    void quantizesWhatIsReadBehindAFloatLayer() {
        ActivationPlan plan = planAround(64, 64, 16, false);
        assertEquals(List.of("x", "a", "b", "c"), List.copyOf(plan.quantized()));
        assertEquals(List.of("b_node"), List.copyOf(plan.floatReasons().keySet()));
    }
}
