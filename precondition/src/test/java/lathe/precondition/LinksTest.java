package lathe.precondition;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import lathe.engine.graph.Attribute;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Node;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
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

    static List<Arguments> passing() {
        return List.of(
                Arguments.of(node("MaxPool", Map.of()), false),
                Arguments.of(node("GlobalMaxPool", Map.of()), false),
                Arguments.of(node("GlobalAveragePool", Map.of()), false),
                Arguments.of(node("Identity", Map.of()), false),
                Arguments.of(node("AveragePool", Map.of()), false),
                Arguments.of(node("AveragePool", is("count_include_pad", 0)), false),
                Arguments.of(node("AveragePool", is("count_include_pad", 1)), true),
                Arguments.of(node("Dropout", Map.of()), false),
                Arguments.of(node("Dropout", Map.of(), "one"), false),
                Arguments.of(node("Flatten", Map.of()), false),
                Arguments.of(node("Flatten", is("axis", 1)), false),
                Arguments.of(node("Pad", Map.of(), "around"), true),
                Arguments.of(node("Pad", Map.of(), "around", "zero"), true),
                Arguments.of(node("Pad", Map.of(), "around", ""), true),
                Arguments.of(node("Pad", pads(0L, 0L, 1L, 1L, 0L, 0L, 2L, 0L)), true));
    }

    @ParameterizedTest
    @MethodSource("passing")
    void passesChannelsOn(Node node, boolean padsZeros) {
        assertEquals(Optional.of(new Link.Passing(node, padsZeros)), link(node));
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
    void rectifiersHaveOneSlope() {
        Node relu = node("Relu", Map.of());
        assertEquals(Optional.of(new Link.Rectifier(relu, 0)), link(relu));
        Node endless = node("Clip", Map.of(), "zero", "infinity");
        assertEquals(Optional.of(new Link.Rectifier(endless, 0)), link(endless));
        Node leaky = node("LeakyRelu", Map.of());
        assertEquals(Optional.of(new Link.Rectifier(leaky, 0.01f)), link(leaky));
        Node steep = node("LeakyRelu", Map.of("alpha", new Attribute.Real(0.25f)));
        assertConstants(steep, new double[] {-4, -4, 4}, new double[] {-1, -1, 4});
    }

    @Test
    void slopesAndCeilingsAreOneForAllOrOneAChannel() {
        double[] lows = {-2, -2, -2};
        assertConstants(node("PRelu", Map.of(), "each"), lows, new double[] {-2, -4, -6});
        assertConstants(node("PRelu", Map.of(), "each of a batch"), lows, new double[] {-2, -4, -6});
        assertConstants(node("PRelu", Map.of(), "six"), lows, new double[] {-12, -12, -12});
        assertConstants(node("PRelu", Map.of(), "each"), new double[] {1, 2, 3}, new double[] {1, 2, 3});
        double[] values = {0.5, 7, -1};
        assertConstants(node("Min", Map.of(), "each"), values, new double[] {0.5, 2, -1});
        assertConstants(node("Min", Map.of(), "six"), values, new double[] {0.5, 6, -1});
        assertConstants(node("Clip", Map.of(), "zero", "six"), values, new double[] {0.5, 6, 0});
    }

    private static void assertConstants(Node node, double[] values, double[] expected) {
        Link link = link(node).orElseThrow();
        for (int c = 0; c < values.length; c++) {
            assertEquals(OptionalDouble.of(expected[c]), link.ofConstant(c, values[c]), node.opType());
        }
    }

    /** Zeros beside a constant make it vary, unless it is zero itself. */
    @Test
    void onlyZeroStaysConstantBesideZeros() {
        Link pad = link(node("Pad", Map.of(), "around")).orElseThrow();
        assertEquals(OptionalDouble.of(0), pad.ofConstant(0, 0));
        assertEquals(OptionalDouble.empty(), pad.ofConstant(0, 2));
        Link pool = link(node("MaxPool", Map.of())).orElseThrow();
        assertEquals(OptionalDouble.of(2), pool.ofConstant(0, 2));
    }
}
