package lathe.synth.input;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Node;

/** What arithmetic with constants does to an input: per channel {@code gain * x + offset}. Immutable. */
record Affine(double[] gain, double[] offset) {

    /** Beyond this a range explains the arithmetic so badly that the guess is better not made. */
    private static final double WORST_FIT = 30;

    static Affine identity(int channels) {
        double[] ones = new double[channels];
        Arrays.fill(ones, 1);
        return new Affine(ones, new double[channels]);
    }

    /**
     * The same followed by an Add, Sub, Mul or Div.
     *
     * @param value the operand that is the input
     * @param fromEnd how many axes from the end the channel axis is, 1 for the last one
     * @return empty if the other operand is not one value per channel or one for all, or the result is not finite
     */
    Optional<Affine> then(Graph graph, Node node, String value, int fromEnd) {
        boolean inputFirst = node.inputs().get(0).equals(value);
        Optional<double[]> constant = FirstNodes.constantBehind(graph, node, inputFirst ? 1 : 0)
                .filter(FirstNodes::isReal)
                .flatMap(found -> perChannel(found, fromEnd));
        if (constant.isEmpty() || (node.is("Div") && !inputFirst)) {
            return Optional.empty();
        }
        Affine longer = new Affine(gain.clone(), offset.clone());
        for (int channel = 0; channel < gain.length; channel++) {
            longer.apply(node.opType(), channel, constant.get()[channel], inputFirst);
            if (!Double.isFinite(longer.gain[channel] + longer.offset[channel]) || longer.gain[channel] == 0) {
                return Optional.empty();
            }
        }
        return Optional.of(longer);
    }

    private void apply(String operator, int channel, double constant, boolean inputFirst) {
        switch (operator) {
            case "Add" -> offset[channel] += constant;
            case "Mul" -> multiply(channel, constant);
            case "Div" -> multiply(channel, 1 / constant);
            default -> { // Sub
                multiply(channel, inputFirst ? 1 : -1);
                offset[channel] += inputFirst ? -constant : constant;
            }
        }
    }

    private void multiply(int channel, double factor) {
        gain[channel] *= factor;
        offset[channel] *= factor;
    }

    private Optional<double[]> perChannel(Initializer constant, int fromEnd) {
        double[] values = new double[gain.length];
        if (constant.elements() == 1) {
            Arrays.fill(values, constant.floats()[0]);
            return Optional.of(values);
        }
        List<Long> dims = constant.dims();
        int axis = dims.size() - fromEnd;
        if (axis < 0 || dims.get(axis) != gain.length || constant.elements() != gain.length) {
            return Optional.empty();
        }
        float[] floats = constant.floats();
        Arrays.setAll(values, channel -> floats[channel]);
        return Optional.of(values);
    }

    /**
     * The input's moments, given those of the result; empty if these are mean 0 and variance 1, which say nothing, or are
     * not one a channel.
     */
    Optional<Scaling> undo(float[] means, float[] variances) {
        if (means.length != gain.length || variances.length != gain.length) {
            return Optional.empty();
        }
        boolean learnt = false;
        double[] mean = new double[gain.length];
        double[] deviation = new double[gain.length];
        for (int channel = 0; channel < gain.length; channel++) {
            learnt |= Math.abs(means[channel]) > 1e-6 || Math.abs(variances[channel] - 1) > 1e-3;
            mean[channel] = (means[channel] - offset[channel]) / gain[channel];
            deviation[channel] = Math.sqrt(Math.max(variances[channel], 0)) / Math.abs(gain[channel]);
        }
        return learnt ? Optional.of(Scaling.moments(mean, deviation)) : Optional.empty();
    }

    /** The common range of inputs that this arithmetic brings nearest to normalised values; empty if none fits. */
    Optional<Scaling> range() {
        boolean shifts = Arrays.stream(offset).anyMatch(shift -> shift != 0);
        // A mere factor says whether the input is bytes; it cannot tell [0, 1] from [-1, 1].
        List<Scaling> choices =
                shifts ? List.of(Scaling.UNIT, Scaling.SYMMETRIC, Scaling.BYTES) : List.of(Scaling.UNIT, Scaling.BYTES);
        Scaling best = choices.get(0);
        for (Scaling choice : choices) {
            best = misfit(choice) < misfit(best) ? choice : best;
        }
        boolean tells = shifts || !best.equals(Scaling.UNIT);
        return tells && misfit(best) <= WORST_FIT ? Optional.of(best) : Optional.empty();
    }

    /** How far the images, scaled so and put through the arithmetic, are from mean 0 and deviation 0.5. */
    private double misfit(Scaling choice) {
        double sum = 0;
        for (int channel = 0; channel < gain.length; channel++) {
            double deviation = Math.abs(gain[channel]) * choice.gain()[0] * Scaling.IMAGE_DEVIATION;
            double mean = gain[channel] * choice.apply((float) Scaling.IMAGE_MEAN, 0) + offset[channel];
            double size = Math.log(deviation / 0.5);
            double bias = mean / deviation;
            sum += size * size + bias * bias;
        }
        return sum / gain.length;
    }
}
