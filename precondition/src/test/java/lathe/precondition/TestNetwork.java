package lathe.precondition;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import lathe.engine.graph.Attribute;
import lathe.engine.graph.ChannelStatistics;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Node;
import lathe.engine.graph.Value;
import lathe.engine.tensor.ElementType;

/**
 * Builds small networks, one node behind the other, that ONNX Runtime can run. Weights come from the seed; the largest
 * of each output and of each input channel are spread over several orders of magnitude.
 */
final class TestNetwork {

    private static final int EXTENT = 7;

    private final Random random;
    private final List<Node> nodes = new ArrayList<>();
    private final List<Initializer> constants = new ArrayList<>();
    private final Map<String, ChannelStatistics> statistics = new HashMap<>();
    private final List<Value.Dim> input = new ArrayList<>();
    private final List<Value> outputs = new ArrayList<>();
    private String value = "x";

    /** A network on a batch of two, of these channels and so many axes of space. */
    TestNetwork(long seed, int channels, int space) {
        random = new Random(seed);
        input.add(Value.Dim.fixed(2));
        input.add(Value.Dim.fixed(channels));
        for (int axis = 0; axis < space; axis++) {
            input.add(Value.Dim.fixed(EXTENT));
        }
    }

    private int space() {
        return input.size() - 2;
    }

    /** The value behind the last node. */
    String value() {
        return value;
    }

    /** Goes on from an earlier value. */
    TestNetwork from(String earlier) {
        value = earlier;
        return this;
    }

    TestNetwork conv(int inputs, int outputChannels, int kernel, int pad, int groups) {
        weights("w", outputChannels, inputs / groups, kernel);
        bias(outputChannels);
        return node("Conv", attributes(pad, groups), last("w"), last("b"));
    }

    TestNetwork convWithoutBias(int inputs, int outputChannels, int kernel) {
        weights("w", outputChannels, inputs, kernel);
        return node("Conv", attributes(0, 1), last("w"));
    }

    TestNetwork convTranspose(int inputs, int outputChannels, int kernel, int groups) {
        weights("w", inputs, outputChannels / groups, kernel);
        bias(outputChannels);
        return node("ConvTranspose", attributes(0, groups), last("w"), last("b"));
    }

    TestNetwork gemm(int inputs, int outputChannels, boolean transposed) {
        int first = transposed ? outputChannels : inputs;
        int second = transposed ? inputs : outputChannels;
        constants.add(Initializer.ofFloats("w" + nodes.size(), spread(first, second, 1), first, second));
        bias(outputChannels);
        Map<String, Attribute> attributes = Map.of(
                "transB", new Attribute.Int(transposed ? 1 : 0),
                "alpha", new Attribute.Real(0.5f),
                "beta", new Attribute.Real(2));
        return node("Gemm", attributes, last("w"), last("b"));
    }

    /** A node that has one input beside the value: one number a channel. */
    TestNetwork perChannel(String opType, float... values) {
        long[] dims = new long[input.size() - 1];
        Arrays.fill(dims, 1);
        dims[0] = values.length;
        constants.add(Initializer.ofFloats("p" + nodes.size(), values, dims));
        return node(opType, Map.of(), last("p"));
    }

    TestNetwork constant(Initializer constant) {
        constants.add(constant);
        return this;
    }

    TestNetwork clip(float low, float high) {
        constants.add(Initializer.ofFloats("low" + nodes.size(), new float[] {low}));
        constants.add(Initializer.ofFloats("high" + nodes.size(), new float[] {high}));
        return node("Clip", Map.of(), last("low"), last("high"));
    }

    TestNetwork node(String opType) {
        return node(opType, Map.of());
    }

    /** Adds a node behind the last one; further inputs are names of constants. */
    TestNetwork node(String opType, Map<String, Attribute> attributes, String... further) {
        List<String> inputs = new ArrayList<>(List.of(value));
        inputs.addAll(Arrays.asList(further));
        value = "v" + nodes.size();
        nodes.add(Node.of(value + "_" + opType, opType, inputs, List.of(value), attributes));
        return this;
    }

    /** Makes the last value an output too. */
    TestNetwork output() {
        outputs.add(Value.ofFloat(value));
        return this;
    }

    /** States what the channels of the last value are like. */
    TestNetwork known(float[] mean, float[] deviation) {
        statistics.put(value, new ChannelStatistics(mean, deviation));
        return this;
    }

    /** Sets the weights of the last layer that belong to one position on an axis. */
    TestNetwork setWeights(int axis, int position, float to) {
        Initializer old = constants.stream()
                .filter(c -> c.name().startsWith("w"))
                .reduce((a, b) -> b)
                .orElseThrow();
        float[] values = old.floats();
        long[] dims = old.dims().stream().mapToLong(Long::longValue).toArray();
        long inner = Arrays.stream(dims).skip(axis + 1L).reduce(1, (a, b) -> a * b);
        for (int i = 0; i < values.length; i++) {
            if (i / inner % dims[axis] == position) {
                values[i] = to;
            }
        }
        constants.set(constants.indexOf(old), Initializer.ofFloats(old.name(), values, dims));
        return this;
    }

    /** Sets the bias of the last layer for one channel. */
    TestNetwork setBias(int channel, float to) {
        Initializer old = constants.stream()
                .filter(c -> c.name().startsWith("b"))
                .reduce((a, b) -> b)
                .orElseThrow();
        float[] values = old.floats();
        values[channel] = to;
        constants.set(constants.indexOf(old), Initializer.ofFloats(old.name(), values, values.length));
        return this;
    }

    Graph build() {
        return new Graph(
                nodes,
                constants,
                List.of(new Value("x", ElementType.FLOAT, Optional.of(input), Optional.empty())),
                output().outputs,
                Map.of("", 13L),
                Map.of(),
                statistics,
                Optional.empty());
    }

    private String last(String kind) {
        return kind + nodes.size();
    }

    private void bias(int channels) {
        constants.add(Initializer.ofFloats("b" + nodes.size(), spread(1, channels, 1), channels));
    }

    private void weights(String kind, int first, int second, int kernel) {
        long[] dims = new long[2 + space()];
        Arrays.fill(dims, kernel);
        dims[0] = first;
        dims[1] = second;
        int taps = (int) Math.pow(kernel, space());
        constants.add(Initializer.ofFloats(kind + nodes.size(), spread(first, second, taps), dims));
    }

    private float[] spread(int first, int second, int taps) {
        double[] a = random.doubles(first, -3, 3).map(Math::exp).toArray();
        double[] b = random.doubles(second, -3, 3).map(Math::exp).toArray();
        float[] values = new float[first * second * taps];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (a[i / taps / second] * b[i / taps % second] * random.nextGaussian());
        }
        return values;
    }

    private Map<String, Attribute> attributes(int pad, int groups) {
        List<Long> pads = new ArrayList<>();
        for (int i = 0; i < 2 * space(); i++) {
            pads.add((long) pad);
        }
        return Map.of("pads", new Attribute.Ints(pads), "group", new Attribute.Int(groups));
    }
}
