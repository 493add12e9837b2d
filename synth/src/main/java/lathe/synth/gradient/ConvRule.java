package lathe.synth.gradient;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import lathe.engine.graph.Attribute;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Node;
import lathe.engine.graph.Window;

/**
 * Conv: dx is the convolution transpose of dy with the same weights. Where all strides are 1 this is a convolution with the
 * kernels mirrored and their channels exchanged, for which runtimes have faster kernels.
 */
final class ConvRule implements GradientRule {

    @Override
    public void differentiate(Node node, AdjointPass pass) {
        if (pass.wants(node, 1) || pass.wants(node, 2)) {
            throw GradientRule.unknown(node, " with computed weights");
        }
        String x = node.inputs().get(0);
        List<Long> weights = pass.shape(node.inputs().get(1));
        long[] kernel = weights.subList(2, weights.size()).stream()
                .mapToLong(Long::longValue)
                .toArray();
        WindowScatter scatter = WindowScatter.of(Window.of(node, kernel), pass.shape(x), pass.shape(node.output()));
        long group = node.integer("group").orElse(1);
        String dy = pass.gradient(node);
        pass.give(
                x,
                mirrored(node, pass, scatter, group, dy)
                        .orElseGet(() -> scatter.apply(pass, dy, node.inputs().get(1), group)));
    }

    private static Optional<String> mirrored(
            Node node, AdjointPass pass, WindowScatter scatter, long group, String dy) {
        Window window = scatter.window();
        int rank = window.rank();
        long[] pads = scatter.pads();
        for (int i = 0; i < pads.length; i++) {
            pads[i] = (window.kernel()[i % rank] - 1) * window.dilations()[i % rank] - pads[i];
        }
        Optional<Initializer> weights = pass.graph().constant(node, 1);
        boolean convolves = Arrays.stream(window.strides()).allMatch(stride -> stride == 1)
                && Arrays.stream(pads).allMatch(pad -> pad >= 0);
        if (weights.isEmpty() || !convolves) {
            return Optional.empty();
        }
        Map<String, Attribute> attributes = new HashMap<>();
        attributes.put("kernel_shape", AdjointPass.integers(window.kernel()));
        attributes.put("dilations", AdjointPass.integers(window.dilations()));
        attributes.put("group", new Attribute.Int(group));
        attributes.put("pads", AdjointPass.integers(pads));
        return Optional.of(pass.add("Conv", List.of(dy, mirrored(pass, weights.get(), group)), attributes));
    }

    /** From outputs x (inputs / group) x kernel to inputs x (outputs / group) x kernel, kernels mirrored at their centres. */
    private static String mirrored(AdjointPass pass, Initializer weights, long group) {
        float[] from = weights.floats();
        int outputs = Math.toIntExact(weights.dims().get(0) / group);
        int inputs = Math.toIntExact(weights.dims().get(1));
        int taps = from.length / Math.toIntExact(group * outputs * inputs);
        float[] to = new float[from.length];
        for (int i = 0; i < from.length; i++) {
            int tap = i % taps;
            int input = i / taps % inputs;
            int output = i / (taps * inputs) % outputs;
            int g = i / (taps * inputs * outputs);
            to[((g * inputs + input) * outputs + output) * taps + taps - 1 - tap] = from[i];
        }
        long[] dims = weights.dims().stream().mapToLong(Long::longValue).toArray();
        dims[0] = group * inputs;
        dims[1] = outputs;
        return pass.constant(to, dims);
    }
}
