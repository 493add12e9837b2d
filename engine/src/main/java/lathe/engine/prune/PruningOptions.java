package lathe.engine.prune;

/**
 * Settings of pruning.
 *
 * @param damping what is added to the diagonal of the Gram matrix, as a share of its mean. It keeps the remaining
 *     weights near their original values in directions with little data; 0 for plain least squares
 * @param largestExact layers of up to this many inputs have their weights ranked exactly, at O(inputs³) per output
 *     channel, unless that takes more than a few seconds
 */
public record PruningOptions(double damping, int largestExact) {

    /** Default settings. */
    public static final PruningOptions DEFAULT = new PruningOptions(0.01, 1152);

    public PruningOptions {
        if (!(damping >= 0) || Double.isInfinite(damping)) {
            throw new IllegalArgumentException("damping %s is negative or not finite".formatted(damping));
        }
        if (largestExact < 0) {
            throw new IllegalArgumentException("exact ranking up to %d inputs".formatted(largestExact));
        }
    }
}
