package lathe.synth.statistics;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import lathe.engine.layer.Layer;

/** Which row of a layer's matrix writes which elements of its output. */
final class OutputRows {

    private OutputRows() {}

    /**
     * The row of each element: outputs are on axis 1 of what slides over space, on the last axis of what a recurrent node
     * multiplies, and else where a bias of {@link lathe.engine.operator.Observed#perOutput} would be added.
     *
     * @param dims extents of the output
     */
    static int[] of(Layer layer, long[] dims) {
        List<Long> perOutput = layer.site().observed().perOutput();
        boolean windows = layer.site().observed().match(found -> true, rows -> false, steps -> false, () -> false);
        long[] spread = perOutput.isEmpty() ? new long[] {layer.rows()} : array(perOutput);
        if (windows) {
            spread = LongStream.concat(
                            LongStream.of(layer.rows()),
                            LongStream.range(2, dims.length).map(axis -> 1))
                    .toArray();
        }
        long[] extents = spread;
        int elements = Math.toIntExact(Arrays.stream(dims).reduce(1, Math::multiplyExact));
        return IntStream.range(0, elements).map(i -> row(i, dims, extents)).toArray();
    }

    private static long[] array(List<Long> extents) {
        return extents.stream().mapToLong(Long::longValue).toArray();
    }

    /** The index, in a tensor of these extents, of the number that a broadcast adds to an element. */
    private static int row(int element, long[] dims, long[] extents) {
        int row = 0;
        int stride = 1;
        int rest = element;
        for (int back = 1; back <= extents.length; back++) {
            int extent = (int) dims[dims.length - back];
            row += extents[extents.length - back] == 1 ? 0 : rest % extent * stride;
            stride *= (int) extents[extents.length - back];
            rest /= extent;
        }
        return row;
    }
}
