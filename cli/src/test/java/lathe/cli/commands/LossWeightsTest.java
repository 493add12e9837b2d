package lathe.cli.commands;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import lathe.cli.options.ChannelSettings;
import lathe.cli.options.ConfigFile;
import lathe.engine.allocate.Assignment;
import lathe.engine.allocate.LayerTable;
import lathe.engine.graph.Graph;
import lathe.engine.grid.WeightFormat;
import lathe.engine.onnx.OnnxReader;
import lathe.engine.onnx.SourceHashes;
import lathe.engine.pipeline.CompressionOptions;
import lathe.engine.pipeline.CompressionPipeline;
import lathe.engine.pipeline.ProgressListener;
import lathe.engine.qdq.OrtTarget;
import lathe.engine.task.LayerConfig;
import lathe.synth.input.InputOptions;
import lathe.synth.input.InputPlan;
import lathe.synth.network.Network;
import lathe.synth.network.NetworkOptions;
import lathe.synth.network.Tensor;
import lathe.synth.statistics.StatisticsSources;
import lathe.testdata.TestData;
import org.junit.jupiter.api.Test;

/** Losses of layers are weighted by what the outputs of files lose in which that layer alone is quantized. */
class LossWeightsTest {

    private static final InputOptions INPUTS =
            InputOptions.DEFAULT.withImages(4).withMeanStd(new float[] {0.286f}, new float[] {0.353f});

    @Test
    void areThoseOfFilesWithOneQuantizedLayer() {
        Graph graph = OnnxReader.read(TestData.bytes("fashion-resnet-folded.onnx"));
        CompressionOptions options = CompressionOptions.DEFAULT.withActivationBits(OptionalInt.empty());
        Compression compression = new Compression(
                INPUTS, options, ChannelSettings.DEFAULT, List.of(), OrtTarget.DEFAULT, true, ConfigFile.NONE);
        try (CompressionPipeline.Opened opened =
                compression.open(graph, SourceHashes.of(graph), ProgressListener.NONE)) {
            List<LayerTable> tables = opened.tables(List.of(WeightFormat.perChannel(8)), false);
            List<LayerTable> weighted = opened.weighted(tables);
            for (int i : new int[] {1, tables.size() - 2}) {
                LayerTable.Choice plain = tables.get(i).choices().get(0);
                LayerTable.Choice changed = weighted.get(i).choices().get(0);
                assertEquals(plain.config(), changed.config());
                double lost = outputError(graph, opened, alone(tables, tables.get(i)));
                assertEquals(Math.sqrt(lost * plain.error()), changed.error(), 0.02 * changed.error());
                assertTrue(lost > 0);
            }
        }
    }

    /** One layer as its table has it, the others in float. */
    private static Assignment alone(List<LayerTable> tables, LayerTable one) {
        Map<String, LayerConfig> configs = new HashMap<>();
        tables.forEach(table -> configs.put(table.layer(), LayerConfig.UNCHANGED));
        configs.put(one.layer(), one.choices().get(0).config());
        return Assignment.of(configs, "alone");
    }

    private static double outputError(Graph graph, CompressionPipeline.Opened opened, Assignment assignment) {
        InputPlan plan = StatisticsSources.inputs(opened.prepared(), INPUTS, 1);
        Map<String, Tensor> batch = plan.batch(0, 4);
        String output = graph.outputs().get(0).name();
        try (Network original = Network.of(graph, NetworkOptions.DEFAULT);
                Network small = Network.of(opened.solve(assignment).graph(), NetworkOptions.DEFAULT)) {
            float[] wanted = original.run(batch, Set.of(output)).get(output).floats();
            float[] found = small.run(batch, Set.of(output)).get(output).floats();
            double error = 0;
            double energy = 0;
            for (int i = 0; i < wanted.length; i++) {
                error += Math.pow(wanted[i] - found[i], 2);
                energy += Math.pow(wanted[i], 2);
            }
            return error / energy;
        }
    }
}
