package lathe.engine.solve;

/**
 * Settings of the solvers.
 *
 * @param damping what is added to the diagonal of the Gram matrix before it is factored, as a share of its mean
 * @param scaleCandidates how many scales are tried for each output
 * @param smallestFraction the smallest scale tried, as a share of the one that just holds the largest weight
 * @param largestFraction the largest scale tried, as the same share
 * @param refits how often at most a scale is fitted to the codes and the codes are found again
 */
public record SolverOptions(
        double damping, int scaleCandidates, double smallestFraction, double largestFraction, int refits) {

    /** Settings that served every network measured so far. */
    public static final SolverOptions DEFAULT = new SolverOptions(0.01, 50, 0.35, 1.1, 4);

    public SolverOptions {
        if (!(damping >= 0) || Double.isInfinite(damping)) {
            throw new IllegalArgumentException("damping %s is negative or not finite".formatted(damping));
        }
        if (scaleCandidates < 1) {
            throw new IllegalArgumentException("%d scale candidates".formatted(scaleCandidates));
        }
        if (!(smallestFraction > 0 && smallestFraction <= largestFraction) || Double.isInfinite(largestFraction)) {
            throw new IllegalArgumentException(
                    "scale fractions from %s to %s".formatted(smallestFraction, largestFraction));
        }
        if (refits < 0) {
            throw new IllegalArgumentException("%d refits".formatted(refits));
        }
    }
}
