package lathe.synth.input;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongSupplier;
import lathe.engine.graph.Value;

/**
 * Extents for axes that the file leaves open. Axes of one symbol get one extent, in whatever inputs they are; 1, where the
 * symbol is a batch's. Not thread-safe.
 */
final class OpenAxes {

    private static final long SIDE = 224;
    static final long VOLUME = 32;
    static final long SEQUENCE = 128;

    /** A second at 16 kHz. */
    static final long WAVEFORM = 16_000;

    private static final long LARGEST_LINE = 127;
    private static final long STEP = 32;

    private static final Set<String> BATCHES = Set.of("b", "bs", "n", "batch");

    private final Map<String, Long> symbols = new HashMap<>();
    private final Set<String> inner = new HashSet<>();
    private final Optional<FoundLength> found;
    private boolean sound;
    private boolean sequences;
    private boolean sides;

    /**
     * @param given shapes of the options, by input name
     * @param found what lengths are, where nothing states them
     */
    OpenAxes(List<Value> inputs, Map<String, long[]> given, Optional<FoundLength> found) {
        this.found = found;
        for (Value input : inputs) {
            for (int axis = 1; axis < input.dims().map(List::size).orElse(0); axis++) {
                inner.add(symbol(input, axis));
            }
        }
        inner.remove("");
        for (Value input : inputs) {
            long[] dims = given.get(input.name());
            for (int axis = 1; dims != null && axis < dims.length; axis++) {
                remember(input, axis, dims[axis]);
            }
        }
    }

    /** The extent of an axis, if its symbol has one already, else the proposed one, which the symbol then keeps. */
    long resolve(Value input, int axis, LongSupplier proposal) {
        Long known = symbols.get(symbol(input, axis));
        if (known != null) {
            return known;
        }
        long proposed = proposal.getAsLong();
        remember(input, axis, proposed);
        return proposed;
    }

    /** True if an axis has a symbol that says that it is a batch. */
    static boolean isBatch(Value input, int axis) {
        return isBatch(symbol(input, axis));
    }

    private static boolean isBatch(String symbol) {
        String lower = symbol.toLowerCase(Locale.ROOT);
        return BATCHES.contains(lower) || lower.startsWith("batch");
    }

    /** True if axis 0 has the symbol of another axis, of this or another input, and so is not free. */
    boolean isBound(Value input) {
        return inner.contains(symbol(input, 0));
    }

    /** A length of sound that nothing states. */
    long sound() {
        sound = true;
        return found.map(FoundLength::extent).orElse(WAVEFORM);
    }

    /** A length of a sequence that nothing states. */
    long sequence() {
        sequences = true;
        return found.map(FoundLength::extent).orElse(SEQUENCE);
    }

    /** A height of images that nothing states. */
    long side() {
        sides = true;
        return found.map(FoundLength::extent).orElse(SIDE);
    }

    /** What was taken for a length, in words. */
    String words(long extent) {
        return found.filter(length -> length.extent() == extent)
                .map(FoundLength::words)
                .orElse("%d taken".formatted(extent));
    }

    /** True if sound was given a length that nothing states. */
    boolean guessedSound() {
        return sound;
    }

    /** True if a sequence was given a length that nothing states. */
    boolean guessedSequence() {
        return sequences;
    }

    /** True if images were given a height that nothing states. */
    boolean guessedSide() {
        return sides;
    }

    private void remember(Value input, int axis, long extent) {
        String symbol = symbol(input, axis);
        if (!symbol.isEmpty() && extent != Shapes.OPEN) {
            symbols.putIfAbsent(symbol, extent);
        }
    }

    /** Exporters may give all axes of an input the name of the batch: of those, only axis 0 has it. */
    private static String symbol(Value input, int axis) {
        String symbol = stated(input, axis);
        return axis > 0 && isBatch(symbol) && symbol.equals(stated(input, 0)) ? "" : symbol;
    }

    private static String stated(Value input, int axis) {
        return input.dims()
                .filter(dims -> axis < dims.size())
                .map(dims -> dims.get(axis).symbol())
                .orElse("");
    }

    /** A width for a height: a line of text where the height is small, as for 48 x 320, else a square. */
    static long widthFor(long height) {
        if (height > LARGEST_LINE) {
            return height;
        }
        return Math.max(STEP, Math.round(height * 20 / 3.0 / STEP) * STEP);
    }
}
