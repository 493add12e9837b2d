package lathe.synth.gradient;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import lathe.engine.graph.Attribute;
import lathe.engine.graph.Window;

/**
 * The adjoint of a gather by windows, such as a convolution or a pool: every output element is added, times weights, to the
 * input elements that its window covered. A ConvTranspose whose result has the extents of the input exactly, whatever
 * strides and paddings left over.
 *
 * @param window the geometry of the gather
 * @param input spatial extents of what was gathered from
 * @param output spatial extents of the result, so many windows
 */
record WindowScatter(Window window, List<Long> input, List<Long> output) {

    /** @param x, y shapes of what a node reads and writes, batch and channels first */
    static WindowScatter of(Window window, List<Long> x, List<Long> y) {
        return new WindowScatter(window, x.subList(2, x.size()), y.subList(2, y.size()));
    }

    /** Padding in front of each axis, then what the windows read beyond the end: negative where they stop short of it. */
    long[] pads() {
        int rank = window.rank();
        long[] pads = new long[2 * rank];
        for (int axis = 0; axis < rank; axis++) {
            long span = (window.kernel()[axis] - 1) * window.dilations()[axis] + 1;
            pads[axis] = window.padBefore(axis, input.get(axis));
            pads[rank + axis] = (output.get(axis) - 1) * window.strides()[axis] + span - pads[axis] - input.get(axis);
        }
        return pads;
    }

    /**
     * Scatters.
     *
     * @param dy batch x channels x {@code output}
     * @param weights channels x (channels of the result / group) x kernel
     * @return batch x channels of the result x {@code input}
     */
    String apply(AdjointPass pass, String dy, String weights, long group) {
        int rank = window.rank();
        long[] pads = pads();
        long[] missing = Arrays.stream(pads, rank, 2 * rank)
                .map(end -> Math.max(0, -end))
                .toArray();
        Map<String, Attribute> attributes = new HashMap<>();
        attributes.put("kernel_shape", AdjointPass.integers(window.kernel()));
        attributes.put("strides", AdjointPass.integers(window.strides()));
        attributes.put("dilations", AdjointPass.integers(window.dilations()));
        attributes.put("group", new Attribute.Int(group));
        attributes.put(
                "pads",
                AdjointPass.integers(
                        Arrays.stream(pads).map(pad -> Math.max(0, pad)).toArray()));
        attributes.put("output_padding", AdjointPass.integers(missing));
        return pass.add("ConvTranspose", List.of(dy, weights), attributes);
    }
}
