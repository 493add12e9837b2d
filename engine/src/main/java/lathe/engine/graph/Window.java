package lathe.engine.graph;

import java.util.Arrays;

/**
 * The geometry of a convolution or a pool over its spatial axes, one entry an axis.
 *
 * @param kernel extent of the kernel
 * @param strides steps between outputs
 * @param dilations steps between taps
 * @param pads at the beginning of each axis, then at the end of each axis; read only when {@code autoPad} is NOTSET
 * @param autoPad how the padding follows from the input's extent
 */
public record Window(long[] kernel, long[] strides, long[] dilations, long[] pads, AutoPad autoPad) {

    /** What an attribute may be, so that sums and products of them with an extent stay within 63 bits. */
    private static final long MOST = Integer.MAX_VALUE;

    /** The ONNX attribute {@code auto_pad}. */
    public enum AutoPad {
        NOTSET,
        SAME_UPPER,
        SAME_LOWER,
        VALID
    }

    /**
     * Reads the geometry of a node whose kernel has these spatial extents, with the defaults of ONNX.
     *
     * @throws UnsupportedModelException if an attribute does not fit the number of axes, or makes no sense
     */
    public static Window of(Node node, long[] kernel) {
        long[] ones = new long[kernel.length];
        Arrays.fill(ones, 1);
        return new Window(
                kernel,
                checked(node, "strides", node.integers("strides").orElse(ones), kernel.length, 1),
                checked(node, "dilations", node.integers("dilations").orElse(ones), kernel.length, 1),
                checked(
                        node,
                        "pads",
                        node.integers("pads").orElse(new long[2 * kernel.length]),
                        2 * kernel.length,
                        -MOST),
                autoPad(node));
    }

    private static long[] checked(Node node, String attribute, long[] values, int length, long least) {
        if (values.length != length || Arrays.stream(values).anyMatch(value -> value < least || value > MOST)) {
            throw new UnsupportedModelException(
                    "node %s: %s = %s for %d entries".formatted(node, attribute, Arrays.toString(values), length));
        }
        return values;
    }

    private static AutoPad autoPad(Node node) {
        String text = node.text("auto_pad", AutoPad.NOTSET.name());
        return Arrays.stream(AutoPad.values())
                .filter(value -> value.name().equals(text))
                .findFirst()
                .orElseThrow(() -> new UnsupportedModelException("node %s: auto_pad = '%s'".formatted(node, text)));
    }

    /** Number of spatial axes. */
    public int rank() {
        return kernel.length;
    }

    /** Number of taps: the product of the kernel's extents. */
    public int taps() {
        int taps = 1;
        for (long extent : kernel) {
            taps = Math.multiplyExact(taps, Math.toIntExact(extent));
        }
        return taps;
    }

    /** The product of the strides. */
    public long positionsPerStep() {
        return Arrays.stream(strides).reduce(1, Math::multiplyExact);
    }

    /** Padding of a convolution before the first element of an axis whose input has this extent. */
    public long padBefore(int axis, long inputExtent) {
        return switch (autoPad) {
            case NOTSET -> pads[axis];
            case VALID -> 0;
            case SAME_UPPER -> totalSamePad(axis, inputExtent) / 2;
            case SAME_LOWER -> (totalSamePad(axis, inputExtent) + 1) / 2;
        };
    }

    private long totalSamePad(int axis, long inputExtent) {
        long outputs = (inputExtent + strides[axis] - 1) / strides[axis];
        long span = (kernel[axis] - 1) * dilations[axis] + 1;
        return Math.max(0, (outputs - 1) * strides[axis] + span - inputExtent);
    }
}
