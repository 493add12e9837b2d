package lathe.cli.commands;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import lathe.cli.options.ChannelSettings;
import lathe.cli.options.ConfigFile;
import lathe.engine.allocate.Assignment;
import lathe.engine.graph.Graph;
import lathe.engine.grid.WeightFormat;
import lathe.engine.layer.Layer;
import lathe.engine.layer.Layers;
import lathe.engine.onnx.OnnxReader;
import lathe.engine.onnx.OnnxWriter;
import lathe.engine.onnx.SourceHashes;
import lathe.engine.pipeline.CompressionOptions;
import lathe.engine.pipeline.CompressionPipeline;
import lathe.engine.pipeline.CompressionResult;
import lathe.engine.pipeline.LayerOverride;
import lathe.engine.pipeline.NothingToCompressException;
import lathe.engine.pipeline.ProgressListener;
import lathe.engine.qdq.OrtTarget;
import lathe.engine.report.LayerReport;
import lathe.engine.task.LayerConfig;
import lathe.synth.input.InputOptions;
import lathe.testdata.TestData;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Solving a network again with other bits for some layers gives what solving it so at once gives, bit for bit. */
class SolvedAgainTest {

    private static final InputOptions INPUTS =
            InputOptions.DEFAULT.withImages(4).withMeanStd(new float[] {0.286f}, new float[] {0.353f});

    static Stream<CompressionOptions> options() {
        return Stream.of(
                CompressionOptions.DEFAULT,
                CompressionOptions.DEFAULT
                        .withWeights(WeightFormat.perChannel(4))
                        .withActivationBits(OptionalInt.empty()),
                CompressionOptions.DEFAULT.withWeights(WeightFormat.perChannel(5)));
    }

    private static CompressionPipeline.Opened open(Graph graph, CompressionOptions options) {
        return new Compression(
                        INPUTS, options, ChannelSettings.DEFAULT, List.of(), OrtTarget.DEFAULT, true, ConfigFile.NONE)
                .open(graph, SourceHashes.of(graph), ProgressListener.NONE);
    }

    @Tag("slow")
    @ParameterizedTest
    @MethodSource("options")
    void isTheSameAsSolvingOnce(CompressionOptions options) {
        Graph graph = OnnxReader.read(TestData.bytes("fashion-mobilenet.onnx"));
        List<String> names =
                Layers.survey(graph).layers().stream().map(Layer::name).toList();
        Map<String, LayerConfig> configs = new LinkedHashMap<>();
        List<LayerOverride> overrides = new ArrayList<>();
        for (int i : new int[] {0, 7}) {
            configs.put(names.get(i), LayerConfig.UNCHANGED);
            overrides.add(LayerOverride.of(names.get(i)).inFloat());
        }
        for (int i : new int[] {3, 8}) {
            configs.put(names.get(i), options.config().withBits(8));
            overrides.add(LayerOverride.of(names.get(i)).withBits(8));
        }
        byte[] first;
        byte[] again;
        byte[] firstAgain;
        try (CompressionPipeline.Opened opened = open(graph, options)) {
            first = OnnxWriter.toBytes(opened.solve(Assignment.AS_ASKED).graph());
            again = OnnxWriter.toBytes(
                    opened.solve(Assignment.AS_ASKED.with(configs)).graph());
            firstAgain = OnnxWriter.toBytes(opened.solve(Assignment.AS_ASKED).graph());
        }
        assertArrayEquals(first, firstAgain);
        try (CompressionPipeline.Opened once = open(graph, options.withOverrides(overrides))) {
            assertArrayEquals(OnnxWriter.toBytes(once.solve(Assignment.AS_ASKED).graph()), again);
        }
    }

    @Test
    void activationsFallBackToFloatAsIfNeverQuantized() {
        Graph graph = OnnxReader.read(TestData.bytes("fashion-mobilenet.onnx"));
        byte[] fallen;
        try (CompressionPipeline.Opened opened = open(graph, CompressionOptions.DEFAULT)) {
            opened.solve(Assignment.AS_ASKED);
            fallen = OnnxWriter.toBytes(
                    opened.solve(Assignment.AS_ASKED.withFloatActivations()).graph());
        }
        CompressionOptions asked = CompressionOptions.DEFAULT.withActivationBits(OptionalInt.empty());
        try (CompressionPipeline.Opened once = open(graph, asked)) {
            assertArrayEquals(OnnxWriter.toBytes(once.solve(Assignment.AS_ASKED).graph()), fallen);
        }
    }

    @Test
    void layersThatShareTheirWeightsFollowTheOneWithMostBits() {
        Graph graph = OnnxReader.read(TestData.bytes("odd/weights-shared.onnx"));
        CompressionOptions options = CompressionOptions.DEFAULT
                .withWeights(WeightFormat.perChannel(2))
                .withActivationBits(OptionalInt.empty());
        List<Layer> layers = Layers.survey(graph).layers();
        Map<String, List<Layer>> byWeights = layers.stream()
                .collect(Collectors.groupingBy(layer -> layer.weights().name()));
        List<String> shared =
                byWeights.values().stream().filter(users -> users.size() > 1).findFirst().orElseThrow().stream()
                        .map(Layer::name)
                        .toList();
        try (CompressionPipeline.Opened opened = open(graph, options)) {
            Map<String, Integer> before = bits(opened.solve(Assignment.AS_ASKED));
            Map<String, Integer> after = bits(opened.solve(Assignment.AS_ASKED.with(
                    Map.of(shared.get(1), options.config().withBits(7)))));
            for (Layer layer : layers) {
                int wanted = shared.contains(layer.name()) ? 7 : before.get(layer.name());
                assertEquals(wanted, after.get(layer.name()), layer.name());
            }
            Map<String, LayerConfig> float32 = Map.of(shared.get(0), LayerConfig.UNCHANGED);
            if (shared.size() == layers.size()) {
                assertThrows(NothingToCompressException.class, () -> opened.solve(Assignment.AS_ASKED.with(float32)));
            } else {
                assertEquals(
                        layers.size() - shared.size(),
                        opened.solve(Assignment.AS_ASKED.with(float32))
                                .report()
                                .layers()
                                .size());
            }
        }
    }

    private static Map<String, Integer> bits(CompressionResult result) {
        return result.report().layers().stream().collect(Collectors.toMap(LayerReport::layer, LayerReport::bits));
    }
}
