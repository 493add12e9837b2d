package lathe.precondition;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import lathe.engine.graph.Attribute;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Node;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Which nodes pass channels on, between layers of 3 channels and two axes of space. */
class LinksTest {

    private static final List<Initializer> CONSTANTS = List.of(
            Initializer.ofFloats("zero", new float[] {0}),
            Initializer.ofFloats("one", new float[] {1}),
            Initializer.ofFloats("two zeros", new float[2], 2),
            Initializer.ofFloats("six", new float[] {6}),
            Initializer.ofFloats("infinity", new float[] {Float.POSITIVE_INFINITY}),
            Initializer.ofFloats("each", new float[] {1, 2, 3}, 3, 1, 1),
            Initializer.ofFloats("each of a batch", new float[] {1, 2, 3}, 1, 3, 1, 1),
            Initializer.ofFloats("along the last axis", new float[] {1, 2, 3}, 3),
            Initializer.ofFloats("along the batch", new float[] {1, 2, 3}, 3, 1, 1, 1),
            Initializer.ofFloats("everywhere another", new float[12], 3, 2, 2),
            Initializer.ofFloats("of more axes", new float[] {1}, 1, 1, 1, 1, 1),
            Initializer.ofLongs("wholes", new long[] {1, 2, 3}, 3, 1, 1),
            Initializer.ofLongs("around", new long[] {0, 0, 1, 1, 0, 0, 2, 0}, 8),
            Initializer.ofLongs("none", new long[8], 8));

    private static final Graph GRAPH = new Graph(
            List.of(), CONSTANTS, List.of(), List.of(), Map.of("", 13L), Map.of(), Map.of(), Optional.empty());

    private static Optional<Link> link(Node node) {
        return new Links(GRAPH, 3, 4).of(node);
    }

    private static Node node(String opType, Map<String, Attribute> attributes, String... more) {
        List<String> inputs = new ArrayList<>(List.of("x"));
        inputs.addAll(List.of(more));
        return Node.of(opType, opType, inputs, List.of("y"), attributes);
    }

    private static Map<String, Attribute> is(String name, long value) {
        return Map.of(name, new Attribute.Int(value));
    }

    private static Map<String, Attribute> pads(Long... pads) {
        return Map.of("pads", new Attribute.Ints(List.of(pads)));
    }

    static List<Node> passing() {
        return List.of(
                node("MaxPool", Map.of()),
                node("GlobalMaxPool", Map.of()),
                node("GlobalAveragePool", Map.of()),
                node("Identity", Map.of()),
                node("AveragePool", Map.of()),
                node("AveragePool", is("count_include_pad", 0)),
                node("AveragePool", is("count_include_pad", 1)),
                node("Dropout", Map.of()),
                node("Dropout", Map.of(), "one"),
                node("Flatten", Map.of()),
                node("Flatten", is("axis", 1)),
                node("Pad", Map.of(), "around"),
                node("Pad", Map.of(), "around", "zero"),
                node("Pad", Map.of(), "around", ""),
                node("Pad", pads(0L, 0L, 1L, 1L, 0L, 0L, 2L, 0L)));
    }

    @ParameterizedTest
    @MethodSource("passing")
    void passesChannelsOn(Node node) {
        assertEquals(Optional.of(new Link.Passing(node)), link(node));
    }

    static List<Node> others() {
        Map<String, Attribute> reflecting = Map.of(
                "mode", new Attribute.Text("reflect"),
                "pads", new Attribute.Ints(List.of(0L, 0L, 1L, 1L, 0L, 0L, 1L, 1L)));
        Map<String, Attribute> ones = Map.of(
                "value", new Attribute.Real(1),
                "pads", new Attribute.Ints(List.of(0L, 0L, 1L, 1L, 0L, 0L, 1L, 1L)));
        Node pool = node("MaxPool", Map.of());
        return List.of(
                node("Sigmoid", Map.of()),
                new Node("n", "Relu", "com.example", List.of("x"), List.of("y"), Map.of(), List.of(), Optional.empty()),
                pool.withOutputs(List.of("y", "indices")),
                node("Dropout", Map.of(), "", "training"),
                node("Flatten", is("axis", 0)),
                node("Flatten", is("axis", 2)),
                node("Pad", Map.of()),
                node("Pad", Map.of(), "computed"),
                node("Pad", reflecting),
                node("Pad", ones),
                node("Pad", Map.of(), "around", "one"),
                node("Pad", Map.of(), "around", "two zeros"),
                node("Pad", Map.of(), "around", "computed"),
                node("Pad", Map.of(), "around", "", "axes"),
                node("Pad", pads(1L, 0L, 0L, 0L, 0L, 0L, 0L, 0L)),
                node("Pad", pads(0L, 1L, 0L, 0L, 0L, 0L, 0L, 0L)),
                node("Pad", pads(0L, 0L, 0L, 0L, 1L, 0L, 0L, 0L)),
                node("Pad", pads(0L, 0L, 0L, 0L, 0L, 1L, 0L, 0L)),
                node("Pad", pads(0L, 0L, 1L, 0L, 0L, 1L)),
                node("Min", Map.of()),
                node("Min", Map.of(), "each", "six"),
                node("Min", Map.of(), "computed"),
                node("PRelu", Map.of(), "wholes"),
                node("PRelu", Map.of(), "along the last axis"),
                node("PRelu", Map.of(), "along the batch"),
                node("PRelu", Map.of(), "everywhere another"),
                node("PRelu", Map.of(), "of more axes"),
                node("Clip", Map.of(), "one", "six"),
                node("Clip", Map.of(), "", "six"));
    }

    @ParameterizedTest
    @MethodSource("others")
    void isNoLink(Node node) {
        assertEquals(Optional.empty(), link(node));
    }

    /** What an output is given no name for is not there. */
    @Test
    void outputsThatAreLeftOutDoNotMatter() {
        assertTrue(link(node("MaxPool", Map.of()).withOutputs(List.of("y", ""))).isPresent());
    }

    @Test
    void rectifiersHaveASlopeForAllOrOneAChannel() {
        for (Node node : List.of(
                node("Relu", Map.of()),
                node("Clip", Map.of(), "zero", "infinity"),
                node("LeakyRelu", Map.of()),
                node("PRelu", Map.of(), "six"),
                node("PRelu", Map.of(), "each"),
                node("PRelu", Map.of(), "each of a batch"))) {
            assertEquals(Optional.of(new Link.Rectifier(node)), link(node));
        }
    }

    @Test
    void ceilingsAreOneForAllOrOneAChannel() {
        assertHeights(new float[] {1, 2, 3}, node("Min", Map.of(), "each"));
        assertHeights(new float[] {6, 6, 6}, node("Min", Map.of(), "six"));
        assertHeights(new float[] {6, 6, 6}, node("Clip", Map.of(), "zero", "six"));
    }

    private static void assertHeights(float[] expected, Node node) {
        Link link = link(node).orElseThrow();
        ChannelParameter heights = link instanceof Link.Clip clip ? clip.heights() : ((Link.Ceiling) link).heights();
        assertArrayEquals(expected, heights.values());
    }
}
