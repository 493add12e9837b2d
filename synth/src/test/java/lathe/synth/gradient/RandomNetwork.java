package lathe.synth.gradient;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import lathe.engine.graph.Attribute;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Node;
import lathe.engine.graph.Value;
import lathe.engine.tensor.ElementType;
import lathe.synth.network.Network;
import lathe.synth.network.NetworkOptions;
import lathe.synth.network.Tensor;

/** A small random network of operators that have a gradient rule: a chain of random blocks on {@code x}. */
final class RandomNetwork {

    static final long[] INPUT = {-1, 3, 6, 7};

    private static final int LARGE = 500;

    private final Random random;
    private final List<Node> nodes = new ArrayList<>();
    private final List<Initializer> constants = new ArrayList<>();
    private String last = "x";

    private RandomNetwork(Random random) {
        this.random = random;
    }

    static Graph of(Random random, int blocks) {
        RandomNetwork network = new RandomNetwork(random);
        for (int i = 0; i < blocks; i++) {
            network.last = network.block();
        }
        network.last = network.end();
        return network.graph();
    }

    private Graph graph() {
        List<Value.Dim> dims = new ArrayList<>(List.of(Value.Dim.dynamic("batch")));
        Arrays.stream(INPUT).skip(1).mapToObj(Value.Dim::fixed).forEach(dims::add);
        return new Graph(
                nodes,
                constants,
                List.of(new Value("x", ElementType.FLOAT, Optional.of(dims), Optional.empty())),
                List.of(Value.ofFloat(last)),
                Map.of("", 18L),
                Map.of(),
                Map.of(),
                Optional.empty());
    }

    /** The shape of the last value, from a run. */
    private long[] shape() {
        if (nodes.isEmpty()) {
            return new long[] {2, INPUT[1], INPUT[2], INPUT[3]};
        }
        try (Network network = Network.of(graph(), NetworkOptions.DEFAULT)) {
            long[] dims = INPUT.clone();
            dims[0] = 2;
            Tensor input = Tensor.of(new float[(int) Tensor.elements(dims)], dims);
            return network.run(Map.of("x", input)).get(last).dims();
        }
    }

    private String block() {
        long[] dims = shape();
        if (Math.min(dims[2], dims[3]) < 3) {
            String wider = add("Pad", last, longs(0, 0, 1, 2, 0, 0, 1, 0));
            return add(
                    "Tanh",
                    wider); // ONNX Runtime would merge the Pad into a pool whose kernel is smaller, and refuse that
        }
        if (Tensor.elements(dims) > LARGE) {
            return add("Slice", last, longs(0), longs(2), longs(1));
        }
        return switch (random.nextInt(8)) {
            case 0 -> convolution();
            case 1 -> activation();
            case 2 -> arithmetic();
            case 3 -> pool();
            case 4 -> pieces();
            case 5 -> reduction();
            case 6 -> layout();
            default -> product();
        };
    }

    private String convolution() {
        long[] dims = shape();
        long channels = dims[1];
        int out = 2 + random.nextInt(3);
        int kernel = 1 + random.nextInt(3);
        long[] pads = random.ints(4, 0, 3).mapToLong(pad -> pad).toArray();
        Map<String, Attribute> attributes = Map.of(
                "strides", ints(1 + random.nextInt(2), 1 + random.nextInt(2)),
                "dilations", ints(1 + random.nextInt(2), 1));
        if (random.nextInt(4) == 0) {
            return add("ConvTranspose", attributes, last, floats(0.7, channels, out, kernel, 2), floats(1, out));
        }
        boolean grouped = random.nextBoolean();
        long outputs = grouped ? channels * (out - 1) : out;
        String weights = floats(0.7, outputs, grouped ? 1 : channels, kernel, 2);
        Map<String, Attribute> padding = random.nextInt(3) == 0
                ? Map.of("auto_pad", new Attribute.Text(random.nextBoolean() ? "SAME_UPPER" : "SAME_LOWER"))
                : Map.of("pads", ints(pads[0] + 1, pads[1], pads[2] + 1, pads[3] + 1));
        boolean same = padding.containsKey("auto_pad");
        String convolved = add(
                "Conv",
                merged(
                        same ? Map.of("strides", attributes.get("strides")) : attributes,
                        merged(padding, Map.of("group", new Attribute.Int(grouped ? channels : 1)))),
                last,
                weights);
        return random.nextBoolean()
                ? convolved
                : add(
                        "BatchNormalization",
                        Map.of("epsilon", new Attribute.Real(0.1f)),
                        convolved,
                        floats(1, outputs),
                        floats(1, outputs),
                        floats(1, outputs),
                        positive(outputs));
    }

    private String activation() {
        long channels = shape()[1];
        String positive = add("Add", add("Softplus", last), scalar(0.5f));
        return switch (random.nextInt(17)) {
            case 0 -> add("Relu", last);
            case 1 -> add("Clip", last, scalar(-0.5f), scalar(0.8f));
            case 2 -> add("Clip", last, "", scalar(0.6f));
            case 3 -> add("LeakyRelu", Map.of("alpha", new Attribute.Real(0.3f)), last);
            case 4 -> add("PRelu", last, floats(1, channels, 1, 1));
            case 5 -> add("Elu", Map.of("alpha", new Attribute.Real(0.7f)), last);
            case 6 -> add("Mul", last, add("Sigmoid", last));
            case 7 -> add("HardSigmoid", Map.of("alpha", new Attribute.Real(0.4f)), last);
            case 8 -> add("HardSwish", add("Add", add("Add", last, last), last));
            case 9 -> add("Tanh", last);
            case 10 -> positive;
            case 11 -> add("Mul", last, add("Add", add("Erf", last), scalar(1)));
            case 12 -> add("Exp", add("Tanh", last));
            case 13 -> add("Log", positive);
            case 14 -> add("Sqrt", positive);
            case 15 -> add("Reciprocal", positive);
            default -> add("Neg", add("Abs", last));
        };
    }

    private String arithmetic() {
        long channels = shape()[1];
        return switch (random.nextInt(6)) {
            case 0 -> add("Add", last, floats(1, channels, 1, 1));
            case 1 -> add("Sub", floats(1, 1, channels, 1, 1), last);
            case 2 -> add("Mul", last, last);
            case 3 -> add("Div", last, add("Add", add("Sigmoid", last), scalar(0.3f)));
            case 4 -> add("Pow", add("Add", add("Softplus", last), scalar(0.5f)), scalar(1.7f));
            default -> add("Sum", last, add("Tanh", last), floats(1, 1));
        };
    }

    private String pool() {
        int ceil = random.nextInt(2); // windows that begin in the padding at the end are undefined
        Map<String, Attribute> window = Map.of(
                "kernel_shape", ints(2 + random.nextInt(2), 2),
                "strides", ints(1 + random.nextInt(2), 1 + random.nextInt(2)),
                "pads", ints(random.nextInt(2), random.nextInt(2), 1 - ceil, ceil == 0 ? random.nextInt(2) : 0),
                "ceil_mode", new Attribute.Int(ceil));
        Map<String, Attribute> counted = Map.of("count_include_pad", new Attribute.Int(random.nextInt(2)));
        return random.nextBoolean() ? add("MaxPool", window, last) : add("AveragePool", merged(window, counted), last);
    }

    private String pieces() {
        long[] dims = shape();
        return switch (random.nextInt(4)) {
            case 0 -> add("Concat", Map.of("axis", new Attribute.Int(1)), last, add("Tanh", last), last);
            case 1 -> add("Slice", last, longs(-1, 1), longs(100, 100), longs(1, 2), longs(1, 2));
            case 2 -> add("Pad", last, longs(0, 1, 0, 2, 0, 0, 1, -1));
            default -> split(dims[1]);
        };
    }

    /** Of all channels twice, the first, and the others, which need not all be read. */
    private String split(long channels) {
        List<String> parts = List.of(name(), name());
        Map<String, Attribute> axis = Map.of("axis", new Attribute.Int(-3));
        String twice = add("Concat", axis, last, last);
        nodes.add(Node.of(parts.get(0), "Split", List.of(twice, longs(1, 2 * channels - 1)), parts, axis));
        return add("Mul", parts.get(0), random.nextBoolean() ? parts.get(1) : last);
    }

    private String reduction() {
        String pooled = add("Sigmoid", add("GlobalAveragePool", last));
        return switch (random.nextInt(3)) {
            case 0 -> add("Mul", last, pooled);
            case 1 -> add("Sub", last, add("ReduceMean", last, longs(-1, 2)));
            default ->
                add(
                        "Mul",
                        last,
                        add(
                                "Unsqueeze",
                                add("ReduceSum", Map.of("keepdims", new Attribute.Int(0)), pooled, longs(1)),
                                longs(1)));
        };
    }

    private String layout() {
        long[] dims = shape();
        return switch (random.nextInt(3)) {
            case 0 -> add("Transpose", Map.of("perm", ints(0, 2, 3, 1)), last);
            case 1 -> add("Reshape", last, longs(-1, dims[1] * dims[2], dims[3], 1));
            default ->
                add(
                        "Resize",
                        Map.of(
                                "mode", new Attribute.Text("nearest"),
                                "coordinate_transformation_mode", new Attribute.Text("asymmetric"),
                                "nearest_mode", new Attribute.Text("floor")),
                        add("Identity", last),
                        "",
                        floatsOf(1, 1, 2, 1));
        };
    }

    private String product() {
        long columns = shape()[3];
        String transposed = add("Transpose", Map.of("perm", ints(0, 1, 3, 2)), last);
        return random.nextBoolean()
                ? add("MatMul", last, floats(0.7, columns, 3))
                : add("MatMul", last, add("Tanh", transposed));
    }

    private String end() {
        String flat = add("Flatten", last);
        long rows = Arrays.stream(shape()).skip(1).reduce(1, Math::multiplyExact);
        Attribute transposed = new Attribute.Int(1);
        return switch (random.nextInt(3)) {
            case 0 ->
                add(
                        "Gemm",
                        Map.of("transB", transposed, "alpha", new Attribute.Real(0.5f)),
                        add("Dropout", flat),
                        floats(0.5, 4, rows),
                        floats(1, 4));
            case 1 ->
                add(
                        "Gemm",
                        Map.of("transA", transposed),
                        add("Transpose", Map.of("perm", ints(1, 0)), flat),
                        floats(0.5, rows, 2));
            default -> add("Squeeze", add("Unsqueeze", flat, longs(2)), longs(2));
        };
    }

    private String add(String operator, String... inputs) {
        return add(operator, Map.of(), inputs);
    }

    private String add(String operator, Map<String, Attribute> attributes, String... inputs) {
        String output = name();
        nodes.add(Node.of(output, operator, List.of(inputs), List.of(output), attributes));
        return output;
    }

    private String name() {
        return "v" + random.nextLong();
    }

    /** Normal numbers of this deviation. */
    private String floats(double deviation, long... dims) {
        int count = (int) Tensor.elements(dims);
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) (deviation * random.nextGaussian());
        }
        return put(Initializer.ofFloats(name(), values, dims));
    }

    private String positive(long count) {
        float[] values = new float[(int) count];
        IntStream.range(0, values.length).forEach(i -> values[i] = 0.5f + random.nextFloat());
        return put(Initializer.ofFloats(name(), values, count));
    }

    private String scalar(float value) {
        return put(Initializer.ofFloats(name(), new float[] {value}));
    }

    private String floatsOf(float... values) {
        return put(Initializer.ofFloats(name(), values, values.length));
    }

    private String longs(long... values) {
        return put(Initializer.ofLongs(name(), values, values.length));
    }

    private String put(Initializer constant) {
        constants.add(constant);
        return constant.name();
    }

    private static Attribute ints(long... values) {
        return new Attribute.Ints(Arrays.stream(values).boxed().toList());
    }

    private static Map<String, Attribute> merged(Map<String, Attribute> some, Map<String, Attribute> others) {
        Map<String, Attribute> all = new HashMap<>(some);
        all.putAll(others);
        return all;
    }
}
