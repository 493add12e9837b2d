package lathe.synth.network;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import lathe.engine.graph.Attribute;
import lathe.engine.graph.Graph;
import lathe.engine.graph.GraphEdit;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Node;
import lathe.engine.graph.Value;
import lathe.engine.tensor.ElementType;

/**
 * A network that draws the same random numbers whenever it is fed the same, and so does one with the same names: ONNX
 * Runtime draws others in each process and each run, and its seeds are no remedy where threads share a session. Numbers
 * are looked up in a table for each node, seeded by the name of what it writes, from a place on that follows from what is
 * fed. RandomNormal and RandomUniform, also Like, at the top level of a graph, from operator set 9 on; a node that takes
 * its type from its input, from 15 on. Others stay as they are.
 */
final class RepeatableDraws {

    /** The input added to a network: where in their tables nodes begin, a scalar. */
    static final String PLACE = "lathe.place";

    /** Entries of a table, a prime: where numbers repeat, they do so in other channels. */
    private static final int ENTRIES = 65_521;

    private static final long FIRST_OPSET = 9;
    private static final long OPSET_OF_CAST_LIKE = 15;
    private static final long OPSET_OF_ALLOW_ZERO = 14;

    private final Graph graph;
    private final GraphEdit edit;

    private RepeatableDraws(Graph graph) {
        this.graph = graph;
        this.edit = graph.edit();
    }

    /** True if a graph has nodes that {@link #of} replaces. */
    static boolean isNeeded(Graph graph) {
        return graph.opset() >= FIRST_OPSET && graph.nodes().stream().anyMatch(node -> isReplaced(graph, node));
    }

    private static boolean isReplaced(Graph graph, Node node) {
        boolean typed = !isLike(node) || node.integer("dtype").isPresent() || graph.opset() >= OPSET_OF_CAST_LIKE;
        return typed && (isNormal(node) || node.is("RandomUniform") || node.is("RandomUniformLike"));
    }

    private static boolean isNormal(Node node) {
        return node.is("RandomNormal") || node.is("RandomNormalLike");
    }

    private static boolean isLike(Node node) {
        return node.opType().endsWith("Like");
    }

    /** The network with the input {@link #PLACE}. */
    static Graph of(Graph graph) {
        return new RepeatableDraws(graph).replaced();
    }

    /** The {@link #PLACE} that follows from what a network is fed. */
    static Tensor place(Map<String, Tensor> feeds) {
        int hash = 1;
        for (Map.Entry<String, Tensor> feed : new TreeMap<>(feeds).entrySet()) {
            hash = 31 * hash + feed.getKey().hashCode();
            for (float value : feed.getValue().floats()) {
                hash = 31 * hash + Float.floatToIntBits(value);
            }
        }
        return Tensor.of(new float[] {Math.floorMod(hash, ENTRIES)});
    }

    private Graph replaced() {
        graph.nodes().stream().filter(node -> isReplaced(graph, node)).forEach(this::replace);
        List<Value> inputs = new ArrayList<>(graph.inputs());
        inputs.add(new Value(PLACE, ElementType.INT64, Optional.of(List.of()), Optional.empty()));
        return edit.build().withInputs(inputs);
    }

    /** The numbers 0 to n - 1, and the place, modulo the size of the table, look up n numbers. */
    private void replace(Node node) {
        String shape = isLike(node)
                ? put(node, "Shape", Map.of(), node.inputs().get(0))
                : edit.putFresh(Initializer.ofLongs(
                        node.output() + "_shape",
                        node.integers("shape").orElse(new long[0]),
                        node.integers("shape").orElse(new long[0]).length));
        Attribute one = new Attribute.OfTensor(Initializer.ofLongs("", new long[] {1}, 1));
        String ones = put(node, "ConstantOfShape", Map.of("value", one), shape);
        String flat = put(node, "Reshape", Map.of(), ones, longs(node, -1));
        String numbers = put(node, "Add", Map.of(), put(node, "NonZero", Map.of(), flat), PLACE);
        String entries = longs(node, ENTRIES);
        String rounds = put(node, "Mul", Map.of(), put(node, "Div", Map.of(), numbers, entries), entries);
        String index = put(node, "Sub", Map.of(), numbers, rounds);
        String drawn = put(node, "Gather", Map.of(), table(node), index);
        Map<String, Attribute> zeros =
                graph.opset() >= OPSET_OF_ALLOW_ZERO ? Map.of("allowzero", new Attribute.Int(1)) : Map.of();
        String shaped = put(node, "Reshape", zeros, drawn, shape);
        boolean asInput = isLike(node) && node.integer("dtype").isEmpty();
        edit.replace(
                node,
                asInput
                        ? made(
                                node.output(),
                                "CastLike",
                                Map.of(),
                                shaped,
                                node.inputs().get(0))
                        : made(node.output(), "Cast", Map.of("to", new Attribute.Int(type(node))), shaped));
    }

    private static long type(Node node) {
        return node.integer("dtype").orElse(ElementType.FLOAT.code());
    }

    private String table(Node node) {
        Random random = new Random(node.output().hashCode());
        float[] values = new float[ENTRIES];
        for (int i = 0; i < ENTRIES; i++) {
            values[i] = isNormal(node)
                    ? (float) (node.real("mean", 0) + node.real("scale", 1) * random.nextGaussian())
                    : node.real("low", 0) + (node.real("high", 1) - node.real("low", 0)) * random.nextFloat();
        }
        return edit.putFresh(Initializer.ofFloats(node.output() + "_table", values, ENTRIES));
    }

    private String longs(Node node, long value) {
        return edit.putFresh(Initializer.ofLongs(node.output() + "_number", new long[] {value}, 1));
    }

    private String put(Node node, String opType, Map<String, Attribute> attributes, String... inputs) {
        String output = edit.freshName(node.output() + "_" + opType);
        edit.insertBefore(node, made(output, opType, attributes, inputs));
        return output;
    }

    private static Node made(String output, String opType, Map<String, Attribute> attributes, String... inputs) {
        return Node.of(output, opType, List.of(inputs), List.of(output), attributes);
    }
}
