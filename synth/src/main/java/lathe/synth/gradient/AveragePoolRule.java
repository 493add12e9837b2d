package lathe.synth.gradient;

import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;
import lathe.engine.graph.Node;
import lathe.engine.graph.Window;

/** AveragePool: each output hands 1 / (number of elements averaged) of its gradient to every element of its window. */
final class AveragePoolRule implements GradientRule {

    @Override
    public void differentiate(Node node, AdjointPass pass) {
        String x = node.inputs().get(0);
        List<Long> shape = pass.shape(x);
        long[] kernel = node.integers("kernel_shape").orElseThrow();
        WindowScatter scatter = WindowScatter.of(Window.of(node, kernel), shape, pass.shape(node.output()));
        boolean countsPadding = node.integer("count_include_pad").orElse(0) != 0;
        String shares = shares(pass, scatter, countsPadding);
        int channels = Math.toIntExact(shape.get(1));
        float[] ones = new float[channels * scatter.window().taps()];
        Arrays.fill(ones, 1);
        long[] dims = LongStream.concat(LongStream.of(channels, 1), Arrays.stream(kernel))
                .toArray();
        String dy = pass.add("Mul", pass.gradient(node), shares);
        pass.give(x, scatter.apply(pass, dy, pass.constant(ones, dims), channels));
    }

    /** One over the number of elements that each window averages, of the shape of the output without batch and channels. */
    private static String shares(AdjointPass pass, WindowScatter scatter, boolean countsPadding) {
        long[] extents = scatter.output().stream().mapToLong(Long::longValue).toArray();
        int positions = Math.toIntExact(Arrays.stream(extents).reduce(1, Math::multiplyExact));
        float[] shares = new float[positions];
        Arrays.fill(shares, 1);
        int inner = positions;
        for (int axis = 0; axis < extents.length; axis++) {
            inner = Math.toIntExact(inner / extents[axis]);
            for (int i = 0; i < positions; i++) {
                shares[i] /= covered(scatter, axis, i / inner % extents[axis], countsPadding);
            }
        }
        return pass.constant(shares, extents);
    }

    /** Elements of an axis that a window averages: those within the input, or within the padding that the node states. */
    private static long covered(WindowScatter scatter, int axis, long output, boolean countsPadding) {
        Window window = scatter.window();
        long input = scatter.input().get(axis);
        long before = window.padBefore(axis, input);
        long after = window.autoPad() == Window.AutoPad.NOTSET
                ? window.pads()[window.rank() + axis]
                : Math.max(0, scatter.pads()[window.rank() + axis]);
        long from = countsPadding ? -before : 0;
        long to = countsPadding ? input + after : input;
        long first = output * window.strides()[axis] - before;
        return LongStream.range(0, window.kernel()[axis])
                .map(tap -> first + tap * window.dilations()[axis])
                .filter(position -> position >= from && position < to)
                .count();
    }
}
