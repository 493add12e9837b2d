package lathe.synth.gradient;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import lathe.engine.graph.Attribute;
import lathe.engine.graph.Node;
import lathe.engine.graph.Window;

/**
 * MaxPool: each output hands its gradient to the largest element of its window, in equal parts to several that are equal.
 * The windows are laid out by a convolution with one kernel per element of a window, 1 there and 0 elsewhere; so this
 * needs as many times the memory of the output as a window has elements.
 */
final class MaxPoolRule implements GradientRule {

    /** Below every number, and finite: it is multiplied by 0. */
    private static final float LOWEST = -Float.MAX_VALUE;

    @Override
    public void differentiate(Node node, AdjointPass pass) {
        if (node.outputs().size() > 1 || node.integer("storage_order").orElse(0) != 0) {
            throw GradientRule.unknown(node, " with indices");
        }
        String x = node.inputs().get(0);
        List<Long> shape = pass.shape(x);
        List<Long> pooled = pass.shape(node.output());
        WindowScatter scatter =
                WindowScatter.of(Window.of(node, node.integers("kernel_shape").orElseThrow()), shape, pooled);
        int channels = Math.toIntExact(shape.get(1));
        int taps = scatter.window().taps();
        String picks = picks(pass, scatter.window(), channels);
        String windows = windows(pass, scatter, x, picks, channels);

        List<Long> apart = new ArrayList<>(AdjointPass.anyBatch(pooled)); // batch x channels x taps x positions
        apart.add(2, (long) taps);
        List<Long> one = new ArrayList<>(AdjointPass.anyBatch(pooled));
        one.add(2, 1L);
        String y = pass.reshaped(node.output(), one);
        String largest = pass.add(
                "Cast",
                List.of(pass.add("Equal", pass.reshaped(windows, apart), y)),
                Map.of("to", new Attribute.Int(1))); // FLOAT
        String count = pass.add("ReduceSum", largest, pass.longs(List.of(2L)));
        String share = pass.add("Div", pass.reshaped(pass.gradient(node), one), count);
        List<Long> together = AdjointPass.anyBatch(pooled);
        together.set(1, (long) channels * taps);
        String parts = pass.reshaped(pass.add("Mul", largest, share), together);
        pass.give(x, scatter.apply(pass, parts, picks, channels));
    }

    /** (channels taps) x 1 x kernel: the kernel of each element of a window. */
    private static String picks(AdjointPass pass, Window window, int channels) {
        int taps = window.taps();
        float[] picks = new float[channels * taps * taps];
        for (int i = 0; i < channels * taps; i++) {
            picks[i * taps + i % taps] = 1;
        }
        long[] dims = LongStream.concat(LongStream.of((long) channels * taps, 1), Arrays.stream(window.kernel()))
                .toArray();
        return pass.constant(picks, dims);
    }

    /** Batch x (channels taps) x output extents: the elements of each window. */
    private static String windows(AdjointPass pass, WindowScatter scatter, String x, String picks, int channels) {
        int rank = scatter.window().rank();
        long[] pads = scatter.pads();
        List<Long> around = new ArrayList<>(AdjointPass.repeated(0, 2 * rank + 4));
        for (int axis = 0; axis < rank; axis++) {
            around.set(2 + axis, pads[axis]);
            around.set(rank + 4 + axis, pads[rank + axis]);
        }
        String padded = pass.add("Pad", x, pass.longs(around), pass.scalar(LOWEST));
        Map<String, Attribute> attributes = Map.of(
                "kernel_shape", AdjointPass.integers(scatter.window().kernel()),
                "strides", AdjointPass.integers(scatter.window().strides()),
                "dilations", AdjointPass.integers(scatter.window().dilations()),
                "group", new Attribute.Int(channels));
        return pass.add("Conv", List.of(padded, picks), attributes);
    }
}
