package lathe.engine.pipeline;

import java.util.List;
import java.util.OptionalInt;
import lathe.engine.grid.ActivationRange;

/**
 * What to do to a network, apart from how to solve a layer and where statistics come from.
 *
 * @param activationBits bits an activation takes, 8, or empty to leave activations in float
 * @param activationRange how the range of an activation is chosen
 * @param exclude globs over layer names: {@code *} is any run of characters, {@code ?} any one
 * @param threads worker threads, at least 1; the result does not depend on it
 */
public record CompressionOptions(
        OptionalInt activationBits, ActivationRange activationRange, List<String> exclude, int threads) {

    /** 8-bit activations, clipped with caution, nothing excluded, one thread. */
    public static final CompressionOptions DEFAULT =
            new CompressionOptions(OptionalInt.of(8), ActivationRange.CAUTIOUS, List.of(), 1);

    public CompressionOptions {
        exclude = List.copyOf(exclude);
        if (threads < 1) {
            throw new IllegalArgumentException("%d threads; at least 1 is needed".formatted(threads));
        }
        if (activationBits.isPresent() && activationBits.getAsInt() != 8) {
            throw new IllegalArgumentException(
                    "%d-bit activations; only 8 are supported".formatted(activationBits.getAsInt()));
        }
    }
}
