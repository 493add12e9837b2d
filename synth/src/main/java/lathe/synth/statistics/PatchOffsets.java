package lathe.synth.statistics;

import java.util.Arrays;
import java.util.OptionalInt;
import java.util.function.Function;
import lathe.engine.graph.Node;
import lathe.engine.graph.UnsupportedModelException;
import lathe.engine.graph.Window;
import lathe.engine.layer.Layer;
import lathe.engine.operator.Observed.Rows;
import lathe.engine.operator.Observed.Windows;

/**
 * Where the inputs of a layer lie in the tensor it reads: for an output position and a kernel tap the index of the
 * element of channel 0, the other channels following at a constant distance. One form for Conv, ConvTranspose, Gemm,
 * MatMul and recurrent nodes: a matrix product has one tap, and its inputs are the channels.
 *
 * @param taps kernel taps
 * @param channelStride distance between the elements of two neighbouring channels
 * @param offsets positions x taps indices of channel 0; -1 where the tap lies in the padding
 */
record PatchOffsets(int taps, int channelStride, int[] offsets) {

    /** Steps of recurrent nodes have their inputs on the last axis; so have the states that {@link LayerInputs} adds. */
    private static final Rows STEPS = new Rows(OptionalInt.empty(), false);

    /** Number of positions. */
    int positions() {
        return offsets.length / taps;
    }

    /**
     * How many output positions a layer has on an input of this shape, over all samples; a Conv's run over batch,
     * then space.
     *
     * @throws UnsupportedModelException if the layer cannot read such a tensor; what comes behind it is never run, so
     *     the runtime need not have said so
     */
    static long count(Layer layer, long[] dims) {
        checkReadable(layer, dims);
        return match(
                layer,
                windows -> {
                    long[] outputs = outputExtents(layer, windows, dims);
                    return dims[0] * product(outputs, 0, outputs.length);
                },
                rows -> rows.channelsFirst() ? dims[1] : product(dims, 0, dims.length - 1));
    }

    private static <R> R match(Layer layer, Function<Windows, R> windows, Function<Rows, R> rows) {
        return layer.site().observed().match(windows, rows, steps -> rows.apply(STEPS), () -> {
            throw new IllegalArgumentException("layer '%s': indices have no patches".formatted(layer.name()));
        });
    }

    private static void checkReadable(Layer layer, long[] dims) {
        int axes = match(
                layer,
                windows -> windows.window().rank() + 2,
                rows -> rows.rank().orElse(Math.max(1, dims.length)));
        int axis = match(layer, windows -> 1, rows -> rows.channelsFirst() ? 0 : dims.length - 1);
        long channels = layer.layout().inputs();
        if (dims.length != axes || dims[axis] != channels) {
            throw new UnsupportedModelException(
                    "layer '%s' wants %d channels on axis %d of %d, and gets a tensor of shape %s"
                            .formatted(layer.name(), channels, axis, axes, Arrays.toString(dims)));
        }
    }

    /**
     * The offsets of some positions.
     *
     * @param dims shape of the layer's input
     * @param positions each less than {@link #count}
     */
    static PatchOffsets of(Layer layer, long[] dims, long[] positions) {
        return match(
                layer,
                windows -> ofWindow(layer, windows, dims, positions),
                rows -> rows.channelsFirst()
                        ? new PatchOffsets(1, (int) dims[1], scaled(positions, 1))
                        : new PatchOffsets(1, 1, scaled(positions, dims[dims.length - 1])));
    }

    private static int[] scaled(long[] positions, long factor) {
        return Arrays.stream(positions)
                .mapToInt(position -> Math.toIntExact(position * factor))
                .toArray();
    }

    private static PatchOffsets ofWindow(Layer layer, Windows windows, long[] dims, long[] positions) {
        Window window = windows.window();
        boolean transposed = windows.transposed();
        int rank = window.rank();
        long[] outputs = outputExtents(layer, windows, dims);
        long[] before = padsBefore(layer, windows, dims);
        long space = product(dims, 2, dims.length);
        long outputSpace = product(outputs, 0, rank);
        int taps = Math.toIntExact(product(window.kernel(), 0, rank));
        int[] offsets = new int[Math.multiplyExact(positions.length, taps)];
        long[] at = new long[rank];
        long[] tap = new long[rank];
        for (int p = 0; p < positions.length; p++) {
            unravel(positions[p] % outputSpace, outputs, at);
            long start = positions[p] / outputSpace * dims[1] * space;
            Arrays.fill(tap, 0);
            for (int t = 0; t < taps; t++) {
                long offset = 0;
                for (int axis = 0; axis < rank && offset >= 0; axis++) {
                    long step = tap[axis] * window.dilations()[axis];
                    long x = transposed
                            ? exactQuotient(at[axis] + before[axis] - step, window.strides()[axis])
                            : at[axis] * window.strides()[axis] + step - before[axis];
                    offset = x < 0 || x >= dims[axis + 2] ? -1 : offset * dims[axis + 2] + x;
                }
                offsets[p * taps + t] = offset < 0 ? -1 : Math.toIntExact(start + offset);
                advance(tap, window.kernel());
            }
        }
        return new PatchOffsets(taps, Math.toIntExact(space), offsets);
    }

    /** a / b, or -1 where that is no whole number or negative. */
    private static long exactQuotient(long a, long b) {
        return a < 0 || a % b != 0 ? -1 : a / b;
    }

    private static void unravel(long index, long[] extents, long[] at) {
        long rest = index;
        for (int axis = extents.length - 1; axis >= 0; axis--) {
            at[axis] = rest % extents[axis];
            rest /= extents[axis];
        }
    }

    private static void advance(long[] counter, long[] extents) {
        for (int axis = extents.length - 1; axis >= 0; axis--) {
            if (++counter[axis] < extents[axis]) {
                return;
            }
            counter[axis] = 0;
        }
    }

    private static long[] outputExtents(Layer layer, Windows windows, long[] dims) {
        Window window = windows.window();
        long[] extents = new long[window.rank()];
        for (int axis = 0; axis < extents.length; axis++) {
            extents[axis] = windows.transposed()
                    ? TransposedExtent.of(layer.node(), window, axis, dims[axis + 2])
                            .outputs()
                    : convolved(window, axis, dims[axis + 2]);
        }
        return extents;
    }

    private static long[] padsBefore(Layer layer, Windows windows, long[] dims) {
        Window window = windows.window();
        long[] before = new long[window.rank()];
        for (int axis = 0; axis < before.length; axis++) {
            before[axis] = windows.transposed()
                    ? TransposedExtent.of(layer.node(), window, axis, dims[axis + 2])
                            .padBefore()
                    : window.padBefore(axis, dims[axis + 2]);
        }
        return before;
    }

    private static long convolved(Window window, int axis, long extent) {
        long stride = window.strides()[axis];
        long span = (window.kernel()[axis] - 1) * window.dilations()[axis] + 1;
        return switch (window.autoPad()) {
            case SAME_UPPER, SAME_LOWER -> (extent + stride - 1) / stride;
            case VALID -> (extent - span) / stride + 1;
            case NOTSET -> {
                long pads = window.pads()[axis] + window.pads()[axis + window.rank()];
                yield (extent + pads - span) / stride + 1;
            }
        };
    }

    /**
     * What a ConvTranspose makes of one axis.
     *
     * @param outputs extent of the output
     * @param padBefore outputs cut off at the beginning
     */
    private record TransposedExtent(long outputs, long padBefore) {

        static TransposedExtent of(Node node, Window window, int axis, long extent) {
            long stride = window.strides()[axis];
            long extra = node.integers("output_padding").map(pads -> pads[axis]).orElse(0L);
            long full = (extent - 1) * stride + extra + (window.kernel()[axis] - 1) * window.dilations()[axis] + 1;
            boolean upper = window.autoPad() == Window.AutoPad.SAME_UPPER;
            boolean same = upper || window.autoPad() == Window.AutoPad.SAME_LOWER;
            long wanted = node.integers("output_shape")
                    .map(shape -> shape[shape.length - window.rank() + axis])
                    .orElse(same ? extent * stride : -1);
            if (wanted >= 0) {
                long total = Math.max(0, full - wanted);
                return new TransposedExtent(full - total, upper ? total / 2 : total - total / 2);
            }
            if (window.autoPad() == Window.AutoPad.VALID) {
                return new TransposedExtent(full, 0);
            }
            long before = window.pads()[axis];
            return new TransposedExtent(full - before - window.pads()[axis + window.rank()], before);
        }
    }

    private static long product(long[] values, int from, int to) {
        long product = 1;
        for (int i = from; i < to; i++) {
            product = Math.multiplyExact(product, values[i]);
        }
        return product;
    }
}
