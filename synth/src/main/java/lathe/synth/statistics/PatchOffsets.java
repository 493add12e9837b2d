package lathe.synth.statistics;

import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import lathe.engine.graph.Node;
import lathe.engine.graph.UnsupportedModelException;
import lathe.engine.graph.Window;
import lathe.engine.layer.Layer;
import lathe.engine.operator.Observed.Axis;
import lathe.engine.operator.Observed.Rows;
import lathe.engine.operator.Observed.Windows;

/**
 * Where the inputs of a layer lie in the tensor it reads: an index for an output position and a kernel tap, plus one for a
 * channel. One form for Conv, ConvTranspose, matrix products and recurrent nodes: a product has one tap, and its inputs
 * are the channels, group by group.
 *
 * @param taps kernel taps
 * @param channels index of each channel, over all groups, from channel 0 on; groups may read the same elements
 * @param offsets positions x taps indices of channel 0; -1 where the tap lies in the padding
 */
record PatchOffsets(int taps, int[] channels, int[] offsets) {

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
                rows -> {
                    long[] positions = positions(rows, dims);
                    return product(positions, 0, positions.length);
                });
    }

    private static <R> R match(Layer layer, Function<Windows, R> windows, Function<Rows, R> rows) {
        return layer.site().observed().match(windows, rows, steps -> rows.apply(steps(layer)), () -> {
            throw new IllegalArgumentException("layer '%s': indices have no patches".formatted(layer.name()));
        });
    }

    /** Steps of recurrent nodes have their inputs on the last axis; so have the states that {@link LayerInputs} adds. */
    private static Rows steps(Layer layer) {
        Axis last = new Axis(-1, layer.layout().inputs());
        return new Rows(OptionalInt.empty(), List.of(last), List.of(), List.of(), false);
    }

    private static void checkReadable(Layer layer, long[] dims) {
        boolean readable = match(
                layer,
                windows -> dims.length == windows.window().rank() + 2
                        && dims[1] == layer.layout().inputs(),
                rows -> dims.length == rows.rank().orElse(Math.max(1, dims.length))
                        && rows.inputs().stream().allMatch(axis -> dims[axisOf(axis, dims)] == axis.extent())
                        && rows.groups().stream()
                                .allMatch(axis -> isShared(axis, dims) || dims[axisOf(axis, dims)] == axis.extent()));
        if (!readable) {
            String wanted = match(
                    layer,
                    windows -> "%d channels on axis 1 of %d"
                            .formatted(layer.layout().inputs(), windows.window().rank() + 2),
                    rows -> Stream.concat(rows.inputs().stream(), rows.groups().stream())
                            .map(axis -> "%d on axis %d".formatted(axis.extent(), axis.position()))
                            .collect(Collectors.joining(", ")));
            throw new UnsupportedModelException("layer '%s' wants %s, and gets a tensor of shape %s"
                    .formatted(layer.name(), wanted, Arrays.toString(dims)));
        }
    }

    /** The only axis of a vector, whatever its position. */
    private static int axisOf(Axis axis, long[] dims) {
        return Math.max(0, dims.length + axis.position());
    }

    /** True if all groups along an axis read the same elements. */
    private static boolean isShared(Axis axis, long[] dims) {
        return dims.length + axis.position() < 0 || dims[axisOf(axis, dims)] == 1;
    }

    /** The axes that neither inputs nor groups lie on. */
    private static int[] positionAxes(Rows rows, long[] dims) {
        Set<Integer> taken = Stream.concat(
                        rows.inputs().stream(), rows.groups().stream().filter(axis -> !isShared(axis, dims)))
                .map(axis -> axisOf(axis, dims))
                .collect(Collectors.toSet());
        return IntStream.range(0, dims.length)
                .filter(axis -> !taken.contains(axis))
                .toArray();
    }

    private static long[] positions(Rows rows, long[] dims) {
        return Arrays.stream(positionAxes(rows, dims))
                .mapToLong(axis -> dims[axis])
                .toArray();
    }

    /**
     * The offsets of some positions.
     *
     * @param dims shape of the layer's input
     * @param positions each less than {@link #count}
     */
    static PatchOffsets of(Layer layer, long[] dims, long[] positions) {
        return match(
                layer, windows -> ofWindow(layer, windows, dims, positions), rows -> ofRows(rows, dims, positions));
    }

    /**
     * The offsets of a chunk's share of the {@linkplain Positions#wanted positions wanted}.
     *
     * @param dims shape of the layer's input in that chunk
     * @param seed decides which positions
     */
    static PatchOffsets drawn(Layer layer, long[] dims, Sink.Chunk chunk, long seed) {
        long wanted = chunk.share(Positions.wanted(layer.groups(), layer.cols()));
        long chosen = Positions.seed(seed, layer.name(), chunk.from());
        return of(layer, dims, Positions.draw(count(layer, dims), wanted, chosen));
    }

    private static PatchOffsets ofRows(Rows rows, long[] dims, long[] positions) {
        long[] strides = strides(dims);
        long[] ofPositions = Arrays.stream(positionAxes(rows, dims))
                .mapToLong(axis -> strides[axis])
                .toArray();
        int[] groups = along(rows.groups(), axis -> isShared(axis, dims) ? 0 : strides[axisOf(axis, dims)]);
        int[] inputs = along(rows.inputs(), axis -> strides[axisOf(axis, dims)]);
        int[] channels = Arrays.stream(groups)
                .flatMap(group -> Arrays.stream(inputs).map(input -> group + input))
                .toArray();
        int[] offsets = new int[positions.length];
        long[] extents = positions(rows, dims);
        long[] at = new long[extents.length];
        for (int p = 0; p < offsets.length; p++) {
            unravel(positions[p], extents, at);
            long offset = 0;
            for (int axis = 0; axis < at.length; axis++) {
                offset += at[axis] * ofPositions[axis];
            }
            offsets[p] = Math.toIntExact(offset);
        }
        return new PatchOffsets(1, channels, offsets);
    }

    /** Where the elements along some axes lie, the last axis innermost. */
    private static int[] along(List<Axis> axes, ToLongFunction<Axis> stride) {
        long[] offsets = {0};
        for (Axis axis : axes) {
            offsets = Arrays.stream(offsets)
                    .flatMap(start -> LongStream.range(0, axis.extent()).map(i -> start + i * stride.applyAsLong(axis)))
                    .toArray();
        }
        return Arrays.stream(offsets).mapToInt(Math::toIntExact).toArray();
    }

    private static long[] strides(long[] dims) {
        long[] strides = new long[dims.length];
        for (int axis = 0; axis < dims.length; axis++) {
            strides[axis] = product(dims, axis + 1, dims.length);
        }
        return strides;
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
        int distance = Math.toIntExact(space);
        int[] channels = IntStream.range(0, Math.toIntExact(dims[1]))
                .map(channel -> channel * distance)
                .toArray();
        return new PatchOffsets(taps, channels, offsets);
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
