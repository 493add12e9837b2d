package lathe.synth.input;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import lathe.engine.graph.Value;

/**
 * Extents for axes that the file leaves open. Axes of one symbol get one extent, in whatever inputs they are. Not
 * thread-safe.
 */
final class OpenAxes {

    static final long SIDE = 224;
    static final long VOLUME = 32;
    static final long SEQUENCE = 128;

    /** A second at 16 kHz. */
    static final long WAVEFORM = 16_000;

    private static final long LARGEST_LINE = 127;
    private static final long STEP = 32;

    private final Map<String, Long> symbols = new HashMap<>();

    /** @param given shapes of the options, by input name */
    OpenAxes(List<Value> inputs, Map<String, long[]> given) {
        for (Value input : inputs) {
            long[] dims = given.get(input.name());
            for (int axis = 1; dims != null && axis < dims.length; axis++) {
                remember(input, axis, dims[axis]);
            }
        }
    }

    /** The extent of an axis, if its symbol has one already, else the proposed one, which the symbol then keeps. */
    long resolve(Value input, int axis, long proposed) {
        Long known = symbols.get(symbol(input, axis));
        if (known != null) {
            return known;
        }
        remember(input, axis, proposed);
        return proposed;
    }

    private void remember(Value input, int axis, long extent) {
        String symbol = symbol(input, axis);
        if (!symbol.isEmpty() && extent != Shapes.OPEN) {
            symbols.putIfAbsent(symbol, extent);
        }
    }

    private static String symbol(Value input, int axis) {
        return input.dims()
                .filter(dims -> axis < dims.size())
                .map(dims -> dims.get(axis).symbol())
                .orElse("");
    }

    /** A height for a width, which may be open too. */
    static long heightFor(long width) {
        return width == Shapes.OPEN ? SIDE : width;
    }

    /** A width for a height: a line of text where the height is small, as for 48 x 320, else a square. */
    static long widthFor(long height) {
        if (height > LARGEST_LINE) {
            return height;
        }
        return Math.max(STEP, Math.round(height * 20 / 3.0 / STEP) * STEP);
    }
}
