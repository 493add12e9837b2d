package lathe.cli.device;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Consumer;
import lathe.cli.device.RunMeasurement.Given;
import lathe.engine.graph.Attribute;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Node;
import lathe.engine.graph.Value;
import lathe.synth.network.Tensor;

/** Appends nodes to a network, one behind the other. Weights are random; what they compute means nothing. */
final class NetworkBuilder {

    private static final long OPSET = 18;

    private final Random random;
    private final List<Node> nodes = new ArrayList<>();
    private final List<Initializer> constants = new ArrayList<>();
    private final long[] input;
    private String value = "x";
    private long[] shape;
    private double macs;

    /** An empty network with an input of this shape. */
    NetworkBuilder(Random random, long... shape) {
        this.random = random;
        this.input = shape;
        this.shape = shape.clone();
    }

    /** Multiplications so far. */
    double macs() {
        return macs;
    }

    int channels() {
        return (int) shape[1];
    }

    int extent() {
        return (int) shape[2];
    }

    /** The network, and an input. */
    Given build() {
        float[] fed = values(1, input);
        Graph graph = new Graph(
                nodes,
                constants,
                List.of(value("x", input)),
                List.of(value(value, shape)),
                Map.of("", OPSET),
                Map.of(),
                Map.of(),
                Optional.empty());
        return new Given(graph, Map.of("x", Tensor.of(fed, input)));
    }

    private static Value value(String name, long... shape) {
        List<Value.Dim> dims = Arrays.stream(shape).mapToObj(Value.Dim::fixed).toList();
        return new Value(name, Value.ofFloat(name).type(), Optional.of(dims), Optional.empty());
    }

    NetworkBuilder convolution(int out, int kernel, int stride) {
        return convolution(out, kernel, stride, 1);
    }

    NetworkBuilder depthwise(int kernel, int stride) {
        return convolution(channels(), kernel, stride, channels());
    }

    private NetworkBuilder convolution(int out, int kernel, int stride, int groups) {
        long in = shape[1] / groups;
        shape = new long[] {1, out, strided(stride), strided(stride)};
        macs += (double) out * extent() * extent() * in * kernel * kernel;
        String weights = weights((double) in * kernel * kernel, out, in, kernel, kernel);
        long pad = kernel / 2;
        Map<String, Attribute> attributes = window(kernel, stride);
        attributes.put("group", new Attribute.Int(groups));
        attributes.put("pads", new Attribute.Ints(List.of(pad, pad, pad, pad)));
        return node("Conv", attributes, value, weights, weights(1, out));
    }

    private long strided(int stride) {
        return (shape[2] + stride - 1) / stride;
    }

    private static Map<String, Attribute> window(long kernel, long stride) {
        Map<String, Attribute> attributes = new TreeMap<>();
        attributes.put("kernel_shape", new Attribute.Ints(List.of(kernel, kernel)));
        attributes.put("strides", new Attribute.Ints(List.of(stride, stride)));
        return attributes;
    }

    NetworkBuilder clip() {
        return node("Relu", Map.of(), value);
    }

    NetworkBuilder function() {
        return node(random.nextBoolean() ? "Sigmoid" : "Tanh", Map.of(), value);
    }

    /** @param kernel 0 for all positions */
    NetworkBuilder pool(String operator, int kernel, int stride) {
        if (kernel == 0) {
            shape = new long[] {1, shape[1], 1, 1};
            return node(operator, Map.of(), value);
        }
        shape = new long[] {1, shape[1], (shape[2] - kernel) / stride + 1, (shape[2] - kernel) / stride + 1};
        return node(operator, window(kernel, stride), value);
    }

    NetworkBuilder flatten() {
        shape = new long[] {1, shape[1]};
        return node("Flatten", Map.of(), value);
    }

    NetworkBuilder grouped(int groups) {
        return convolution(channels(), 3, 1, groups);
    }

    /** Twice the extents: nearest neighbours, linear, or learnt. */
    NetworkBuilder upsample(int way) {
        shape = new long[] {1, shape[1], 2 * shape[2], 2 * shape[3]};
        if (way == 2) {
            macs += 4.0 * shape[1] * shape[1] * shape[2] * shape[3] / 4;
            String weights = weights((double) shape[1], shape[1], shape[1], 2, 2);
            return node("ConvTranspose", window(2, 2), value, weights, weights(1, shape[1]));
        }
        String scales = constant(Initializer.ofFloats(fresh("c"), new float[] {1, 1, 2, 2}, 4));
        return node("Resize", Map.of("mode", new Attribute.Text(way == 0 ? "nearest" : "linear")), value, "", scales);
    }

    /** The channels of a picture behind its positions, as detectors write them. */
    NetworkBuilder channelsLast() {
        shape = new long[] {1, shape[2], shape[3], shape[1]};
        node("Transpose", Map.of("perm", new Attribute.Ints(List.of(0L, 2L, 3L, 1L))), value);
        return reshaped(1, shape[1] * shape[2], shape[3]);
    }

    /** Tokens as attention takes them apart into heads, and together again. */
    NetworkBuilder heads(int heads) {
        long tokens = shape[1];
        long width = shape[2];
        Map<String, Attribute> turned = Map.of("perm", new Attribute.Ints(List.of(0L, 2L, 1L, 3L)));
        reshaped(1, tokens, heads, width / heads).node("Transpose", turned, value);
        node("Softmax", Map.of(), value).node("Transpose", turned, value);
        return reshaped(1, tokens, width);
    }

    private NetworkBuilder reshaped(long... dims) {
        shape = dims;
        return node("Reshape", Map.of(), value, constant(Initializer.ofLongs(fresh("c"), dims, dims.length)));
    }

    /** A product of the last axis. */
    NetworkBuilder product(int out) {
        long in = shape[shape.length - 1];
        shape = shape.clone();
        shape[shape.length - 1] = out;
        macs += (double) in * Tensor.elements(shape);
        String weights = weights((double) in, in, out);
        if (shape.length == 2) {
            return node("Gemm", Map.of(), value, weights, weights(1, out));
        }
        return node("MatMul", Map.of(), value, weights).node("Add", Map.of(), value, weights(1, out));
    }

    /** Something, perhaps added to what goes in. */
    NetworkBuilder around(boolean adds, Consumer<NetworkBuilder> inside) {
        String before = value;
        inside.accept(this);
        return adds ? node("Add", Map.of(), value, before) : this;
    }

    /** Two things side by side. */
    NetworkBuilder fork(Consumer<NetworkBuilder> left, Consumer<NetworkBuilder> right) {
        String before = value;
        long[] outer = shape;
        left.accept(this);
        String first = value;
        long channels = shape[1];
        value = before;
        shape = outer;
        right.accept(this);
        shape = new long[] {1, channels + shape[1], shape[2], shape[3]};
        return node("Concat", Map.of("axis", new Attribute.Int(1)), first, value);
    }

    /** Squeeze and excitation. */
    NetworkBuilder excitation(int squeezed) {
        String before = value;
        long[] outer = shape;
        pool("GlobalAveragePool", 0, 0).convolution(squeezed, 1, 1).clip().convolution((int) outer[1], 1, 1);
        node(random.nextBoolean() ? "Sigmoid" : "HardSigmoid", Map.of(), value);
        shape = outer;
        return node("Mul", Map.of(), before, value);
    }

    private NetworkBuilder node(String operator, Map<String, Attribute> attributes, String... inputs) {
        String output = fresh("v");
        nodes.add(Node.of(output, operator, List.of(inputs), List.of(output), attributes));
        value = output;
        return this;
    }

    private String fresh(String letter) {
        return letter + (nodes.size() + constants.size());
    }

    private String weights(double inputs, long... dims) {
        return constant(Initializer.ofFloats(fresh("c"), values((float) Math.sqrt(3 / inputs), dims), dims));
    }

    /** Uniform from -largest to largest. */
    private float[] values(float largest, long... dims) {
        float[] values = new float[Math.toIntExact(Tensor.elements(dims))];
        for (int i = 0; i < values.length; i++) {
            values[i] = largest * (2 * random.nextFloat() - 1);
        }
        return values;
    }

    private String constant(Initializer initializer) {
        constants.add(initializer);
        return initializer.name();
    }
}
