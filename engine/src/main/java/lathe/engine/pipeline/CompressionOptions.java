package lathe.engine.pipeline;

import java.util.List;
import java.util.OptionalInt;
import lathe.engine.grid.ActivationRange;

/**
 * What to do to a network, apart from how to solve a layer and where statistics come from.
 *
 * @param activationBits bits an activation takes, 4 to 8, or empty to leave activations in float; what the first and the
 *     last layer read takes 8 in any case
 * @param activationRange how the range of an activation is chosen
 * @param exclude globs over layer names: {@code *} is any run of characters, {@code ?} any one
 * @param threads worker threads, at least 1; the result does not depend on it
 */
public record CompressionOptions(
        OptionalInt activationBits, ActivationRange activationRange, List<String> exclude, int threads) {

    /** Bits of what the first and the last layer read. */
    static final int END_BITS = 8;

    /** 8-bit activations, clipped, nothing excluded, one thread. */
    public static final CompressionOptions DEFAULT =
            new CompressionOptions(OptionalInt.of(8), ActivationRange.MSE, List.of(), 1);

    public CompressionOptions {
        exclude = List.copyOf(exclude);
        if (threads < 1) {
            throw new IllegalArgumentException("%d threads; at least 1 is needed".formatted(threads));
        }
        activationBits.ifPresent(bits -> {
            if (bits < 4 || bits > END_BITS) {
                throw new IllegalArgumentException("%d-bit activations; 4 to 8 are supported".formatted(bits));
            }
        });
    }
}
