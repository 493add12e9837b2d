package lathe.synth.statistics;

import java.util.Arrays;
import lathe.engine.graph.Node;
import lathe.engine.graph.UnsupportedModelException;
import lathe.engine.graph.Window;
import lathe.engine.layer.Layer;
import lathe.engine.layer.Op;

/**
 * Where the inputs of a layer lie in the tensor it reads: for an output position and a kernel tap the index of the
 * element of channel 0, the other channels following at a constant distance. One form for Conv, ConvTranspose, Gemm
 * and MatMul: a matrix product has one tap, and its inputs are the channels.
 *
 * @param taps kernel taps
 * @param channelStride distance between the elements of two neighbouring channels
 * @param offsets positions x taps indices of channel 0; -1 where the tap lies in the padding
 */
record PatchOffsets(int taps, int channelStride, int[] offsets) {

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
        if (layer.op() instanceof Op.Gemm gemm) {
            return dims[gemm.transposeA() ? 1 : 0];
        }
        if (layer.op() instanceof Op.MatMul) {
            return product(dims, 0, dims.length - 1);
        }
        long[] outputs = outputExtents(layer, dims);
        return dims[0] * product(outputs, 0, outputs.length);
    }

    private static void checkReadable(Layer layer, long[] dims) {
        boolean window = layer.op() instanceof Op.Conv || layer.op() instanceof Op.ConvTranspose;
        int taps = window ? window(layer).taps() : 1;
        int axes = window ? window(layer).rank() + 2 : layer.op() instanceof Op.Gemm ? 2 : Math.max(1, dims.length);
        boolean first = layer.op() instanceof Op.Gemm gemm && gemm.transposeA();
        int axis = window ? 1 : first ? 0 : dims.length - 1;
        long channels = (long) layer.groups() * layer.cols() / taps;
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
        if (layer.op() instanceof Op.Gemm gemm && gemm.transposeA()) {
            return new PatchOffsets(1, (int) dims[1], scaled(positions, 1));
        }
        if (layer.op() instanceof Op.Gemm || layer.op() instanceof Op.MatMul) {
            return new PatchOffsets(1, 1, scaled(positions, dims[dims.length - 1]));
        }
        return ofWindow(layer, dims, positions);
    }

    private static int[] scaled(long[] positions, long factor) {
        return Arrays.stream(positions)
                .mapToInt(position -> Math.toIntExact(position * factor))
                .toArray();
    }

    private static PatchOffsets ofWindow(Layer layer, long[] dims, long[] positions) {
        Window window = window(layer);
        boolean transposed = layer.op() instanceof Op.ConvTranspose;
        int rank = window.rank();
        long[] outputs = outputExtents(layer, dims);
        long[] before = padsBefore(layer, dims);
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

    private static Window window(Layer layer) {
        return layer.op() instanceof Op.Conv conv ? conv.window() : ((Op.ConvTranspose) layer.op()).window();
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

    private static long[] outputExtents(Layer layer, long[] dims) {
        Window window = window(layer);
        long[] extents = new long[window.rank()];
        for (int axis = 0; axis < extents.length; axis++) {
            extents[axis] = layer.op() instanceof Op.Conv
                    ? convolved(window, axis, dims[axis + 2])
                    : TransposedExtent.of(layer.node(), window, axis, dims[axis + 2])
                            .outputs();
        }
        return extents;
    }

    private static long[] padsBefore(Layer layer, long[] dims) {
        Window window = window(layer);
        long[] before = new long[window.rank()];
        for (int axis = 0; axis < before.length; axis++) {
            before[axis] = layer.op() instanceof Op.Conv
                    ? window.padBefore(axis, dims[axis + 2])
                    : TransposedExtent.of(layer.node(), window, axis, dims[axis + 2])
                            .padBefore();
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
