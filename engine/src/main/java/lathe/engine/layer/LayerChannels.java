package lathe.engine.layer;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import lathe.engine.graph.Attribute;
import lathe.engine.graph.Graph;
import lathe.engine.graph.GraphEdit;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Node;
import lathe.engine.graph.Window;
import lathe.engine.operator.Operator;
import lathe.engine.operator.Operators;
import lathe.engine.operator.WeightLayout;
import lathe.engine.tensor.ElementType;

/**
 * A Conv, ConvTranspose or Gemm by its channels: what scaling or shifting channels does to weights and bias.
 * Channels count over all groups. Immutable and thread-safe; each change makes a copy and costs one pass over the
 * weights.
 */
public final class LayerChannels {

    private final Stored stored;
    private final WeightLayout layout;
    private final float[] weights;
    private final float[] bias;

    /**
     * The layer as the graph has it.
     *
     * @param weights the constant that holds {@code weightValues}
     * @param bias the constant bias, if any
     * @param biasValues one value per output channel, Gemm's beta multiplied in; zeros where there is no bias
     */
    private record Stored(
            Operator operator,
            Node node,
            Initializer weights,
            float[] weightValues,
            Optional<Initializer> bias,
            float[] biasValues) {}

    private LayerChannels(Stored stored, WeightLayout layout, float[] weights, float[] bias) {
        this.stored = stored;
        this.layout = layout;
        this.weights = weights;
        this.bias = bias;
    }

    /**
     * A node by its channels; empty if its operator takes no bias (as a MatMul), or if it lacks constant FLOAT weights
     * or, where it has a bias, a constant FLOAT one of one value per output channel or one for all.
     */
    public static Optional<LayerChannels> of(Graph graph, Node node) {
        return Operators.withBias(node).flatMap(operator -> of(graph, operator, node));
    }

    private static Optional<LayerChannels> of(Graph graph, Operator operator, Node node) {
        int biasInput = operator.bias().orElseThrow();
        Optional<Initializer> weights =
                floats(graph, node, operator.weights()).filter(w -> w.rank() >= 2 && w.elements() > 0);
        Optional<Initializer> bias = floats(graph, node, biasInput);
        if (weights.isEmpty() || (bias.isEmpty() && node.input(biasInput).isPresent())) {
            return Optional.empty();
        }
        WeightLayout layout = operator.layout(node, weights.get().dims());
        if (!layout.isValid()
                || !bias.map(b -> Operators.isPerOutput(b, layout.outputs())).orElse(true)) {
            return Optional.empty();
        }
        float[] biasValues = new float[layout.outputs()];
        bias.ifPresent(b -> spread(b.floats(), operator.biasFactor(node), biasValues));
        float[] weightValues = weights.get().floats();
        Stored stored = new Stored(operator, node, weights.get(), weightValues, bias, biasValues);
        return Optional.of(new LayerChannels(stored, layout, weightValues, biasValues));
    }

    private static Optional<Initializer> floats(Graph graph, Node node, int input) {
        return graph.constant(node, input).filter(constant -> constant.type() == ElementType.FLOAT);
    }

    private static void spread(float[] values, float factor, float[] each) {
        for (int c = 0; c < each.length; c++) {
            each[c] = factor * values[values.length == 1 ? 0 : c];
        }
    }

    /** The node as it was. */
    public Node node() {
        return stored.node;
    }

    /** Number of output channels. */
    public int outputs() {
        return layout.outputs();
    }

    /** Number of input channels. */
    public int inputs() {
        return layout.inputs();
    }

    /** Number of axes of the weights. */
    public int rank() {
        return stored.weights.rank();
    }

    /**
     * True if outputs at a border have fewer inputs than inner ones, so that {@link #response} is not valid for them: a
     * Conv with padding, any ConvTranspose.
     */
    public boolean hasBorder() {
        return stored.operator
                .observed(stored.node, stored.weights.dims())
                .match(
                        windows -> windows.transposed() || hasBorder(windows.window()),
                        rows -> false,
                        steps -> false,
                        () -> false);
    }

    private static boolean hasBorder(Window window) {
        return switch (window.autoPad()) {
            case NOTSET -> Arrays.stream(window.pads()).anyMatch(pad -> pad != 0);
            case VALID -> false;
            case SAME_UPPER, SAME_LOWER -> window.taps() > 1;
        };
    }

    /** The bias of each output channel, Gemm's beta multiplied in; zeros where there is none. */
    public float[] bias() {
        return bias.clone();
    }

    /** The largest absolute weight of each output channel; NaN where one is NaN. */
    public float[] outputMagnitudes() {
        float[] largest = new float[outputs()];
        layout.forEach((index, output, input) -> largest[output] = Math.max(largest[output], Math.abs(weights[index])));
        return largest;
    }

    /** The largest absolute weight of each input channel; NaN where one is NaN. */
    public float[] inputMagnitudes() {
        float[] largest = new float[inputs()];
        layout.forEach((index, output, input) -> largest[input] = Math.max(largest[input], Math.abs(weights[index])));
        return largest;
    }

    /**
     * What inputs that are constant over space add to each output, away from any padding: the sum over inputs and taps
     * of weight times input, Gemm's alpha multiplied in.
     *
     * @param values one value per input channel
     */
    public double[] response(double[] values) {
        double[] sums = new double[outputs()];
        layout.forEach((index, output, input) -> {
            if (values[input] != 0) {
                sums[output] += weights[index] * values[input];
            }
        });
        double alpha = stored.operator.weightFactor(stored.node);
        return Arrays.stream(sums).map(sum -> alpha * sum).toArray();
    }

    /**
     * The layer whose output channel c is {@code scale[c] * y + shift[c]} where it is y in this one.
     *
     * @param scale one factor per output channel
     * @param shift one value per output channel
     */
    public LayerChannels withOutputs(double[] scale, double[] shift) {
        float[] newBias = bias;
        if (scales(scale) || Arrays.stream(shift).anyMatch(amount -> amount != 0)) {
            newBias = new float[outputs()];
            for (int c = 0; c < newBias.length; c++) {
                newBias[c] = (float) (scale[c] * bias[c] + shift[c]);
            }
        }
        float[] newWeights = weights;
        if (scales(scale)) {
            newWeights = new float[weights.length];
            float[] scaled = newWeights;
            layout.forEach((index, output, input) -> scaled[index] = (float) (weights[index] * scale[output]));
        }
        return new LayerChannels(stored, layout, newWeights, newBias);
    }

    /**
     * The layer with the weights of each input channel multiplied by a factor.
     *
     * @param scale one factor per input channel
     */
    public LayerChannels withInputs(double[] scale) {
        if (!scales(scale)) {
            return this;
        }
        float[] scaled = new float[weights.length];
        layout.forEach((index, output, input) -> scaled[index] = (float) (weights[index] * scale[input]));
        return new LayerChannels(stored, layout, scaled, bias);
    }

    private static boolean scales(double[] scale) {
        return Arrays.stream(scale).anyMatch(factor -> factor != 1);
    }

    /**
     * Writes what has changed into an edit, under fresh names, and makes the node read it. What the edit has changed so
     * far of the node's first input and of its output stays.
     */
    public void writeTo(GraphEdit edit) {
        Node now = edit.current(stored.node);
        String newWeights = now.inputs().get(stored.operator.weights());
        Optional<String> newBias = now.input(stored.operator.bias().orElseThrow());
        Map<String, Attribute> attributes = new HashMap<>(now.attributes());
        if (weights != stored.weightValues) {
            newWeights = put(edit, stored.weights.name(), weights, layout.dims());
        }
        if (bias != stored.biasValues && (stored.bias.isPresent() || !isZero(bias))) {
            String hint = stored.bias.map(Initializer::name).orElse(label() + "_bias");
            newBias = Optional.of(put(edit, hint, bias, List.of((long) bias.length)));
            attributes.remove("beta");
        }
        List<String> inputs = new ArrayList<>(List.of(now.inputs().get(0), newWeights));
        newBias.ifPresent(inputs::add);
        edit.replace(stored.node, now.withInputs(inputs).withAttributes(attributes));
    }

    private String label() {
        return stored.node.name().isEmpty() ? stored.node.output() : stored.node.name();
    }

    private static boolean isZero(float[] values) {
        boolean zero = true;
        for (float value : values) {
            zero &= value == 0;
        }
        return zero;
    }

    private String put(GraphEdit edit, String hint, float[] values, List<Long> dims) {
        String name = edit.freshName(hint);
        edit.put(Initializer.ofFloats(name, values, dims).storedAs(stored.weights));
        return name;
    }
}
