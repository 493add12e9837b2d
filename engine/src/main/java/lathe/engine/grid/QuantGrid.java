package lathe.engine.grid;

/**
 * The integer codes a quantized number may take: all of {@code min..max}.
 *
 * @param bits storage bits a code needs, 2 to 16
 * @param min smallest code
 * @param max largest code
 */
public record QuantGrid(int bits, int min, int max) {

    /** Fewest bits of a code. */
    public static final int FEWEST_BITS = 2;

    /** Most bits of a code where a width is chosen. */
    public static final int MOST_BITS = 8;

    public QuantGrid {
        if (bits < FEWEST_BITS || bits > Short.SIZE || min >= max || max - min >= 1 << bits) {
            throw new IllegalArgumentException("grid of %d bits with codes %d to %d".formatted(bits, min, max));
        }
    }

    /** Signed codes symmetric about zero, {@code -(2^(bits-1)-1)} to {@code 2^(bits-1)-1}: weights. */
    public static QuantGrid symmetric(int bits) {
        int max = (1 << (bits - 1)) - 1;
        return new QuantGrid(bits, -max, max);
    }

    /** All signed codes of that many bits, {@code -2^(bits-1)} to {@code 2^(bits-1)-1}. */
    public static QuantGrid signed(int bits) {
        return new QuantGrid(bits, -(1 << (bits - 1)), (1 << (bits - 1)) - 1);
    }

    /** Unsigned codes, 0 to {@code 2^bits - 1}: activations. */
    public static QuantGrid unsigned(int bits) {
        return new QuantGrid(bits, 0, (1 << bits) - 1);
    }

    /** Number of codes. */
    public int levels() {
        return max - min + 1;
    }

    /** The nearest code, ties to even as in ONNX QuantizeLinear, held inside the grid. */
    public int nearest(double code) {
        return (int) Math.max(min, Math.min(max, Math.rint(code)));
    }

    /** The largest magnitude of a code. */
    public int largestMagnitude() {
        return Math.max(-min, max);
    }
}
