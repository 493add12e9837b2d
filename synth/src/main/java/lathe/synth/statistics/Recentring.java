package lathe.synth.statistics;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import lathe.engine.graph.Attribute;
import lathe.engine.graph.ChannelStatistics;
import lathe.engine.graph.Graph;
import lathe.engine.graph.GraphEdit;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Node;
import lathe.engine.graph.Value;
import lathe.engine.tensor.ElementType;

/**
 * The graph of the first run: every value whose statistics are known is brought to them inside the network, by
 * standard operators, {@code (y - mean) / sqrt(variance) * deviation + wanted mean} per channel with mean and variance
 * over the batch and space, and read in this form by all that follows. Values are corrected in the order of the
 * graph: what comes later already sees corrected inputs, which is why one run is enough.
 *
 * <p>The variance is that of the centred value, so nothing cancels.
 */
final class Recentring {

    private final GraphEdit edit;
    private final boolean axesAreInputs;
    private final Map<String, Measured> measured = new LinkedHashMap<>();

    /**
     * Where the first run returns the statistics of one value before its correction.
     *
     * @param mean name of the output with the means, {@code 1 x channels x 1 ...}
     * @param variance name of the output with the variances
     */
    record Measured(String mean, String variance) {}

    /**
     * The instrumented graph.
     *
     * @param graph outputs are the statistics
     * @param measured by the name of the value that is corrected
     */
    record Instrumented(Graph graph, Map<String, Measured> measured) {}

    private Recentring(Graph graph) {
        edit = graph.edit();
        axesAreInputs = graph.opset() >= 18;
    }

    /**
     * Instruments a graph.
     *
     * @param ranks number of axes of each value to correct; each must be written by a node, hold floats and have
     *     known statistics
     */
    static Instrumented instrument(Graph graph, Map<String, Integer> ranks) {
        Recentring recentring = new Recentring(graph);
        for (Node node : graph.nodes()) {
            recentring.correctOutputs(graph, node, ranks);
        }
        List<String> outputs = new ArrayList<>();
        recentring.measured.values().forEach(names -> outputs.addAll(List.of(names.mean(), names.variance())));
        Graph whole = recentring
                .edit
                .outputs(outputs.stream().map(Value::ofFloat).toList())
                .build();
        return new Instrumented(GraphSlice.of(whole, outputs), Map.copyOf(recentring.measured));
    }

    private void correctOutputs(Graph graph, Node node, Map<String, Integer> ranks) {
        List<String> outputs = new ArrayList<>(node.outputs());
        for (int i = 0; i < outputs.size(); i++) {
            String value = outputs.get(i);
            if (ranks.containsKey(value)) {
                outputs.set(i, edit.freshName(value + "_uncorrected"));
                correct(node, outputs.get(i), value, graph.statistics().get(value), ranks.get(value));
            }
        }
        edit.replace(node, node.withOutputs(outputs));
    }

    private void correct(Node producer, String raw, String value, ChannelStatistics wanted, int rank) {
        int channels = wanted.channels();
        String mean = reduced(producer, "ReduceMean", raw, rank);
        String centred = applied(producer, "Sub", raw, mean);
        String squares = reduced(producer, "ReduceSumSquare", centred, rank);
        String variance = applied(producer, "Div", squares, elementsPerChannel(producer, centred, channels));
        String raised = applied(producer, "Add", variance, perChannel(ChannelAffine.varianceFloor(wanted), rank));
        String deviation = applied(producer, "Sqrt", raised);
        String factor = applied(producer, "Div", perChannel(wanted.deviation(), rank), deviation);
        String scaled = applied(producer, "Mul", centred, factor);
        add(producer, "Add", List.of(scaled, perChannel(wanted.mean(), rank)), value, Map.of());
        measured.put(value, new Measured(mean, variance));
    }

    private String elementsPerChannel(Node anchor, String value, int channels) {
        String size = applied(anchor, "Size", value);
        String real = edit.freshName("lathe_count");
        Map<String, Attribute> toFloat = Map.of("to", new Attribute.Int(ElementType.FLOAT.code()));
        add(anchor, "Cast", List.of(size), real, toFloat);
        return applied(anchor, "Div", real, constant(new float[] {channels}));
    }

    private String reduced(Node anchor, String operator, String value, int rank) {
        long[] axes = LongStream.range(0, rank).filter(axis -> axis != 1).toArray();
        String result = edit.freshName("lathe_" + operator);
        if (axesAreInputs) {
            Initializer list = Initializer.ofLongs(edit.freshName("lathe_axes"), axes, axes.length);
            edit.put(list);
            add(anchor, operator, List.of(value, list.name()), result, Map.of());
        } else {
            Attribute list = new Attribute.Ints(LongStream.of(axes).boxed().toList());
            add(anchor, operator, List.of(value), result, Map.of("axes", list));
        }
        return result;
    }

    private String applied(Node anchor, String operator, String... inputs) {
        String result = edit.freshName("lathe_" + operator);
        add(anchor, operator, List.of(inputs), result, Map.of());
        return result;
    }

    private void add(
            Node anchor, String operator, List<String> inputs, String output, Map<String, Attribute> attributes) {
        edit.insertAfter(
                anchor, Node.of(edit.freshName("lathe_" + operator), operator, inputs, List.of(output), attributes));
    }

    private String perChannel(float[] values, int rank) {
        return constant(values, ChannelCorrection.perChannelDims(values.length, rank));
    }

    private String constant(float[] values, long... dims) {
        Initializer made = Initializer.ofFloats(edit.freshName("lathe_constant"), values, dims);
        edit.put(made);
        return made.name();
    }
}
