package lathe.synth.statistics;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.DoubleStream;
import lathe.engine.graph.Attribute;
import lathe.engine.graph.ChannelAffine;
import lathe.engine.graph.Graph;
import lathe.engine.graph.GraphEdit;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Node;
import lathe.engine.tensor.ElementType;

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
        boolean known = node.is("Conv") || node.is("ConvTranspose") || node.is("Gemm");
        Optional<Initializer> weights = graph.constant(node, 1).filter(ChannelCorrection::isFloat);
        Optional<Initializer> bias = graph.constant(node, 2).filter(ChannelCorrection::isFloat);
        int channels = affine.channels();
        boolean biasFits = bias.map(b -> b.elements() == channels || b.elements() == 1)
                .orElse(node.input(2).isEmpty());
        boolean fits = known && biasFits && weights.isPresent() && outputs(node, weights.get()) == channels;
        if (!fits) {
            return false;
        }
        float beta = node.is("Gemm") ? node.real("beta", 1) : 1;
        float[] old = bias.map(Initializer::floats).orElse(new float[1]);
        float[] shifted = new float[channels];
        for (int c = 0; c < channels; c++) {
            shifted[c] = (float) (affine.scale()[c] * beta * old[old.length == 1 ? 0 : c] + affine.shift()[c]);
        }
        Initializer newBias = Initializer.ofFloats(edit.freshName("lathe_bias"), shifted, channels);
        edit.put(newBias);
        String newWeights = node.inputs().get(1);
        if (DoubleStream.of(affine.scale()).anyMatch(factor -> factor != 1)) {
            Initializer scaled = scaled(node, weights.get(), affine.scale());
            edit.put(scaled);
            newWeights = scaled.name();
        }
        edit.replace(node, withInputs(node, List.of(node.inputs().get(0), newWeights, newBias.name())));
        return true;
    }

    private static boolean isFloat(Initializer constant) {
        return constant.type() == ElementType.FLOAT;
    }

    private static Node withInputs(Node node, List<String> inputs) {
        Map<String, Attribute> attributes = new HashMap<>(node.attributes());
        attributes.remove("beta");
        return attributes.size() == node.attributes().size()
                ? node.withInputs(inputs)
                : Node.of(node.name(), node.opType(), inputs, node.outputs(), attributes);
    }

    private static long outputs(Node node, Initializer weights) {
        long groups = node.integer("group").orElse(1);
        return outputsFirst(node) ? weights.dims().get(0) : weights.dims().get(1) * groups;
    }

    private static boolean outputsFirst(Node node) {
        return node.is("Conv") || (node.is("Gemm") && node.integer("transB").orElse(0) != 0);
    }

    private Initializer scaled(Node node, Initializer weights, double[] scale) {
        float[] values = weights.floats();
        long[] dims = weights.dims().stream().mapToLong(Long::longValue).toArray();
        long inner = weights.elements() / dims[0] / dims[1];
        long firstPerGroup = dims[0] / node.integer("group").orElse(1);
        for (int i = 0; i < values.length; i++) {
            long first = i / inner / dims[1];
            long second = i / inner % dims[1];
            int channel = (int) (outputsFirst(node) ? first : first / firstPerGroup * dims[1] + second);
            values[i] = (float) (values[i] * scale[channel]);
        }
        return Initializer.ofFloats(edit.freshName("lathe_weights"), values, dims);
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
