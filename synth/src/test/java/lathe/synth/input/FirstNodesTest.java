package lathe.synth.input;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import lathe.engine.graph.Attribute;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Node;
import lathe.engine.graph.Value;
import lathe.engine.tensor.ElementType;
import org.junit.jupiter.api.Test;

class FirstNodesTest {

    private static final Value IMAGE = Graphs.input("x", ElementType.FLOAT, -1, 3, -1, -1);

    /** A chain of nodes behind the input; an operand is the value so far ("x"), or a constant. */
    private static final class Chain {
        private final List<Node> nodes = new ArrayList<>();
        private final List<Initializer> constants = new ArrayList<>();
        private String value = "x";

        Chain then(String type, float... constant) {
            return then(type, constant, constant.length == 1 ? new long[0] : new long[] {constant.length, 1, 1});
        }

        Chain then(String type, float[] constant, long... dims) {
            String name = constant(constant, dims);
            return add(Graphs.node(type, "v" + nodes.size(), value, name));
        }

        Chain constantFirst(String type, float constant) {
            return add(Graphs.node(type, "v" + nodes.size(), constant(new float[] {constant}), value));
        }

        Chain alone(String type) {
            return add(Graphs.node(type, "v" + nodes.size(), value));
        }

        Chain transpose(Long... order) {
            Map<String, Attribute> perm = Map.of("perm", new Attribute.Ints(List.of(order)));
            return add(Node.of("", "Transpose", List.of(value), List.of("v" + nodes.size()), perm));
        }

        Chain normalization(float mean, float variance) {
            String[] names = {
                value, constant(all(1), 3), constant(all(0), 3), constant(all(mean), 3), constant(all(variance), 3)
            };
            return add(Graphs.node("BatchNormalization", "v" + nodes.size(), names));
        }

        private static float[] all(float value) {
            return new float[] {value, value, value};
        }

        private String constant(float[] values, long... dims) {
            String name = "c" + constants.size();
            constants.add(Initializer.ofFloats(name, values, dims));
            return name;
        }

        private Chain add(Node node) {
            nodes.add(node);
            value = node.output();
            return this;
        }

        Graph graph(Value input) {
            return Graphs.of(nodes, constants, input);
        }

        Optional<Scaling> guess(int channelAxis) {
            return FirstNodes.of(graph(IMAGE), "x", 4).ownNormalisation(channelAxis, 3);
        }

        Optional<Scaling> guess() {
            return guess(1);
        }
    }

    private static Chain chain() {
        return new Chain();
    }

    @Test
    void bytesAreRecognisedByHowTheyAreNormalised() {
        Optional<Scaling> bytes = Optional.of(Scaling.BYTES);
        assertEquals(bytes, chain().then("Div", 255).alone("Conv").guess());
        assertEquals(bytes, chain().then("Mul", 1 / 255f).guess());
        assertEquals(bytes, chain().then("Sub", 127).then("Div", 128).guess());
        assertEquals(bytes, chain().then("Sub", 127.5f).then("Mul", 0.0078125f).guess());
        assertEquals(bytes, chain().then("Div", 127.5f).then("Sub", 1).guess());
        assertEquals(bytes, chain().then("Sub", 123.68f, 116.779f, 103.939f).guess());
        assertEquals(bytes, chain().then("Add", -103.9f, -116.8f, -123.7f).guess());
        assertEquals(
                bytes,
                chain().alone("Cast")
                        .then("Mul", 1 / 255f)
                        .then("Sub", 0.485f, 0.456f, 0.406f)
                        .guess());
        assertEquals(bytes, chain().constantFirst("Sub", 255).then("Div", 255).guess());
        assertEquals(bytes, chain().constantFirst("Mul", 1 / 255f).guess());
    }

    @Test
    void unitsAreRecognisedByHowTheyAreNormalised() {
        Optional<Scaling> units = Optional.of(Scaling.UNIT);
        float[] std = {0.229f, 0.224f, 0.225f};
        assertEquals(
                units,
                chain().then("Sub", 0.485f, 0.456f, 0.406f)
                        .then("Div", std, 1, 3, 1, 1)
                        .guess());
        assertEquals(units, chain().then("Mul", 2).then("Sub", 1).guess());
        assertEquals(units, chain().then("Sub", 0.5f).then("Div", 0.5f).guess());
    }

    @Test
    void symmetricInputsAreRecognisedByHowTheyAreShifted() {
        Optional<Scaling> symmetric = Optional.of(Scaling.SYMMETRIC);
        assertEquals(symmetric, chain().then("Mul", 0.5f).then("Add", 0.5f).guess());
        assertEquals(
                symmetric,
                chain().then("Sub", -0.03f, -0.088f, -0.188f)
                        .then("Div", 0.458f, 0.448f, 0.45f)
                        .guess());
    }

    @Test
    void nothingIsReadFromNothing() {
        Optional<Scaling> nothing = Optional.empty();
        assertEquals(nothing, chain().alone("Conv").guess());
        assertEquals(nothing, chain().then("Mul", 2).guess());
        assertEquals(nothing, chain().alone("Relu").then("Div", 255).guess());
        assertEquals(nothing, chain().then("Mul", 0).guess());
        assertEquals(nothing, chain().then("Div", 0).guess());
        assertEquals(nothing, chain().constantFirst("Div", 255).guess());
        assertEquals(nothing, chain().then("Div", 1, 2, 3, 4, 5).guess());
        assertEquals(nothing, chain().normalization(0, 1).guess());
    }

    @Test
    void constantsFollowTheChannelAxisThroughTransposes() {
        float[] mean = {123.68f, 116.779f, 103.939f};
        assertEquals(Optional.of(Scaling.BYTES), chain().then("Sub", mean, 3).guess(3));
        assertEquals(Optional.empty(), chain().then("Sub", mean, 3).guess(1));
        assertEquals(
                Optional.of(Scaling.BYTES),
                chain().transpose(0L, 3L, 1L, 2L).then("Sub", mean, 3, 1, 1).guess(3));
    }

    @Test
    void aFirstNormalizationGivesTheMomentsOfTheInput() {
        Scaling direct = chain().normalization(110, 3600).guess().orElseThrow();
        assertEquals(110, direct.apply((float) Scaling.IMAGE_MEAN, 1), 1e-3);
        assertEquals(60, direct.gain()[2] * Scaling.IMAGE_DEVIATION, 1e-3);
        Scaling behind =
                chain().then("Div", 100).normalization(1.1f, 0.36f).guess().orElseThrow();
        assertEquals(110, behind.apply((float) Scaling.IMAGE_MEAN, 1), 1e-3);
        assertEquals(60, behind.gain()[2] * Scaling.IMAGE_DEVIATION, 1e-3);
    }

    @Test
    void aBranchEndsTheWalkAndAShapeDoesNot() {
        Chain branched = chain().then("Div", 255);
        branched.nodes.add(Graphs.node("Shape", "s", "x"));
        assertEquals(Optional.of(Scaling.BYTES), branched.guess());
        branched.nodes.add(Graphs.node("Relu", "r", "x"));
        assertEquals(Optional.empty(), branched.guess());
    }

    @Test
    void aConvolutionTellsTheLayoutAndTheChannels() {
        Graph direct = chain().then("Div", 255)
                .then("Conv", new float[16 * 5 * 9], 16, 5, 3, 3)
                .graph(IMAGE);
        FirstNodes first = FirstNodes.of(direct, "x", 4);
        assertEquals(OptionalInt.of(1), first.channelAxis());
        assertEquals(OptionalLong.of(5), first.extent(1));
        assertEquals(OptionalLong.empty(), first.extent(2));
        Graph turned = chain().transpose(0L, 3L, 1L, 2L)
                .then("Conv", new float[45], 1, 5, 3, 3)
                .graph(IMAGE);
        assertEquals(OptionalInt.of(3), FirstNodes.of(turned, "x", 4).channelAxis());
        assertEquals(OptionalLong.of(5), FirstNodes.of(turned, "x", 4).extent(3));
    }

    @Test
    void aMatrixTellsTheFeatures() {
        Value features = Graphs.input("x", ElementType.FLOAT, -1, -1);
        Graph gemm = chain().then("Gemm", new float[21], 7, 3).graph(features);
        assertEquals(OptionalLong.of(7), FirstNodes.of(gemm, "x", 2).extent(1));
        Graph product = chain().then("MatMul", new float[21], 7, 3).graph(features);
        assertEquals(OptionalLong.of(7), FirstNodes.of(product, "x", 2).extent(1));
        assertTrue(FirstNodes.of(product, "x", 2).channelAxis().isEmpty());
    }

    @Test
    void aTransposeOfAxesThatAreNotThereIsNotLookedThrough() {
        for (List<Long> perm : List.of(List.of(0L, 7L, 1L, 2L), List.of(0L, -1L, 1L, 2L), List.of(0L, 1L, 1L, 2L))) {
            Node transpose =
                    Node.of("t", "Transpose", List.of("x"), List.of("y"), Map.of("perm", new Attribute.Ints(perm)));
            Graph graph = Graphs.of(List.of(transpose), List.of(), IMAGE);
            assertEquals(Optional.empty(), FirstNodes.of(graph, "x", 4).ownNormalisation(1, 3));
        }
    }
}
