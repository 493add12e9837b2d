package lathe.engine.grid;

import java.util.Arrays;

/**
 * Which scale of an output each of its weights takes, as blocked DequantizeLinear of ONNX opset 21 has it: at every tap
 * of the kernel, each {@code block} input channels in a row share one. The last block may be shorter.
 *
 * @param cols weights of an output
 * @param taps taps of the kernel; column {@code c * taps + t} is channel c at tap t
 * @param block input channels that share a scale
 */
public record Blocks(int cols, int taps, int block) {

    public Blocks {
        if (cols < 0 || taps < 1 || cols % taps != 0 || block < 1) {
            throw new IllegalArgumentException(
                    "%d weights of %d taps in blocks of %d channels".formatted(cols, taps, block));
        }
    }

    /** One scale for all weights of an output. */
    public static Blocks one(int cols) {
        return new Blocks(cols, 1, Math.max(1, cols));
    }

    /** True if an output has one scale. */
    public boolean isOne() {
        return count() <= 1;
    }

    /** Scales of an output. */
    public int count() {
        return Math.max(1, (cols / taps + block - 1) / block * taps);
    }

    /** The scale, {@code 0 .. count() - 1}, that a column takes: block after block, tap by tap within. */
    public int of(int col) {
        return col / taps / block * taps + col % taps;
    }

    /**
     * Writes the scale of each column.
     *
     * @param scales {@link #count()} of them
     * @param into {@link #cols()} long
     */
    public void spread(float[] scales, float[] into) {
        int first = 0;
        for (int start = 0; start < cols; start += block * taps) {
            int end = Math.min(cols, start + block * taps);
            if (taps == 1) {
                Arrays.fill(into, start, end, scales[first]);
            }
            for (int col = start; col < end && taps > 1; col += taps) {
                System.arraycopy(scales, first, into, col, taps);
            }
            first += taps;
        }
    }
}
