package lathe.synth.statistics;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import lathe.engine.graph.ChannelAffine;
import lathe.engine.graph.Graph;
import lathe.engine.graph.GraphEdit;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Node;
import lathe.engine.layer.LayerChannels;

/**
 * Builds corrections of channels into a graph, as the second run has them: into the weights and bias of the Conv,
 * ConvTranspose or Gemm that writes the value where these are constants, else as a Mul and an Add behind it.
 */
final class ChannelCorrection {

    private final Graph graph;
    private final GraphEdit edit;

    private ChannelCorrection(Graph graph) {
        this.graph = graph;
        this.edit = graph.edit();
    }

    /**
     * The corrected graph; values keep their names.
     *
     * @param corrections by the name of the value
     * @param ranks number of axes of each of these values
     */
    static Graph apply(Graph graph, Map<String, ChannelAffine> corrections, Map<String, Integer> ranks) {
        ChannelCorrection correction = new ChannelCorrection(graph);
        corrections.forEach((value, affine) -> {
            Node producer = graph.producer(value).orElseThrow();
            if (!correction.intoWeights(producer, affine)) {
                correction.behind(producer, value, affine, ranks.get(value));
            }
        });
        return correction.edit.build();
    }

    /** {@code 1 x channels x 1 ...}. */
    static long[] perChannelDims(int channels, int rank) {
        long[] dims = new long[rank];
        Arrays.fill(dims, 1);
        dims[1] = channels;
        return dims;
    }

    private boolean intoWeights(Node node, ChannelAffine affine) {
        Optional<LayerChannels> layer =
                LayerChannels.of(graph, node).filter(channels -> channels.outputs() == affine.channels());
        layer.ifPresent(
                channels -> channels.withOutputs(affine.scale(), affine.shift()).writeTo(edit));
        return layer.isPresent();
    }

    private void behind(Node producer, String value, ChannelAffine affine, int rank) {
        List<String> outputs = new ArrayList<>(edit.current(producer).outputs());
        String raw = edit.freshName(value + "_uncorrected");
        String scaled = edit.freshName(value + "_scaled");
        outputs.set(outputs.indexOf(value), raw);
        edit.replace(producer, edit.current(producer).withOutputs(outputs));
        long[] dims = perChannelDims(affine.channels(), rank);
        Initializer factor = Initializer.ofFloats(edit.freshName("lathe_scale"), floats(affine.scale()), dims);
        Initializer shift = Initializer.ofFloats(edit.freshName("lathe_shift"), floats(affine.shift()), dims);
        edit.put(factor).put(shift);
        insert(producer, "Mul", List.of(raw, factor.name()), scaled);
        insert(producer, "Add", List.of(scaled, shift.name()), value);
    }

    private static float[] floats(double[] values) {
        float[] rounded = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            rounded[i] = (float) values[i];
        }
        return rounded;
    }

    private void insert(Node producer, String operator, List<String> inputs, String output) {
        String name = edit.freshName("lathe_" + operator);
        edit.insertAfter(producer, Node.of(name, operator, inputs, List.of(output), Map.of()));
    }
}
