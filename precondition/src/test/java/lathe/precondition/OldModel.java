package lathe.precondition;

import static java.util.Map.entry;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import lathe.engine.graph.Attribute;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Node;
import lathe.engine.graph.Value;
import lathe.engine.graph.Value.Dim;
import lathe.engine.tensor.ElementType;

/**
 * A small graph around one operator in the form of an old operator set.
 *
 * @param label which form of it
 * @param graph of the oldest operator set with this form
 */
record OldModel(String label, Graph graph) {

    @Override
    public String toString() {
        return "%s of opset %d".formatted(label, graph.opset());
    }

    /** An operator that reads the graph's input {@code x} and then these values, and gives {@code y}. */
    @SafeVarargs
    static Builder model(long opset, String opType, List<String> more, Map.Entry<String, Attribute>... attributes) {
        return empty(opset).then(opType, withX(more), List.of("y"), attributes);
    }

    /** A graph without a node yet. */
    static Builder empty(long opset) {
        return new Builder(opset);
    }

    private static List<String> withX(List<String> more) {
        return Stream.concat(Stream.of("x"), more.stream()).toList();
    }

    /** A graph under construction: one image {@code x}, 2 x 4 x 6 x 8 unless said otherwise, and a chain of nodes. */
    static final class Builder {
        private final long opset;
        private final List<Node> nodes = new ArrayList<>();
        private final List<Initializer> constants = new ArrayList<>();
        private final Set<String> aside = new HashSet<>();
        private List<Long> dims = List.of(2L, 4L, 6L, 8L);

        private Builder(long opset) {
            this.opset = opset;
        }

        Builder input(Long... extents) {
            dims = Arrays.asList(extents);
            return this;
        }

        Builder with(Initializer... more) {
            constants.addAll(Arrays.asList(more));
            return this;
        }

        /** Other outputs of the last node, which are those of the graph. */
        Builder gives(String... outputs) {
            int last = nodes.size() - 1;
            nodes.set(last, nodes.get(last).withOutputs(List.of(outputs)));
            return this;
        }

        /** One more output of the last node, which the graph does not give out. */
        Builder aside(String output) {
            aside.add(output);
            List<String> outputs = new ArrayList<>(nodes.get(nodes.size() - 1).outputs());
            outputs.add(output);
            return gives(outputs.toArray(String[]::new));
        }

        /** Another node, whose outputs become those of the graph. */
        @SafeVarargs
        final Builder then(
                String opType, List<String> inputs, List<String> outputs, Map.Entry<String, Attribute>... attributes) {
            Map<String, Attribute> byName = new LinkedHashMap<>();
            for (Map.Entry<String, Attribute> attribute : attributes) {
                byName.put(attribute.getKey(), attribute.getValue());
            }
            nodes.add(Node.of("node" + nodes.size(), opType, inputs, outputs, byName));
            return this;
        }

        OldModel named(String label) {
            List<Dim> shape = dims.stream().map(Dim::fixed).toList();
            Value input = new Value("x", ElementType.FLOAT, Optional.of(shape), Optional.empty());
            List<Value> outputs = nodes.get(nodes.size() - 1).outputs().stream()
                    .filter(output -> !aside.contains(output))
                    .map(Value::ofFloat)
                    .toList();
            return new OldModel(
                    label,
                    new Graph(
                            nodes,
                            constants,
                            List.of(input),
                            outputs,
                            Map.of("", opset),
                            Map.of(),
                            Map.of(),
                            Optional.empty()));
        }
    }

    static Map.Entry<String, Attribute> is(String name, long value) {
        return entry(name, new Attribute.Int(value));
    }

    static Map.Entry<String, Attribute> is(String name, float value) {
        return entry(name, new Attribute.Real(value));
    }

    static Map.Entry<String, Attribute> is(String name, String value) {
        return entry(name, new Attribute.Text(value));
    }

    static Map.Entry<String, Attribute> are(String name, Long... values) {
        return entry(name, new Attribute.Ints(Arrays.asList(values)));
    }

    static Initializer floats(String name, float... values) {
        return Initializer.ofFloats(name, values, values.length);
    }

    static Initializer longs(String name, long... values) {
        return Initializer.ofLongs(name, values, values.length);
    }

    static Initializer scalar(String name, float value) {
        return Initializer.ofFloats(name, new float[] {value});
    }

    static Initializer codes(String name, ElementType type, List<Long> dims, int... values) {
        byte[] codes = new byte[values.length];
        for (int i = 0; i < codes.length; i++) {
            codes[i] = (byte) values[i];
        }
        return Initializer.ofCodes(name, type, dims, codes);
    }

    /** Seeded noise of this shape. */
    static Initializer noise(String name, long... dims) {
        float[] values = new float[(int) Arrays.stream(dims).reduce(1, Math::multiplyExact)];
        Random random = new Random(name.hashCode());
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return Initializer.ofFloats(name, values, dims);
    }
}
