package lathe.synth.statistics;

import java.util.ArrayList;
import java.util.HashMap;
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
import lathe.synth.network.GraphSlice;

/**
 * The graph of the first run: every value whose statistics are known is brought to them inside the network, by a
 * BatchNormalization whose mean and variance are those of the batch, and is read in this form by all that follows.
 * Values are corrected in the order of the graph: what comes later already sees corrected inputs, which is why one run
 * is enough. The graph is made of standard operators, so that every network runs.
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
     * @param wanted statistics by value
     * @param ranks number of axes of each value to correct; each must be written by a node and hold floats
     */
    static Instrumented instrument(Graph graph, Map<String, ChannelStatistics> wanted, Map<String, Integer> ranks) {
        Recentring recentring = new Recentring(graph);
        for (Node node : graph.nodes()) {
            recentring.correctOutputs(node, wanted, ranks);
        }
        List<String> outputs = new ArrayList<>();
        recentring.measured.values().forEach(names -> outputs.addAll(List.of(names.mean(), names.variance())));
        Graph whole = recentring
                .edit
                .outputs(outputs.stream().map(Value::ofFloat).toList())
                .build();
        return new Instrumented(GraphSlice.of(whole, outputs), Map.copyOf(recentring.measured));
    }

    private void correctOutputs(Node node, Map<String, ChannelStatistics> wanted, Map<String, Integer> ranks) {
        List<String> outputs = new ArrayList<>(node.outputs());
        for (int i = 0; i < outputs.size(); i++) {
            String value = outputs.get(i);
            if (ranks.containsKey(value)) {
                outputs.set(i, edit.freshName(value + "_uncorrected"));
                correct(node, outputs.get(i), value, wanted.get(value), ranks.get(value));
            }
        }
        edit.replace(node, node.withOutputs(outputs));
    }

    private void correct(Node producer, String raw, String value, ChannelStatistics wanted, int rank) {
        String mean = perChannelMean(producer, raw, rank);
        String square = perChannelMean(producer, applied(producer, "Mul", raw, raw), rank);
        String variance = applied(producer, "Sub", square, applied(producer, "Mul", mean, mean));
        String floored = applied(producer, "Max", variance, constant(ChannelMoments.varianceFloor(wanted)));
        List<String> inputs = List.of(raw, constant(wanted.deviation()), constant(wanted.mean()), mean, floored);
        add(producer, "BatchNormalization", inputs, value, Map.of("epsilon", new Attribute.Real(0)));
        measured.put(value, new Measured(mean, floored));
    }

    /** Averages over space first, where that can be: pools are fast, and know the layouts of ONNX Runtime. */
    private String perChannelMean(Node anchor, String value, int rank) {
        String pooled = rank > 2 ? applied(anchor, "GlobalAveragePool", value) : value;
        long[] axes = LongStream.range(0, rank).filter(axis -> axis != 1).toArray();
        String result = edit.freshName("lathe_mean");
        Map<String, Attribute> attributes = new HashMap<>(Map.of("keepdims", new Attribute.Int(0)));
        List<String> inputs = new ArrayList<>(List.of(pooled));
        if (axesAreInputs) {
            Initializer list = Initializer.ofLongs(edit.freshName("lathe_axes"), axes, axes.length);
            edit.put(list);
            inputs.add(list.name());
        } else {
            attributes.put(
                    "axes", new Attribute.Ints(LongStream.of(axes).boxed().toList()));
        }
        add(anchor, "ReduceMean", inputs, result, attributes);
        return result;
    }

    private String applied(Node anchor, String operator, String... inputs) {
        String result = edit.freshName("lathe_" + operator);
        add(anchor, operator, List.of(inputs), result, Map.of());
        return result;
    }

    private void add(
            Node anchor, String operator, List<String> inputs, String output, Map<String, Attribute> attributes) {
        String name = edit.freshName("lathe_" + operator);
        edit.insertAfter(anchor, Node.of(name, operator, inputs, List.of(output), attributes));
    }

    private String constant(float[] values) {
        Initializer made = Initializer.ofFloats(edit.freshName("lathe_constant"), values, values.length);
        edit.put(made);
        return made.name();
    }
}
