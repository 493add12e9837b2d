package lathe.synth.gradient;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import lathe.engine.graph.Attribute;
import lathe.engine.graph.Graph;
import lathe.engine.graph.GraphEdit;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Node;
import lathe.engine.graph.UnsupportedModelException;
import lathe.engine.graph.Value;
import lathe.engine.tensor.ElementType;
import lathe.synth.network.Network;
import lathe.synth.network.NetworkOptions;
import lathe.synth.network.Tensor;
import lathe.synth.network.ValueShapes;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.lifecycle.AfterContainer;
import org.junit.jupiter.api.Test;

class InputGradientTest {

    private static final int POINTS = 512;

    /** Of the line, per pixel. Short, so that few kinks lie on it. */
    private static final float LENGTH = 0.02f;

    private static final Set<String> DIFFERENTIATED = new TreeSet<>();

    /**
     * The gradient integrated along a line is the difference of the loss between its ends. A batch holds the points of the
     * line. At kinks this is exact up to the distance of points, unlike the difference of two near points, and it does not
     * suffer from rounding.
     */
    @Property(tries = 200, seed = "1", shrinking = ShrinkingMode.OFF)
    void integratesToTheDifferenceOfTheLoss(@ForAll Random random) {
        Graph network = RandomNetwork.of(random, 1 + random.nextInt(5));
        network.nodes().forEach(node -> DIFFERENTIATED.add(node.opType()));
        float[] from = normal(random, size());
        float[] way = normal(random, size());
        IntStream.range(0, size()).forEach(i -> way[i] *= LENGTH);
        float[] line = new float[POINTS * size()];
        for (int i = 0; i < line.length; i++) {
            int point = i / size();
            line[i] = from[i % size()] + way[i % size()] * (point + 0.5f) / POINTS;
        }
        float[] ends = new float[2 * size()];
        for (int i = 0; i < size(); i++) {
            ends[i] = from[i];
            ends[size() + i] = from[i] + way[i];
        }
        Weighted weighted = weighted(network, random);
        InputGradient gradient = InputGradient.of(weighted.graph(), "x", weighted.seeds(), weighted.shapes());

        double[] loss = losses(network, batch(ends), weighted.weights());
        float[] slopes = run(gradient, batch(line)).floats();
        double integral = 0;
        double squares = 0;
        for (int i = 0; i < slopes.length; i++) {
            integral += (double) slopes[i] * way[i % size()] / POINTS;
            squares += (double) slopes[i] * slopes[i] / POINTS;
        }
        double usual = Math.sqrt(squares) * LENGTH; // of a difference along a random line
        assertEquals(
                loss[1] - loss[0], integral, 1e-3 * usual, () -> network.nodes().toString());
    }

    /** So that no rule goes untested. */
    @AfterContainer
    static void everyRuleWasTried() {
        assertEquals(GradientRules.operators(), DIFFERENTIATED);
    }

    @Test
    void namesTheOperatorWithoutRule() {
        Graph graph = graph(13, Node.of("soft", "Hardmax", List.of("x"), List.of("y"), Map.of()));
        Exception e = assertThrows(
                UnsupportedModelException.class,
                () -> InputGradient.of(graph, "x", Map.of("y", "y"), value -> Optional.empty()));
        assertEquals("Hardmax 'soft' has no gradient rule", e.getMessage());
    }

    @Test
    void namesTheOperatorWhoseFormHasNoRule() {
        Node pad = Node.of("edge", "Pad", List.of("x"), List.of("y"), Map.of("mode", new Attribute.Text("reflect")));
        Exception e = assertThrows(
                UnsupportedModelException.class,
                () -> InputGradient.of(graph(13, pad), "x", Map.of("y", "y"), value -> Optional.empty()));
        assertEquals("Pad 'edge' with a mode or axes has no gradient rule", e.getMessage());
    }

    @Test
    void branchesThatReadTheInputHaveNoRule() {
        Node branch = new Node(
                "either", "If", "", List.of("condition"), List.of("y"), Map.of(), List.of("x"), Optional.empty());
        Exception e = assertThrows(
                UnsupportedModelException.class,
                () -> InputGradient.differentiated(graph(13, branch), "x", List.of("y")));
        assertEquals("If 'either' has no gradient rule", e.getMessage());
    }

    /** What lies behind the seeds, or does not depend on the input, needs no rule. */
    @Test
    void differentiatesOnlyBetweenInputAndSeeds() {
        Graph graph = graph(
                13,
                node("Relu", "a", "x"),
                node("Hardmax", "behind", "a"),
                node("Shape", "shape", "x"),
                node("ConstantOfShape", "zeros", "shape"),
                node("Hardmax", "beside", "zeros"),
                node("Add", "y", "a", "beside"));
        assertEquals(Set.of("x", "a", "y"), InputGradient.differentiated(graph, "x", List.of("y")));
    }

    @Test
    void sumsWhatSeveralReadersAndSeedsContribute() {
        Graph graph = graph(13, node("Neg", "a", "x"), node("Add", "b", "a", "x"), node("Add", "y", "b", "b"));
        InputGradient gradient =
                InputGradient.of(graph, "x", Map.of("y", "x", "a", "x"), value -> Optional.of(List.of(2L, 1L)));
        // y = 2 (x - x), a = -x: dL/dx = 2 dy - 2 dy - da with dy = da = x
        assertArrayEquals(
                new float[] {-3, -5},
                run(gradient, Tensor.of(new float[] {3, 5}, 2, 1)).floats());
    }

    @Test
    void wantsAnOperatorSetOf13() {
        Exception e = assertThrows(
                UnsupportedModelException.class,
                () -> InputGradient.differentiated(graph(12, node("Relu", "y", "x")), "x", List.of("y")));
        assertEquals("no gradients below opset 13: the network has opset 12", e.getMessage());
    }

    @Test
    void saysThatTheLossDoesNotDependOnTheInput() {
        Graph graph = graph(13, node("Shape", "y", "x"));
        Exception e = assertThrows(
                UnsupportedModelException.class, () -> InputGradient.differentiated(graph, "x", List.of("y")));
        assertEquals("the loss does not depend on input 'x'", e.getMessage());
    }

    /**
     * A loss, the sum of outputs times weights over all samples.
     *
     * @param graph with the gradient of the loss
     */
    private record Weighted(Graph graph, Map<String, String> seeds, ValueShapes shapes, float[] weights) {}

    private static Weighted weighted(Graph network, Random random) {
        String y = network.outputs().get(0).name();
        Map<String, long[]> two = Map.of("x", batch(new float[2 * size()]).dims());
        ValueShapes shapes =
                ValueShapes.of(network, two, Map::of, InputGradient.differentiated(network, "x", List.of(y)));
        List<Long> dims = new ArrayList<>(shapes.apply(y).orElseThrow());
        dims.set(0, 1L);
        int count = dims.stream().mapToInt(Long::intValue).reduce(1, (a, b) -> a * b);
        float[] weights = normal(random, count);
        GraphEdit edit = network.edit();
        String constant = edit.putFresh(Initializer.ofFloats("weights", weights, dims));
        Node last = network.nodes().get(network.nodes().size() - 1);
        edit.insertAfter(last, node("Shape", "y_shape", y));
        edit.insertAfter(last, node("Expand", "seed", constant, "y_shape"));
        return new Weighted(edit.build(), Map.of(y, "seed"), shapes, weights);
    }

    private static Graph graph(long opset, Node... nodes) {
        return new Graph(
                List.of(nodes),
                List.of(),
                List.of(new Value(
                        "x",
                        ElementType.FLOAT,
                        Optional.of(List.of(Value.Dim.dynamic("batch"), Value.Dim.fixed(1))),
                        Optional.empty())),
                List.of(Value.ofFloat("y")),
                Map.of("", opset),
                Map.of(),
                Map.of(),
                Optional.empty());
    }

    private static Node node(String operator, String output, String... inputs) {
        return Node.of(output, operator, List.of(inputs), List.of(output), Map.of());
    }

    private static Tensor run(InputGradient gradient, Tensor input) {
        List<Value> outputs = List.of(Value.ofFloat(gradient.gradient()));
        try (Network network =
                Network.of(gradient.graph().edit().outputs(outputs).build(), NetworkOptions.DEFAULT)) {
            return network.run(Map.of("x", input)).get(gradient.gradient());
        }
    }

    /** The loss of each of two samples. */
    private static double[] losses(Graph network, Tensor both, float[] weights) {
        String y = network.outputs().get(0).name();
        double[] losses = new double[2];
        try (Network running = Network.of(network, NetworkOptions.DEFAULT)) {
            Tensor output = running.run(Map.of("x", both)).get(y);
            for (int i = 0; i < output.size(); i++) {
                losses[i / weights.length] +=
                        (double) weights[i % weights.length] * output.values().get(i);
            }
        }
        return losses;
    }

    private static int size() {
        return (int) (RandomNetwork.INPUT[1] * RandomNetwork.INPUT[2] * RandomNetwork.INPUT[3]);
    }

    private static Tensor batch(float[] values) {
        long[] dims = RandomNetwork.INPUT.clone();
        dims[0] = values.length / size();
        return Tensor.of(values, dims);
    }

    private static float[] normal(Random random, int count) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }
}
