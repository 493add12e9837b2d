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

    /** The ONNX attribute {@code auto_pad}. */
    public enum AutoPad {
        NOTSET,
        SAME_UPPER,
        SAME_LOWER,
        VALID
    }

    /** Reads the geometry of a node whose kernel has these spatial extents, with the defaults of ONNX. */
    public static Window of(Node node, long[] kernel) {
        long[] ones = new long[kernel.length];
        Arrays.fill(ones, 1);
        return new Window(
                kernel,
                node.integers("strides").orElse(ones),
                node.integers("dilations").orElse(ones),
                node.integers("pads").orElse(new long[2 * kernel.length]),
                AutoPad.valueOf(node.text("auto_pad", "NOTSET")));
    }

    /** Number of spatial axes. */
    public int rank() {
        return kernel.length;
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
