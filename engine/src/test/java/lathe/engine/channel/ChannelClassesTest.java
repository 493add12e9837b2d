package lathe.engine.channel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import lathe.engine.graph.Attribute;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Node;
import lathe.engine.graph.Value;
import lathe.engine.tensor.ElementType;
import org.junit.jupiter.api.Test;

/** Which channels go together, and why others cannot go. That the network computes the same is tested where it can be run. */
class ChannelClassesTest {

    private final List<Node> nodes = new ArrayList<>();
    private final List<Initializer> constants = new ArrayList<>();
    private final Map<String, List<Long>> shapes = new HashMap<>(Map.of("x", List.of(2L, 3L, 5L, 5L)));

    private String conv(String input, String output, int inputs, int outputs) {
        return conv(input, output, weights("w_" + output, outputs, inputs, 1, 1), outputs);
    }

    private String conv(String input, String output, String weights, int outputs) {
        return add("Conv", Map.of(), List.of(2L, (long) outputs, 5L, 5L), output, input, weights);
    }

    private String weights(String name, long... dims) {
        float[] values = new float[(int) Arrays.stream(dims).reduce(1, (a, b) -> a * b)];
        IntStream.range(0, values.length).forEach(i -> values[i] = i);
        constants.add(Initializer.ofFloats(name, values, dims));
        return name;
    }

    private String add(
            String operator, Map<String, Attribute> attributes, List<Long> shape, String output, String... inputs) {
        nodes.add(Node.of(output, operator, List.of(inputs), List.of(output), attributes));
        shapes.put(output, shape);
        return output;
    }

    private String same(String operator, String output, String... inputs) {
        return add(operator, Map.of(), shapes.get(inputs[0]), output, inputs);
    }

    private ChannelClasses classes(String output) {
        return ChannelClasses.of(graph(output), value -> Optional.ofNullable(shapes.get(value)));
    }

    private Graph graph(String output) {
        return new Graph(
                nodes,
                constants,
                List.of(Value.ofFloat("x")),
                List.of(Value.ofFloat(output)),
                Map.of("", 13L),
                Map.of(),
                Map.of(),
                Optional.empty());
    }

    private static String reason(ChannelClasses classes, String value) {
        return classes.frozen(classes.of(value).orElseThrow().classes()[0]).orElse("");
    }

    private static BitSet one(ChannelClasses classes, String value, int position) {
        BitSet gone = new BitSet();
        gone.set(classes.of(value).orElseThrow().classes()[position]);
        return gone;
    }

    private static float[] constant(Graph graph, int node, int input) {
        return graph.constant(graph.nodes().get(node), input).orElseThrow().floats();
    }

    @Test
    void aSumJoinsTheChannelsOfItsTerms() {
        conv("x", "a", 3, 2);
        conv("a", "b", 2, 2);
        same("Add", "sum", "a", "b");
        conv("sum", "y", 2, 3);
        ChannelClasses classes = classes("y");
        assertArrayEquals(
                classes.of("a").orElseThrow().classes(),
                classes.of("b").orElseThrow().classes());
        Graph thinner = classes.without(one(classes, "b", 0));
        assertArrayEquals(new float[] {3, 4, 5}, constant(thinner, 0, 1));
        assertArrayEquals(new float[] {3}, constant(thinner, 1, 1));
        assertArrayEquals(new float[] {1, 3, 5}, constant(thinner, 3, 1));
        assertNotEquals("a", thinner.nodes().get(0).output(), "the file may state the shape of 'a'");
        assertEquals("y", thinner.nodes().get(3).output());
    }

    /** By which reports and options know its layer. */
    @Test
    void aNodeWithoutANameKeepsTheNameOfItsOutput() {
        conv("x", "a", 3, 2);
        conv("a", "b", 2, 2);
        conv("b", "y", 2, 3);
        nodes.set(0, nodes.get(0).withName(""));
        nodes.set(1, nodes.get(1).withName("a"));
        ChannelClasses classes = classes("y");
        assertEquals("", classes.without(one(classes, "a", 0)).nodes().get(0).name(), "'a' is the name of another");
        nodes.set(1, nodes.get(1).withName(""));
        Graph thinner = classes("y").without(one(classes, "a", 0));
        assertEquals("a", thinner.nodes().get(0).name());
        assertEquals("", thinner.nodes().get(1).name(), "it has all its channels");
    }

    @Test
    void aDepthwiseLayerLosesGroups() {
        conv("x", "a", 3, 2);
        String kernels = weights("k", 4, 1, 1, 1);
        add("Conv", Map.of("group", new Attribute.Int(2)), List.of(2L, 4L, 5L, 5L), "d", "a", kernels);
        conv("d", "y", 4, 1);
        ChannelClasses classes = classes("y");
        assertArrayEquals(classes.of("d").orElseThrow().classes(), new int[] {
            classes.of("a").orElseThrow().classes()[0],
            classes.of("a").orElseThrow().classes()[0],
            classes.of("a").orElseThrow().classes()[1],
            classes.of("a").orElseThrow().classes()[1]
        });
        Graph thinner = classes.without(one(classes, "a", 1));
        assertArrayEquals(new float[] {0, 1}, constant(thinner, 1, 1));
        assertEquals(1, thinner.nodes().get(1).integer("group").orElseThrow());
    }

    @Test
    void whatMayMixChannelsFreezesThem() {
        conv("x", "a", 3, 2);
        same("LRN", "mixed", "a");
        conv("mixed", "y", 2, 1);
        ChannelClasses classes = classes("y");
        assertEquals("LRN 'mixed' may mix channels", reason(classes, "a"));
        assertEquals("'y' is an output of the network", reason(classes, "y"));
        assertEquals(2, classes.frozen().get("LRN 'mixed' may mix channels"));
        assertThrows(IllegalArgumentException.class, () -> classes.without(one(classes, "a", 0)));
    }

    @Test
    void channelsThatAreNotFollowedFreezeThoseThatMeetThem() {
        conv("x", "a", 3, 3);
        same("Add", "sum", "a", "x");
        conv("sum", "y", 3, 1);
        assertEquals("'x' is an input of the network", reason(classes("y"), "a"));
    }

    /** What is behind a node that mixes channels is frozen for its reason, however far behind, and counted once. */
    @Test
    void theNodeThatEndsChannelsIsTheReasonForAllBehindIt() {
        conv("x", "a", 3, 2);
        same("LRN", "mixed", "a");
        same("Relu", "later", "mixed");
        conv("x", "b", 3, 2);
        same("Add", "sum", "b", "later");
        conv("sum", "y", 2, 1);
        ChannelClasses classes = classes("y");
        assertEquals("LRN 'mixed' may mix channels", reason(classes, "b"));
        assertEquals(Map.of("LRN 'mixed' may mix channels", 4, "'y' is an output of the network", 1), classes.frozen());
    }

    @Test
    void channelsEndWhereAShapeIsUnknown() {
        conv("x", "a", 3, 2);
        same("Reshape", "flat", "a", "somewhere");
        shapes.remove("flat");
        conv("flat", "y", 2, 1);
        assertEquals("the shape of 'flat' is not known", reason(classes("y"), "a"));
    }

    private String longs(String name, long... values) {
        constants.add(Initializer.ofLongs(name, values, values.length));
        return name;
    }

    /** As Paddle writes it: the shape is cast, sliced and joined with the number of columns. */
    private ChannelClasses flattened(long from) {
        conv("x", "a", 3, 2);
        Map<String, Attribute> narrow = Map.of("to", new Attribute.Int(ElementType.INT32.code()));
        Map<String, Attribute> wide = Map.of("to", new Attribute.Int(ElementType.INT64.code()));
        add("Shape", Map.of(), List.of(4L), "shape", "a");
        add("Cast", narrow, List.of(4L), "short", "shape");
        add("Slice", Map.of(), List.of(1L), "one", "short", longs("from", from), longs("to", from + 1));
        add("Cast", wide, List.of(1L), "rows", "one");
        add("Cast", wide, List.of(1L), "columns", longs("fifty", 50));
        add("Concat", Map.of("axis", new Attribute.Int(0)), List.of(2L), "stated", "rows", "columns");
        add("Reshape", Map.of(), List.of(2L, 50L), "flat", "a", "stated");
        add("MatMul", Map.of(), List.of(2L, 1L), "y", "flat", weights("w_y", 50, 1));
        return classes("y");
    }

    @Test
    void aNumberOfColumnsThatAShapeStatesChanges() {
        ChannelClasses classes = flattened(0);
        assertEquals(Map.of("'y' is an output of the network", 1), classes.frozen());
        Graph thinner = classes.without(one(classes, "a", 0));
        Node reshape = thinner.nodes().stream()
                .filter(node -> node.is("Reshape"))
                .findFirst()
                .orElseThrow();
        Node concat = thinner.producer(reshape.inputs().get(1)).orElseThrow();
        assertEquals("rows", concat.inputs().get(0));
        assertArrayEquals(
                new long[] {25},
                thinner.constant(concat.inputs().get(1)).orElseThrow().longs());
    }

    @Test
    void channelsStayWhoseNumberIsReadFromAShape() {
        assertEquals("Shape 'shape' hands on how many they are", reason(flattened(1), "a"));
    }

    @Test
    void layersThatShareWeightsLoseTheSame() {
        String shared = weights("w", 2, 2, 1, 1);
        conv("x", "a", 3, 2);
        conv("x", "b", 3, 2);
        conv("a", "c", shared, 2);
        conv("b", "d", shared, 2);
        conv(same("Concat", "all", "c", "d"), "y", 4, 1);
        shapes.put("all", List.of(2L, 4L, 5L, 5L));
        ChannelClasses classes = classes("y");
        assertArrayEquals(
                classes.of("a").orElseThrow().classes(),
                classes.of("b").orElseThrow().classes());
        Graph thinner = classes.without(one(classes, "a", 0));
        assertEquals(
                thinner.nodes().get(2).inputs().get(1),
                thinner.nodes().get(3).inputs().get(1),
                "stored once");
        assertArrayEquals(new float[] {1, 3}, constant(thinner, 2, 1));
    }

    @Test
    void weightsThatAreReadInSeveralWaysStay() {
        String shared = weights("w", 2, 2, 1, 1);
        conv(conv("x", "a", 3, 2), "b", shared, 2);
        same("Mul", "c", "b", same("Relu", "r", shared));
        conv("c", "y", 2, 1);
        assertEquals("the weights 'w' are read in several ways", reason(classes("y"), "a"));
    }

    @Test
    void biasesThatAreSharedAreSlicedForEachReader() {
        String bias = weights("bias", 2);
        add("Conv", Map.of(), List.of(2L, 2L, 5L, 5L), "a", "x", weights("w_a", 2, 3, 1, 1), bias);
        add("Conv", Map.of(), List.of(2L, 2L, 5L, 5L), "b", "a", weights("w_b", 2, 2, 1, 1), bias);
        conv("b", "y", 2, 1);
        ChannelClasses classes = classes("y");
        Graph thinner = classes.without(one(classes, "a", 0));
        assertArrayEquals(new float[] {1}, constant(thinner, 0, 2));
        assertArrayEquals(new float[] {0, 1}, constant(thinner, 1, 2));
    }

    @Test
    void theFirstChannelOfAValueStays() {
        conv("x", "a", 3, 2);
        conv("a", "y", 2, 1);
        ChannelClasses classes = classes("y");
        BitSet all = new BitSet();
        all.set(0, classes.count());
        BitSet gone = classes.removable(all);
        assertEquals(1, gone.cardinality());
        assertArrayEquals(
                new float[] {0, 1, 2}, constant(classes.without(gone), 0, 1), "the first of the two rows of weights");
    }
}
