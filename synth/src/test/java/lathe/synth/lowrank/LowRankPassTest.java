package lathe.synth.lowrank;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import lathe.engine.graph.Attribute;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Node;
import lathe.engine.graph.Value;
import lathe.engine.layer.ChannelBlock;
import lathe.engine.layer.InputStatistics;
import lathe.engine.layer.Layer;
import lathe.engine.layer.Layers;
import lathe.engine.linalg.GramMatrix;
import lathe.engine.lowrank.RankChoice;
import lathe.engine.onnx.OnnxReader;
import lathe.engine.onnx.OnnxWriter;
import lathe.engine.operator.NodeCost;
import lathe.engine.pipeline.GraphPass;
import lathe.engine.pipeline.MemoryBudget;
import lathe.engine.pipeline.ProgressListener;
import lathe.engine.tensor.ElementType;
import lathe.synth.input.InputOptions;
import lathe.synth.input.InputPlan;
import lathe.synth.network.Network;
import lathe.synth.network.NetworkOptions;
import lathe.synth.network.Tensor;
import lathe.synth.statistics.StatisticsSources;
import lathe.testdata.TestData;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LowRankPassTest {

    private static final InputOptions INPUTS =
            InputOptions.DEFAULT.withImages(64).withMeanStd(new float[] {0.286f}, new float[] {0.353f});

    private static GraphPass.Result factored(Graph graph, double share, int threads, MemoryBudget memory) {
        return new LowRankPass(
                        INPUTS,
                        StatisticsSources.synthetic(INPUTS, threads),
                        NodeCost.MULTIPLICATIONS,
                        share,
                        ChannelBlock.FLOAT,
                        memory,
                        ProgressListener.NONE)
                .apply(graph);
    }

    private static float[] run(Graph graph, Map<String, Tensor> batch) {
        String output = graph.outputs().get(0).name();
        try (Network network = Network.of(graph, NetworkOptions.DEFAULT)) {
            return network.run(batch, Set.of(output)).get(output).floats();
        }
    }

    private static double decibels(Graph original, Graph changed) {
        Map<String, Tensor> batch = InputPlan.of(original, INPUTS.withSeed(9)).batch(0, 8);
        float[] wanted = run(original, batch);
        float[] found = run(changed, batch);
        double error = 0;
        double energy = 0;
        for (int i = 0; i < wanted.length; i++) {
            error += Math.pow(wanted[i] - found[i], 2);
            energy += Math.pow(wanted[i], 2);
        }
        return 10 * Math.log10(energy / error);
    }

    @ParameterizedTest
    @CsvSource({
        "fashion-resnet-folded.onnx, 0.1, 14",
        "fashion-resnet-folded.onnx, 0.25, 5",
        "fashion-resnet.onnx, 0.1, 14"
    })
    void networksMultiplyLessAndFollowTheirOriginals(String file, double share, double least) {
        Graph graph = OnnxReader.read(TestData.bytes(file));
        GraphPass.Result result = factored(graph, share, 2, MemoryBudget.DEFAULT);
        double removed = Double.parseDouble(result.changes().get(0).replaceAll(".*: ([0-9.]+) % of.*", "$1")) / 100;
        assertTrue(removed >= share - 1e-3, result.changes()::toString);
        double decibels = decibels(graph, result.graph());
        assertTrue(decibels > least && decibels < 60, () -> "%s: %.1f dB".formatted(result.changes(), decibels));
        assertArrayEquals(
                OnnxWriter.toBytes(result.graph()),
                OnnxWriter.toBytes(
                        factored(graph, share, 1, new MemoryBudget(1)).graph()));
    }

    @Test
    void wherePossibleRanksSaveLessTheySaveMost() {
        Graph graph = OnnxReader.read(TestData.bytes("fashion-resnet-folded.onnx"));
        List<Layer> second = Layers.survey(
                        factored(graph, 0.99, 1, MemoryBudget.DEFAULT).graph())
                .layers()
                .stream()
                .filter(layer -> layer.name().endsWith("_second"))
                .toList();
        assertTrue(second.size() > 6, () -> second.size() + " layers");
        second.forEach(layer -> assertEquals(16, layer.cols(), layer.name()));
    }

    /** Weights of a low rank are found again: the two layers compute what the one did, whatever its attributes. */
    @ParameterizedTest
    @ValueSource(
            strings = {"conv", "conv without bias", "strided conv", "gemm", "gemm transposed", "gemm with factors"})
    void layersOfALowRankLoseNothing(String kind) {
        Graph graph = graph(kind);
        Layer layer = Layers.survey(graph).layers().get(0);
        assertTrue(RankChoice.suits(graph, layer));
        RankChoice choice = new RankChoice(graph, new ChannelBlock(4));
        double[] mean = new double[layer.cols()];
        choice.add(layer, new InputStatistics(List.of(identity(layer.cols())), List.of(mean), 100), 1000);
        assertEquals(1, choice.count());
        choice.tryRanks(changed -> 1e-3, true, () -> {});
        Graph two = choice.factored(Map.of(layer.name(), 8));
        assertEquals(2, Layers.survey(two).layers().size());
        Value input = graph.requiredInputs().get(0);
        long[] dims = input.dims().orElseThrow().stream()
                .mapToLong(dim -> dim.extent().orElseThrow())
                .toArray();
        Map<String, Tensor> batch = Map.of(input.name(), Tensor.of(numbers(dims, 3), dims));
        float[] wanted = run(graph, batch);
        float[] found = run(two, batch);
        assertEquals(wanted.length, found.length);
        for (int i = 0; i < wanted.length; i++) {
            assertEquals(wanted[i], found[i], 1e-3, kind);
        }
    }

    @Test
    void groupsAndSharedWeightsStay() {
        Graph grouped = graph("grouped conv");
        assertFalse(RankChoice.suits(grouped, Layers.survey(grouped).layers().get(0)));
        Graph shared = OnnxReader.read(TestData.bytes("odd/weights-shared.onnx"));
        Layers.survey(shared).layers().stream()
                .filter(layer -> shared.consumers(layer.weights().name()).size() > 1)
                .forEach(layer -> assertFalse(RankChoice.suits(shared, layer)));
    }

    private static GramMatrix identity(int order) {
        double[] values = new double[order * order];
        for (int i = 0; i < order; i++) {
            values[i * order + i] = 1;
        }
        return GramMatrix.of(order, values);
    }

    private static float[] numbers(long[] dims, long seed) {
        Random random = new Random(seed);
        float[] values = new float[(int) Tensor.elements(dims)];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    /** rows x cols of rank 8. */
    private static float[] lowRank(int rows, int cols) {
        float[] a = numbers(new long[] {rows, 8}, 1);
        float[] b = numbers(new long[] {8, cols}, 2);
        float[] product = new float[rows * cols];
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < cols; j++) {
                for (int k = 0; k < 8; k++) {
                    product[i * cols + j] += a[i * 8 + k] * b[k * cols + j] / 8;
                }
            }
        }
        return product;
    }

    private static Graph graph(String kind) {
        boolean conv = kind.contains("conv");
        int rows = 24;
        int inputs = conv ? 10 : 40;
        boolean flat = kind.equals("gemm") || kind.equals("gemm with factors");
        float[] weights = conv ? lowRank(rows, inputs * 9) : lowRank(rows, inputs);
        long[] dims = conv ? new long[] {rows, inputs, 3, 3} : new long[] {rows, inputs};
        if (flat) {
            float[] turned = new float[weights.length];
            for (int i = 0; i < rows; i++) {
                for (int j = 0; j < inputs; j++) {
                    turned[j * rows + i] = weights[i * inputs + j];
                }
            }
            weights = turned;
            dims = new long[] {inputs, rows};
        }
        if (kind.equals("grouped conv")) {
            dims = new long[] {rows, inputs / 2, 3, 3};
            weights = numbers(dims, 4);
        }
        List<String> names = new ArrayList<>(List.of("x", "w"));
        List<Initializer> constants = new ArrayList<>(List.of(Initializer.ofFloats("w", weights, dims)));
        if (!kind.contains("without bias")) {
            names.add("b");
            constants.add(Initializer.ofFloats("b", numbers(new long[] {rows}, 5), rows));
        }
        Map<String, Attribute> attributes = Map.of();
        switch (kind) {
            case "strided conv" ->
                attributes = Map.of(
                        "strides",
                        new Attribute.Ints(List.of(2L, 1L)),
                        "pads",
                        new Attribute.Ints(List.of(1L, 0L, 1L, 2L)));
            case "gemm transposed" -> attributes = Map.of("transB", new Attribute.Int(1));
            case "gemm with factors" ->
                attributes = Map.of("alpha", new Attribute.Real(0.5f), "beta", new Attribute.Real(2));
            case "grouped conv" -> attributes = Map.of("group", new Attribute.Int(2));
            default -> {}
        }
        long[] extents = conv ? new long[] {2, inputs, 7, 8} : new long[] {2, inputs};
        List<Value.Dim> shape = new ArrayList<>();
        for (long extent : extents) {
            shape.add(Value.Dim.fixed(extent));
        }
        return new Graph(
                List.of(Node.of("layer", conv ? "Conv" : "Gemm", names, List.of("y"), attributes)),
                constants,
                List.of(new Value("x", ElementType.FLOAT, Optional.of(shape), Optional.empty())),
                List.of(Value.ofFloat("y")),
                Map.of("", 13L),
                Map.of(),
                Map.of(),
                Optional.empty());
    }
}
