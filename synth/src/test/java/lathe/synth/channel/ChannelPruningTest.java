package lathe.synth.channel;

import static lathe.engine.operator.NodeCost.MULTIPLICATIONS;
import static lathe.engine.operator.NodeCost.WEIGHTS;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Initializer;
import lathe.engine.layer.ChannelBlock;
import lathe.engine.layer.Layer;
import lathe.engine.layer.Layers;
import lathe.engine.onnx.OnnxReader;
import lathe.engine.onnx.OnnxWriter;
import lathe.engine.operator.NodeCost;
import lathe.engine.pipeline.GraphPass;
import lathe.engine.pipeline.MemoryBudget;
import lathe.engine.pipeline.StatisticsSource.Measurement;
import lathe.engine.tensor.ElementType;
import lathe.engine.thinning.LayerCost;
import lathe.engine.thinning.Refit;
import lathe.precondition.GraphPasses;
import lathe.synth.input.InputOptions;
import lathe.synth.input.RealInputs;
import lathe.synth.network.Network;
import lathe.synth.network.NetworkOptions;
import lathe.synth.network.Tensor;
import lathe.synth.statistics.FashionPhotographs;
import lathe.synth.statistics.StatisticsSources;
import lathe.testdata.TestData;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ChannelPruningTest {

    private static final InputOptions INPUTS =
            InputOptions.DEFAULT.withImages(16).withMeanStd(new float[] {0.286f}, new float[] {0.353f});

    /** Photographs that are used; others judge. */
    private static final int SEEN = 64;

    private static final Graph RESNET = GraphPasses.batchNormFold()
            .apply(OnnxReader.read(TestData.bytes("fashion-resnet.onnx")))
            .graph();

    /** Rows of the layers, by name. */
    private static Map<String, Integer> rows(Graph graph) {
        return Layers.survey(graph).layers().stream()
                .collect(Collectors.toMap(layer -> layer.name(), layer -> layer.rows()));
    }

    private static double macs(Graph graph) {
        return cost(graph, MULTIPLICATIONS);
    }

    /** The SNR on photographs behind the first {@link #SEEN}. */
    private static double decibels(Graph pruned) {
        float[] all = FashionPhotographs.tensor(2 * SEEN).floats();
        Tensor x = Tensor.of(Arrays.copyOfRange(all, all.length / 2, all.length), SEEN, 1, 28, 28);
        String input = RESNET.inputs().get(0).name();
        float[] wanted = run(RESNET, input, x);
        float[] got = run(pruned, input, x);
        double signal = 0;
        double error = 0;
        for (int i = 0; i < wanted.length; i++) {
            signal += wanted[i] * wanted[i];
            error += (wanted[i] - got[i]) * (wanted[i] - got[i]);
        }
        return 10 * Math.log10(signal / error);
    }

    private static float[] run(Graph graph, String input, Tensor x) {
        try (Network network = Network.of(graph, NetworkOptions.DEFAULT)) {
            return network.run(Map.of(input, x)).values().iterator().next().floats();
        }
    }

    private static GraphPass.Result pruned(
            Graph graph, InputOptions inputs, NodeCost cost, double share, ChannelBlock block) {
        return ChannelPasses.pruning(
                        inputs, StatisticsSources.synthetic(inputs, 2), cost, share, block, 2, MemoryBudget.DEFAULT)
                .apply(graph);
    }

    @Test
    void removesTheShareInBlocksAndRepairsWhatIsLeft() {
        GraphPass.Result result = pruned(RESNET, INPUTS, MULTIPLICATIONS, 0.1, ChannelBlock.FLOAT);
        double share = 1 - macs(result.graph()) / macs(RESNET);
        assertTrue(
                result.changes().get(0).contains(String.format(Locale.ROOT, ": %.1f %% of", 100 * share)),
                "counted again, it is as many");
        assertTrue(share >= 0.1 && share < 0.2, () -> share + " removed");
        Map<String, Integer> before = rows(RESNET);
        rows(result.graph()).forEach((layer, rows) -> {
            assertTrue(rows.equals(before.get(layer)) || rows % 8 == 0, layer + ": " + rows);
        });
        double decibels = decibels(result.graph());
        assertTrue(decibels > 8, () -> decibels + " dB");
        assertEquals(1, result.changes().size(), () -> result.changes().toString());
        assertTrue(
                result.changes().get(0).startsWith("pruned channels, "),
                () -> result.changes().toString());
    }

    /** Behind a global pool an image is one sample, and channels of few samples seem to follow from each other. */
    @ParameterizedTest
    @CsvSource({"63, true", "64, false"})
    void whatALayerReadsStaysWhereThereAreFewerSamples(int images, boolean stays) {
        InputOptions options = INPUTS.withImages(images);
        Graph pruned = pruned(RESNET, options, MULTIPLICATIONS, 0.6, new ChannelBlock(16))
                .graph();
        List<Layer> layers = Layers.survey(pruned).layers();
        assertEquals(stays, layers.get(layers.size() - 1).cols() == 64);
    }

    /** With real inputs, layers make up for what those before them lost, on other real inputs, too. */
    @Test
    void layersAreFittedToWhatIsLeftOfRealInputs() {
        float[] seen = FashionPhotographs.tensor(SEEN).floats();
        RealInputs real = RealInputs.ofArrays(
                "photographs",
                Map.of(
                        RealInputs.UNNAMED,
                        new RealInputs.Samples(ElementType.FLOAT, new long[] {SEEN, 1, 28, 28}, seen)));
        InputOptions options = InputOptions.DEFAULT.withReal(Optional.of(real));
        try (Measurement measurement = StatisticsSources.synthetic(options, 1).open(RESNET)) {
            Graph thinned = Layers.survey(RESNET).layers().stream()
                    .reduce(RESNET, ChannelPruningTest::withoutEveryFourthInput, (first, second) -> second);
            Graph fitted = Refit.of(RESNET, thinned, measurement::moments);
            assertTrue(
                    decibels(fitted) > decibels(thinned) + 10, () -> decibels(fitted) + " from " + decibels(thinned));
        }
        Graph pruned = pruned(RESNET, options, MULTIPLICATIONS, 0.15, ChannelBlock.FLOAT)
                .graph();
        assertTrue(decibels(pruned) > 18, () -> decibels(pruned) + " dB");
    }

    /** Weights of 0 for every fourth input of layers that read many. */
    private static Graph withoutEveryFourthInput(Graph graph, Layer layer) {
        if (layer.groups() > 1 || layer.layout().inputs() < 4 || !layer.node().is("Conv")) {
            return graph;
        }
        float[] weights = layer.weights().floats().clone();
        for (int i = 0; i < weights.length; i++) {
            if (i / layer.taps() % layer.layout().inputs() % 4 == 3) {
                weights[i] = 0;
            }
        }
        long[] dims = layer.weights().dims().stream().mapToLong(Long::longValue).toArray();
        return graph.edit()
                .put(Initializer.ofFloats(layer.weights().name(), weights, dims))
                .build();
    }

    /** Without statistics, layers that write outputs keep what they read, of however many samples; those that are only frozen do not. */
    @Test
    void prunesWithoutStatistics() {
        Graph folded = RESNET.withoutStatistics();
        Graph pruned = pruned(folded, INPUTS.withImages(SEEN), MULTIPLICATIONS, 0.1, ChannelBlock.FLOAT)
                .graph();
        double left = macs(pruned);
        assertTrue(left <= 0.9 * macs(folded));
        Layer last = Layers.survey(pruned)
                .layers()
                .get(Layers.survey(pruned).layers().size() - 1);
        assertEquals(64, last.cols(), "what the classifier reads");
    }

    /** A size is reached with fewer multiplications lost where channels go for the weights that they take. */
    @Test
    void channelsGoForWhatIsToBecomeLess() {
        Graph pruned = pruned(RESNET, INPUTS, WEIGHTS, 0.3, ChannelBlock.FLOAT).graph();
        double weights = 1 - cost(pruned, WEIGHTS) / cost(RESNET, WEIGHTS);
        double macs = 1 - macs(pruned) / macs(RESNET);
        assertTrue(weights >= 0.3 && weights < 0.4, () -> weights + " of the weights removed");
        assertTrue(macs < 0.7 * weights, () -> macs + " of the multiplications removed");
    }

    private static double cost(Graph graph, NodeCost cost) {
        return LayerCost.sum(FollowedChannels.of(graph, INPUTS).costs(cost), new BitSet());
    }

    @Test
    void saysWhyMoreCannotBeRemoved() {
        GraphPass.Result result = pruned(RESNET, INPUTS, MULTIPLICATIONS, 0.99, new ChannelBlock(32));
        assertTrue(
                result.changes()
                        .get(0)
                        .endsWith(
                                "more cannot be removed: layers keep up to 32 channels, and 10 of 346 channels have to stay: "
                                        + "10 since 'logits' is an output of the network"),
                () -> result.changes().toString());
    }

    /** With memory for a single layer, each is measured again whenever it is needed. */
    @Test
    void neitherThreadsNorMemoryChangeABit() {
        Graph some = pruned(1, MemoryBudget.DEFAULT);
        Graph other = pruned(3, new MemoryBudget(1));
        assertArrayEquals(OnnxWriter.toBytes(some), OnnxWriter.toBytes(other));
    }

    private static Graph pruned(int threads, MemoryBudget memory) {
        return ChannelPasses.pruning(
                        INPUTS,
                        StatisticsSources.synthetic(INPUTS, threads),
                        MULTIPLICATIONS,
                        0.4,
                        new ChannelBlock(4),
                        threads,
                        memory)
                .apply(RESNET)
                .graph();
    }
}
