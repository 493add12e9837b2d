package lathe.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import lathe.engine.graph.Graph;
import lathe.engine.graph.UnsupportedModelException;
import lathe.engine.onnx.OnnxReader;
import lathe.engine.pipeline.GraphPass;
import lathe.engine.pipeline.ProgressListener;
import lathe.engine.twin.FloatTwin;
import lathe.precondition.GraphPasses;
import lathe.synth.channel.ChannelPasses;
import lathe.synth.comparison.OutputComparison;
import lathe.synth.comparison.OutputFigures;
import lathe.synth.input.InputException;
import lathe.synth.input.InputOptions;
import lathe.synth.input.InputPlan;
import lathe.synth.input.RunnableLength;
import lathe.synth.network.Network;
import lathe.synth.network.NetworkOptions;

/**
 * What the removal of channels that carry nothing does to outputs, network by network: the rewrites that come before it, then
 * the removal of every such channel, compared on synthetic inputs other than those it measured.
 *
 * <pre>{@code
 * java -cp 'bench/target/classes:bench/target/lib/*' lathe.bench.FreeCutOutputs MODEL...
 * }</pre>
 *
 * <p>A line each, separated by tabs: the SNR of the output that changed most in dB ({@code Infinity} where none did), what was
 * removed, and the file; where a network could not be read, rewritten or run, {@code -} and why.
 */
public final class FreeCutOutputs {

    private static final InputOptions MEASURED = InputOptions.DEFAULT.withImages(16);
    private static final long OTHER_SEED = 1000;
    private static final List<GraphPass> BEFORE =
            List.of(GraphPasses.functionInlining(), GraphPasses.opsetRaise(13), GraphPasses.constantFold(), GraphPasses.batchNormFold());

    private FreeCutOutputs() {}

    /** Prints the lines. */
    public static void main(String[] models) {
        for (String model : models) {
            System.out.println(line(Path.of(model)) + "\t" + model);
        }
    }

    private static String line(Path model) {
        try {
            Graph graph = FloatTwin.of(OnnxReader.read(model)).graph();
            for (GraphPass pass : BEFORE) {
                graph = pass.apply(graph).graph();
            }
            InputOptions inputs = RunnableLength.of(graph, MEASURED);
            GraphPass.Result cut = ChannelPasses.free(inputs, 1, 1).apply(graph);
            double decibels = cut.graph().equals(graph) ? Double.POSITIVE_INFINITY : decibels(graph, cut.graph(), inputs.withSeed(OTHER_SEED));
            return "%.0f\t%s".formatted(decibels, String.join("; ", cut.changes()));
        } catch (IOException | UnsupportedModelException | InputException e) {
            return "-\t" + e.getMessage().lines().findFirst().orElse("");
        }
    }

    private static double decibels(Graph before, Graph after, InputOptions inputs) {
        try (Network wanted = Network.of(before, NetworkOptions.DEFAULT);
                Network got = Network.of(after, NetworkOptions.DEFAULT)) {
            return new OutputComparison(wanted, before, List.of(InputPlan.of(before, inputs)), 1, ProgressListener.NONE)
                    .with(got, after).stream()
                            .map(OutputFigures::signalToNoise)
                            .mapToDouble(snr -> snr.value())
                            .min()
                            .orElse(Double.NaN);
        }
    }
}
