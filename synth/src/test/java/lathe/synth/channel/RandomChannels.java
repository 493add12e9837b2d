package lathe.synth.channel;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import lathe.engine.graph.Attribute;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Node;
import lathe.engine.graph.Value;
import lathe.engine.tensor.ElementType;
import lathe.synth.network.Network;
import lathe.synth.network.NetworkOptions;
import lathe.synth.network.Tensor;

/** A small random network of operators through which channels can be followed: a chain of random blocks on {@code x}. */
final class RandomChannels {

    static final long[] INPUT = {2, 3, 6, 5};

    private static final int MOST_CHANNELS = 12;
    private static final int LARGE = 800;

    private final Random random;
    private final List<Node> nodes = new ArrayList<>();
    private final List<Initializer> constants = new ArrayList<>();
    private String last = "x";

    private RandomChannels(Random random) {
        this.random = random;
    }

    static Graph of(Random random, int blocks) {
        RandomChannels network = new RandomChannels(random);
        network.last = network.conv("x", 6, 1);
        for (int i = 0; i < blocks; i++) {
            network.last = network.block();
        }
        network.last = network.end();
        return network.graph(network.last);
    }

    private Graph graph(String output) {
        List<Value.Dim> dims = new ArrayList<>(List.of(Value.Dim.dynamic("batch")));
        Arrays.stream(INPUT).skip(1).mapToObj(Value.Dim::fixed).forEach(dims::add);
        return new Graph(
                nodes,
                constants,
                List.of(new Value("x", ElementType.FLOAT, Optional.of(dims), Optional.empty())),
                List.of(Value.ofFloat(output)),
                Map.of("", 18L),
                Map.of(),
                Map.of(),
                Optional.empty());
    }

    /** The shape of a value, from a run. */
    private long[] shape(String value) {
        if (value.equals("x")) {
            return INPUT;
        }
        try (Network network = Network.of(graph(value), NetworkOptions.DEFAULT)) {
            Tensor input = Tensor.of(new float[(int) Tensor.elements(INPUT)], INPUT);
            return network.run(Map.of("x", input)).get(value).dims();
        }
    }

    private String block() {
        long[] dims = shape(last);
        if (dims[1] > MOST_CHANNELS) {
            return conv(last, 6, 1);
        }
        if (Tensor.elements(dims) > LARGE) {
            return add("Slice", last, longs(0, 1), longs(3, 3), longs(2, -1));
        }
        return switch (random.nextInt(11)) {
            case 0 -> layer(dims[1]);
            case 1 -> activation(dims[1]);
            case 2 -> perChannel(dims[1]);
            case 3 -> joined(dims[1]);
            case 4 -> pieces(dims[1]);
            case 5 -> padded(dims[1]);
            case 6 -> pool();
            case 7 -> layout(dims);
            case 8 -> reduction(dims[1]);
            case 9 -> sized(dims);
            default -> normalization(dims[1]);
        };
    }

    private String conv(String value, int outputs, int groups) {
        long inputs = shape(value)[1];
        return add(
                "Conv",
                Map.of("pads", ints(1, 0, 1, 0), "group", new Attribute.Int(groups)),
                value,
                floats(0.5, outputs, inputs / groups, 3, 1),
                floats(1, outputs));
    }

    private String layer(long channels) {
        Attribute all = new Attribute.Int(channels);
        return switch (random.nextInt(5)) {
            case 0 -> conv(last, 5, 1);
            case 1 -> conv(last, 4, channels % 2 == 0 ? 2 : 1);
            case 2 ->
                add("Conv", Map.of("group", all), last, floats(1, 2 * channels, 1, 1, 1), floats(1, 2 * channels));
            case 3 ->
                add("ConvTranspose", Map.of("group", all), last, floats(1, channels, 1, 2, 1), floats(1, channels));
            default ->
                add(
                        "ConvTranspose",
                        Map.of("group", new Attribute.Int(channels % 2 == 0 ? 2 : 1)),
                        last,
                        floats(0.5, channels, 3, 1, 1));
        };
    }

    private String activation(long channels) {
        return switch (random.nextInt(6)) {
            case 0 -> add("Relu", last);
            case 1 -> add("Clip", last, scalar(-0.5f), scalar(0.8f));
            case 2 -> add("LeakyRelu", last);
            case 3 -> add("PRelu", last, floats(1, channels, 1, 1));
            case 4 -> add("Mul", last, add("HardSigmoid", last));
            default -> add("Dropout", add("Tanh", last));
        };
    }

    private String perChannel(long channels) {
        return switch (random.nextInt(4)) {
            case 0 -> add("Add", last, floats(1, channels, 1, 1));
            case 1 -> add("Mul", last, scalar(0.7f));
            case 2 -> add("Sub", floats(1, 1, channels, 1, 1), last);
            default -> add("Max", last, floats(1, 1, channels, 1, 1), scalar(-1));
        };
    }

    private String joined(long channels) {
        String pooled = add("GlobalAveragePool", last);
        return switch (random.nextInt(4)) {
            case 0 -> add("Add", last, conv(last, (int) channels, 1));
            case 1 -> add("Mul", last, add("Sigmoid", conv(pooled, (int) channels, 1)));
            case 2 -> add("Concat", Map.of("axis", new Attribute.Int(-3)), last, conv(last, 3, 1), last);
            default -> add("Concat", Map.of("axis", new Attribute.Int(2)), conv(last, (int) channels, 1), last);
        };
    }

    private String pieces(long channels) {
        if (random.nextBoolean()) {
            return add("Slice", last, longs(1), longs(100), longs(1));
        }
        List<String> parts = List.of(name(), name());
        Map<String, Attribute> axis = Map.of("axis", new Attribute.Int(random.nextBoolean() ? 1 : 2));
        boolean stated = axis.get("axis").equals(new Attribute.Int(1)) && random.nextBoolean();
        Map<String, Attribute> attributes =
                stated ? axis : Map.of("axis", axis.get("axis"), "num_outputs", new Attribute.Int(2));
        List<String> inputs = stated ? List.of(last, longs(1, channels - 1)) : List.of(last);
        nodes.add(Node.of(parts.get(0), "Split", inputs, parts, attributes));
        return add("Concat", axis, parts.get(1), parts.get(0));
    }

    private String padded(long channels) {
        if (random.nextBoolean()) {
            String wider = add("Pad", last, longs(0, 0, 1, 0, 0, 0, 0, 1));
            return add("Tanh", wider); // ONNX Runtime would merge the Pad into a pool, and may refuse that
        }
        String wider = add("Pad", last, longs(0, 1, 0, 0, 0, 2, 0, 0));
        return add("Add", wider, conv(last, (int) channels + 3, 1));
    }

    private String pool() {
        Map<String, Attribute> window = Map.of("kernel_shape", ints(2, 1), "pads", ints(1, 0, 0, 0));
        return add(random.nextBoolean() ? "MaxPool" : "AveragePool", window, last);
    }

    private String layout(long[] dims) {
        if (random.nextBoolean()) {
            String rows = add("Transpose", Map.of("perm", ints(0, 2, 3, 1)), last);
            String mixed = add("Add", add("MatMul", rows, floats(0.5, dims[1], 4)), floats(1, 4));
            return add("Transpose", Map.of("perm", ints(0, 3, 1, 2)), mixed);
        }
        String flat = add("Reshape", last, longs(0, random.nextBoolean() ? dims[1] : -1, dims[2] * dims[3]));
        String soft = add("Softmax", flat);
        return add("Reshape", soft, longs(-1, dims[1], dims[2], dims[3]));
    }

    private String reduction(long channels) {
        String mean = add("ReduceMean", Map.of("keepdims", new Attribute.Int(0)), last, longs(-1, 2));
        return switch (random.nextInt(3)) {
            case 0 -> add("Mul", last, add("Unsqueeze", mean, longs(2, 3)));
            case 1 ->
                add("Add", last, add("Unsqueeze", add("Gemm", mean, floats(0.5, channels, channels)), longs(2, 3)));
            default -> add("LRN", Map.of("size", new Attribute.Int(3)), last); // mixes channels
        };
    }

    private String sized(long[] dims) {
        Map<String, Attribute> nearest = Map.of(
                "mode", new Attribute.Text("nearest"),
                "coordinate_transformation_mode", new Attribute.Text("asymmetric"),
                "nearest_mode", new Attribute.Text("floor"));
        return random.nextBoolean()
                ? add("Resize", nearest, last, "", put(Initializer.ofFloats(name(), new float[] {1, 1, 2, 1}, 4)))
                : add("Resize", nearest, last, "", "", longs(dims[0], dims[1], 3, 4));
    }

    private String normalization(long channels) {
        return random.nextBoolean()
                ? add("InstanceNormalization", last, floats(1, channels), floats(1, channels))
                : add(
                        "BatchNormalization",
                        Map.of("epsilon", new Attribute.Real(0.1f)),
                        last,
                        floats(1, channels),
                        floats(1, channels),
                        floats(1, channels),
                        squares(channels));
    }

    private String end() {
        long[] dims = shape(last);
        long columns = dims[1] * dims[2] * dims[3];
        Map<String, Attribute> transposed = Map.of("transB", new Attribute.Int(1));
        String batch = add("Unsqueeze", add("Gather", add("Shape", last), index(0)), longs(0));
        String stated =
                add("Concat", Map.of("axis", new Attribute.Int(0)), batch, add("Unsqueeze", index(-1), longs(0)));
        String flat = switch (random.nextInt(3)) {
            case 0 -> add("Flatten", last);
            case 1 -> add("Reshape", last, stated);
            default -> add("Reshape", last, statedInPlace(columns));
        };
        return switch (random.nextInt(3)) {
            case 0 -> add("Gemm", transposed, flat, floats(0.5, 4, columns), floats(1, 4));
            case 1 -> add("MatMul", flat, floats(0.5, columns, 4));
            default ->
                add("MatMul", add("Squeeze", add("GlobalAveragePool", last), longs(2, 3)), floats(0.5, dims[1], 4));
        };
    }

    /** As Paddle writes it: the batch by a Slice, the columns as a number, both cast from INT32. */
    private String statedInPlace(long columns) {
        Map<String, Attribute> narrow = Map.of("to", new Attribute.Int(ElementType.INT32.code()));
        Map<String, Attribute> wide = Map.of("to", new Attribute.Int(ElementType.INT64.code()));
        String batch = add("Slice", add("Cast", narrow, add("Shape", last)), longs(0), longs(1), longs(0), longs(1));
        String number = put(Initializer.ofInts(name(), new int[] {(int) columns}, 1));
        return add("Concat", Map.of("axis", new Attribute.Int(0)), add("Cast", wide, batch), add("Cast", wide, number));
    }

    private String add(String operator, String... inputs) {
        return add(operator, Map.of(), inputs);
    }

    private String add(String operator, Map<String, Attribute> attributes, String... inputs) {
        String output = name();
        nodes.add(Node.of(output, operator, List.of(inputs), List.of(output), new HashMap<>(attributes)));
        return output;
    }

    private String name() {
        return "v" + random.nextLong();
    }

    /** Normal numbers of this deviation. */
    private String floats(double deviation, long... dims) {
        float[] values = new float[(int) Tensor.elements(dims)];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (deviation * random.nextGaussian());
        }
        return put(Initializer.ofFloats(name(), values, dims));
    }

    private String squares(long count) {
        float[] values = new float[(int) count];
        for (int i = 0; i < values.length; i++) {
            values[i] = 0.5f + random.nextFloat();
        }
        return put(Initializer.ofFloats(name(), values, count));
    }

    private String scalar(float value) {
        return put(Initializer.ofFloats(name(), new float[] {value}));
    }

    private String index(long value) {
        return put(Initializer.ofLongs(name(), new long[] {value}));
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
}
