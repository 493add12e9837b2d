package lathe.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import lathe.engine.channel.ChannelClasses;
import lathe.engine.channel.ChannelClasses.Channels;
import lathe.engine.graph.Graph;
import lathe.engine.graph.GraphEdit;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Node;
import lathe.engine.graph.UnsupportedModelException;
import lathe.engine.layer.ChannelBlock;
import lathe.engine.layer.LayerChannels;
import lathe.engine.onnx.OnnxReader;
import lathe.engine.pipeline.GraphPass;
import lathe.engine.pipeline.ProgressListener;
import lathe.engine.report.KeptChannels;
import lathe.engine.tensor.ElementType;
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
 * the removal of every such channel, compared on synthetic inputs other than those it measured. Networks as they are, and with
 * zeros in place of the weights that read every third channel that can be removed.
 *
 * <pre>{@code
 * java -cp 'bench/target/classes:bench/target/lib/*' lathe.bench.FreeCutOutputs MODEL...
 * }</pre>
 *
 * <p>A line each, separated by tabs: the SNR of the output that changed most, in dB, and what was removed; the same where
 * nothing reads some channels, and how many these are; why channels cannot be removed; the file. Where a network
 * could not be read, rewritten or run, {@code -} and why. The SNR is {@code Infinity} where no output changed; one that hardly
 * varies behind a Sigmoid or Softmax is measured before that.
 */
public final class FreeCutOutputs {

    private static final InputOptions MEASURED = InputOptions.DEFAULT.withImages(16);
    private static final long OTHER_SEED = 1000;
    private static final int EACH = 3;
    private static final List<GraphPass> BEFORE = List.of(
            GraphPasses.functionInlining(),
            GraphPasses.opsetRaise(13),
            GraphPasses.bodyConstants(),
            GraphPasses.constantFold(),
            GraphPasses.batchNormFold());

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
            ChannelClasses classes = ChannelPasses.classes(graph, inputs);
            BitSet removable = new BitSet();
            classes.kinds().forEach(removable::or);
            BitSet third = new BitSet();
            int[] all = removable.stream().toArray();
            for (int i = 0; i < all.length; i += EACH) {
                third.set(all[i]);
            }
            third = classes.removable(third);
            return "%s\t%s\t%d unread\t%s"
                    .formatted(
                            cut(graph, inputs),
                            cut(unread(classes, third), inputs),
                            third.cardinality(),
                            KeptChannels.of(all.length, classes.frozen()).text());
        } catch (IOException | UnsupportedModelException | InputException e) {
            return "-\t" + e.getMessage().lines().findFirst().orElse("");
        }
    }

    /** The graph with zeros in place of all weights that read channels of some classes. */
    private static Graph unread(ChannelClasses classes, BitSet gone) {
        Graph graph = classes.graph();
        GraphEdit edit = graph.edit();
        for (Node node : classes.mixing()) {
            int[] numbers =
                    classes.of(node.inputs().get(0)).map(Channels::classes).orElse(new int[0]);
            if (numbers.length == 0) {
                continue; // it reads an input of the network
            }
            Initializer weights = graph.constant(node, 1).orElseThrow();
            double[] kept = new double[numbers.length];
            for (int i = 0; i < kept.length; i++) {
                kept[i] = gone.get(numbers[i]) ? 0 : 1;
            }
            Optional<LayerChannels> layer = LayerChannels.of(graph, node);
            if (layer.isPresent()) {
                layer.get().withInputs(kept).writeTo(edit);
            } else if (weights.type() == ElementType.FLOAT) {
                String rows = edit.putFresh(withRows(weights, kept));
                edit.replace(node, node.withInputs(List.of(node.inputs().get(0), rows)));
            }
        }
        return edit.build();
    }

    /** The weights of a MatMul, inputs x outputs, each row multiplied by a factor. */
    private static Initializer withRows(Initializer weights, double[] factors) {
        float[] values = weights.floats().clone();
        int cols = values.length / factors.length;
        for (int i = 0; i < values.length; i++) {
            values[i] *= (float) factors[i / cols];
        }
        return Initializer.ofFloats(weights.name(), values, weights.dims());
    }

    private static String cut(Graph graph, InputOptions inputs) {
        GraphPass.Result cut = ChannelPasses.free(inputs, new ChannelBlock(1), 1).apply(graph);
        double decibels = cut.graph() == graph
                ? Double.POSITIVE_INFINITY
                : decibels(graph, cut.graph(), inputs.withSeed(OTHER_SEED));
        return "%.0f\t%s".formatted(decibels, String.join("; ", cut.changes()));
    }

    private static double decibels(Graph before, Graph after, InputOptions inputs) {
        try (Network wanted = Network.of(before, NetworkOptions.DEFAULT);
                Network got = Network.of(after, NetworkOptions.DEFAULT)) {
            InputPlan plan = InputPlan.of(before, inputs);
            return new OutputComparison(wanted, before, List.of(plan), 1, ProgressListener.NONE)
                    .with(got, after).stream()
                            .map(OutputFigures::judged)
                            .mapToDouble(judged -> judged.signalToNoise().value())
                            .min()
                            .orElse(Double.NaN);
        }
    }
}
