package lathe.bench;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import lathe.engine.graph.Attribute;
import lathe.engine.graph.ChannelStatistics;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Node;
import lathe.engine.graph.Value;
import lathe.engine.tensor.ElementType;

/** A network of the shape of MobileNetV2 (Sandler et al., 2018) with weights and statistics at random. */
final class MobileShaped {

    private static final int[][] STAGES = {
        // expansion, channels, blocks, stride
        {1, 16, 1, 1}, {6, 24, 2, 2}, {6, 32, 3, 2}, {6, 64, 4, 2}, {6, 96, 3, 1}, {6, 160, 3, 2}, {6, 320, 1, 1}
    };

    private final SplittableRandom random = new SplittableRandom(1);
    private final List<Node> nodes = new ArrayList<>();
    private final List<Initializer> constants = new ArrayList<>();
    private final Map<String, ChannelStatistics> statistics = new HashMap<>();
    private int next;

    static Graph graph() {
        return new MobileShaped().build();
    }

    private Graph build() {
        constants.add(Initializer.ofFloats("zero", new float[1]));
        constants.add(Initializer.ofFloats("six", new float[] {6}));
        String value = clipped(conv("image", 3, 32, 3, 2, 1));
        int channels = 32;
        for (int[] stage : STAGES) {
            for (int block = 0; block < stage[2]; block++) {
                int stride = block == 0 ? stage[3] : 1;
                int inner = channels * stage[0];
                String start = value;
                if (stage[0] > 1) {
                    value = clipped(conv(value, channels, inner, 1, 1, 1));
                }
                value = clipped(conv(value, inner, inner, 3, stride, inner));
                value = conv(value, inner, stage[1], 1, 1, 1);
                if (stride == 1 && channels == stage[1]) {
                    value = node("Add", List.of(start, value), Map.of());
                }
                channels = stage[1];
            }
        }
        value = clipped(conv(value, channels, 1280, 1, 1, 1));
        value = node("GlobalAveragePool", List.of(value), Map.of());
        value = node("Flatten", List.of(value), Map.of());
        constants.add(noise("w", 1000 * 1280, 0.03, 1000, 1280));
        value = node("Gemm", List.of(value, "w"), Map.of("transB", new Attribute.Int(1)));
        List<Value.Dim> dims =
                List.of(Value.Dim.dynamic("n"), Value.Dim.fixed(3), Value.Dim.dynamic("h"), Value.Dim.dynamic("w"));
        return new Graph(
                nodes,
                constants,
                List.of(new Value("image", ElementType.FLOAT, Optional.of(dims), Optional.empty())),
                List.of(Value.ofFloat(value)),
                Map.of("", 13L),
                Map.of(),
                statistics,
                Optional.empty());
    }

    private String conv(String input, int inputs, int outputs, int kernel, int stride, int groups) {
        int cols = inputs / groups * kernel * kernel;
        Initializer weights =
                noise("w" + next, outputs * cols, 1 / Math.sqrt(cols), outputs, inputs / groups, kernel, kernel);
        Initializer bias = noise("b" + next, outputs, 0.1, outputs);
        constants.add(weights);
        constants.add(bias);
        long pad = kernel / 2;
        String output = node(
                "Conv",
                List.of(input, weights.name(), bias.name()),
                Map.of(
                        "group", new Attribute.Int(groups),
                        "strides", new Attribute.Ints(List.of((long) stride, (long) stride)),
                        "pads", new Attribute.Ints(List.of(pad, pad, pad, pad))));
        float[] deviation = noise("", outputs, 1, outputs).floats();
        for (int c = 0; c < outputs; c++) {
            deviation[c] = Math.abs(deviation[c]) + 0.1f;
        }
        statistics.put(
                output, new ChannelStatistics(noise("", outputs, 0.5, outputs).floats(), deviation));
        return output;
    }

    private String clipped(String value) {
        return node("Clip", List.of(value, "zero", "six"), Map.of());
    }

    private String node(String opType, List<String> inputs, Map<String, Attribute> attributes) {
        String output = "v" + next++;
        nodes.add(Node.of(output, opType, inputs, List.of(output), attributes));
        return output;
    }

    private Initializer noise(String name, int count, double deviation, long... dims) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) (deviation * random.nextGaussian());
        }
        return Initializer.ofFloats(name, values, dims);
    }
}
