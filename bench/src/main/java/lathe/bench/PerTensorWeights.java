package lathe.bench;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;
import lathe.engine.graph.Graph;
import lathe.engine.graph.GraphEdit;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Node;
import lathe.engine.graph.Value;
import lathe.engine.layer.LayerChannels;
import lathe.engine.onnx.OnnxReader;
import lathe.engine.pipeline.GraphPass;
import lathe.precondition.GraphPasses;
import lathe.synth.input.InputOptions;
import lathe.synth.input.InputPlan;
import lathe.synth.network.Network;
import lathe.synth.network.NetworkOptions;
import lathe.synth.network.Tensor;

/**
 * What preconditioning does for weights that are quantized per tensor: rounds the weights of each layer to 8 bits with
 * one scale, and prints the signal-to-noise ratio of the outputs on synthetic images, against the network as it was.
 *
 * <pre>{@code
 * java -cp 'bench/target/classes:bench/target/lib/*' lathe.bench.PerTensorWeights MODEL LOW HIGH [SHAPE]
 * }</pre>
 */
public final class PerTensorWeights {

    private static final int IMAGES = 16;
    private static final int BATCH = 4;
    private static final int LARGEST_CODE = 127;

    /** Scales a little above the smallest: the mean over them says more than the luck of one rounding. */
    private static final double[] HEADROOM = {1, 1.01, 1.03};

    private static final List<GraphPass> ALWAYS = List.of(GraphPasses.opsetRaise(13), GraphPasses.batchNormFold());

    private final InputOptions inputs;

    private PerTensorWeights(InputOptions inputs) {
        this.inputs = inputs;
    }

    /**
     * Prints the table.
     *
     * @param arguments model, input value of black, input value of white, input shape if the file leaves it open
     */
    public static void main(String[] arguments) throws Exception {
        Graph graph = apply(OnnxReader.read(Path.of(arguments[0])), ALWAYS);
        InputOptions options = InputOptions.DEFAULT
                .withImages(IMAGES)
                .withInputRange(Float.parseFloat(arguments[1]), Float.parseFloat(arguments[2]));
        if (arguments.length > 3) {
            options = options.withShapes(List.of(arguments[3]));
        }
        new PerTensorWeights(options).print(beforeSquashing(graph));
    }

    private static Graph apply(Graph graph, List<GraphPass> passes) {
        Graph rewritten = graph;
        for (GraphPass pass : passes) {
            rewritten = pass.apply(rewritten).graph();
        }
        return rewritten;
    }

    /** The graph up to what a last Sigmoid or Softmax reads: behind it, all noise looks small or large. */
    private static Graph beforeSquashing(Graph graph) {
        List<Value> outputs = new ArrayList<>();
        for (Value output : graph.outputs()) {
            Optional<Node> last =
                    graph.producer(output.name()).filter(node -> node.is("Sigmoid") || node.is("Softmax"));
            outputs.add(last.map(node -> Value.ofFloat(node.inputs().get(0))).orElse(output));
        }
        return graph.edit().outputs(outputs).build();
    }

    private void print(Graph graph) {
        Map<String, List<GraphPass>> rows = new LinkedHashMap<>();
        rows.put("nothing", List.of());
        rows.put("equalized", List.of(GraphPasses.crossLayerEqualization()));
        rows.put("through Clips", List.of(GraphPasses.crossLayerEqualizationThroughClips()));
        List<float[]> wanted = outputs(graph, 1);
        System.out.println("| preconditioning | FP32 dB | 8 bit dB | biases corrected dB |");
        System.out.println("|---|---|---|---|");
        rows.forEach((name, passes) -> {
            Graph rewritten = apply(graph, passes);
            Map<String, double[]> means = meansOfInputs(rewritten);
            System.out.printf(
                    Locale.ROOT,
                    "| %s | %.1f | %.1f | %.1f |%n",
                    name,
                    decibels(noise(wanted, outputs(rewritten, 1))),
                    decibels(noiseOfRounding(wanted, rewritten, Map.of())),
                    decibels(noiseOfRounding(wanted, rewritten, means)));
        });
    }

    private double noiseOfRounding(List<float[]> wanted, Graph graph, Map<String, double[]> means) {
        return Arrays.stream(HEADROOM)
                .map(headroom -> noise(wanted, outputs(corrected(graph, rounded(graph, headroom), means), 1)))
                .average()
                .orElseThrow();
    }

    /** Power of the differences over that of what is wanted. */
    private static double noise(List<float[]> wanted, List<float[]> got) {
        double signal = 0;
        double noise = 0;
        for (int i = 0; i < wanted.size(); i++) {
            for (int j = 0; j < wanted.get(i).length; j++) {
                double difference = got.get(i)[j] - wanted.get(i)[j];
                signal += (double) wanted.get(i)[j] * wanted.get(i)[j];
                noise += difference * difference;
            }
        }
        return noise / signal;
    }

    private static double decibels(double noise) {
        return -10 * Math.log10(noise);
    }

    /** The graph with the weights of each layer on a grid. */
    private static Graph rounded(Graph graph, double headroom) {
        GraphEdit edit = graph.edit();
        for (Node node : graph.nodes()) {
            if (LayerChannels.of(graph, node).isPresent()) {
                Initializer weights = graph.constant(node, 1).orElseThrow();
                Initializer onGrid = rounded(weights, edit.freshName(weights.name()), headroom);
                List<String> read = new ArrayList<>(node.inputs());
                read.set(1, onGrid.name());
                edit.put(onGrid).replace(node, node.withInputs(read));
            }
        }
        return edit.build();
    }

    private static Initializer rounded(Initializer weights, String name, double headroom) {
        float[] values = weights.floats();
        double largest = 0;
        for (float value : values) {
            largest = Math.max(largest, Math.abs(value));
        }
        double scale = headroom * largest / LARGEST_CODE;
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (scale == 0 ? 0 : scale * Math.rint(values[i] / scale));
        }
        return Initializer.ofFloats(
                name, values, weights.dims().stream().mapToLong(Long::longValue).toArray());
    }

    /** The rounded graph with the mean error of each layer taken off its bias, where the means of its inputs are known. */
    private static Graph corrected(Graph graph, Graph rounded, Map<String, double[]> means) {
        GraphEdit edit = rounded.edit();
        for (Node node : graph.nodes()) {
            Optional<LayerChannels> before = LayerChannels.of(graph, node);
            double[] mean =
                    means.get(node.inputs().isEmpty() ? "" : node.inputs().get(0));
            if (before.isPresent() && mean != null) {
                Node same = rounded.producer(node.output()).orElseThrow();
                LayerChannels after = LayerChannels.of(rounded, same).orElseThrow();
                double[] wanted = before.get().response(mean);
                double[] got = after.response(mean);
                double[] ones = new double[wanted.length];
                Arrays.fill(ones, 1);
                Arrays.setAll(wanted, c -> wanted[c] - got[c]);
                after.withOutputs(ones, wanted).writeTo(edit);
            }
        }
        return edit.build();
    }

    /** Mean over images and space of each input channel of each layer, on other images than those compared on. */
    private Map<String, double[]> meansOfInputs(Graph graph) {
        Map<String, Integer> channels = new LinkedHashMap<>();
        for (Node node : graph.nodes()) {
            LayerChannels.of(graph, node)
                    .ifPresent(layer -> channels.put(node.inputs().get(0), layer.inputs()));
        }
        graph.inputs().forEach(input -> channels.remove(input.name()));
        List<Value> values = channels.keySet().stream().map(Value::ofFloat).toList();
        Map<String, double[]> means = new LinkedHashMap<>();
        run(graph.edit().outputs(values).build(), 0, (name, tensor) -> {
            double[] sums = means.computeIfAbsent(name, n -> new double[channels.get(n)]);
            float[] numbers = tensor.floats();
            int space = (int) (numbers.length / tensor.dims()[0] / sums.length);
            for (int i = 0; i < numbers.length; i++) {
                sums[i / space % sums.length] += (double) numbers[i] / space / IMAGES;
            }
        });
        return means;
    }

    private List<float[]> outputs(Graph graph, long seed) {
        List<float[]> outputs = new ArrayList<>();
        run(graph, seed, (name, tensor) -> outputs.add(tensor.floats()));
        return outputs;
    }

    private void run(Graph graph, long seed, BiConsumer<String, Tensor> consumer) {
        InputPlan plan = InputPlan.of(graph, inputs.withSeed(seed));
        List<String> names = graph.outputs().stream().map(Value::name).toList();
        try (Network network = Network.of(graph, NetworkOptions.DEFAULT)) {
            for (int first = 0; first < IMAGES; first += BATCH) {
                Map<String, Tensor> feeds = plan.batch(first, BATCH);
                network.run(feeds, names, consumer);
            }
        }
    }
}
