package lathe.engine.prune;

/**
 * Settings of pruning.
 *
 * @param damping what is added to the diagonal of the Gram matrix, as a share of its mean. It keeps survivors near the
 *     weights they were where few samples say otherwise; 0 for plain least squares
 * @param largestExact layers of up to so many inputs have their weights ranked exactly, at O(inputs³) an output, unless
 *     that takes more than a few seconds
 */
public record PruningOptions(double damping, int largestExact) {

    /** Settings that served every network measured so far. */
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
