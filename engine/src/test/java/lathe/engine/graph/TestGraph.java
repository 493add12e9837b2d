package lathe.engine.graph;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

/** Builds small graphs for tests: nodes in order, weights from a fixed seed. */
public final class TestGraph {

    private final List<Node> nodes = new ArrayList<>();
    private final List<Initializer> initializers = new ArrayList<>();
    private final Random random = new Random(1);

    /** Adds a node that is named after its output. */
    public TestGraph node(String opType, String output, String... inputs) {
        return node(opType, Map.of(), output, inputs);
    }

    /** Adds a node with attributes. */
    public TestGraph node(String opType, Map<String, Attribute> attributes, String output, String... inputs) {
        nodes.add(Node.of(output + "_node", opType, Arrays.asList(inputs), List.of(output), attributes));
        return this;
    }

    /** Adds a node as it is. */
    public TestGraph node(Node node) {
        nodes.add(node);
        return this;
    }

    /** Adds a FLOAT constant of random numbers. */
    public TestGraph weights(String name, long... dims) {
        int size = (int) Arrays.stream(dims).reduce(1, (a, b) -> a * b);
        float[] values = new float[size];
        for (int i = 0; i < size; i++) {
            values[i] = (float) random.nextGaussian();
        }
        initializers.add(Initializer.ofFloats(name, values, dims));
        return this;
    }

    /** Adds a FLOAT scalar. */
    public TestGraph scalar(String name, float value) {
        initializers.add(Initializer.ofFloats(name, new float[] {value}));
        return this;
    }

    /** A 3x3 Conv of these channels; its weights are named after its output. */
    public TestGraph conv(String output, String input, int channelsIn, int channelsOut) {
        weights(output + "_w", channelsOut, channelsIn, 3, 3).weights(output + "_b", channelsOut);
        Map<String, Attribute> pads = Map.of("pads", new Attribute.Ints(List.of(1L, 1L, 1L, 1L)));
        return node("Conv", pads, output, input, output + "_w", output + "_b");
    }

    /** The graph with one input {@code x} and these outputs, of opset 13. */
    public Graph build(String... outputs) {
        return new Graph(
                nodes,
                initializers,
                List.of(Value.ofFloat("x")),
                Arrays.stream(outputs).map(Value::ofFloat).toList(),
                Map.of("", 13L),
                Map.of(),
                Map.of(),
                Optional.empty());
    }
}
