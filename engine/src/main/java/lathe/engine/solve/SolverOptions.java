package lathe.engine.solve;

/**
 * Settings of the solvers.
 *
 * @param scaleCandidates how many scales round to nearest tries for each output
 * @param smallestFraction the smallest scale tried, as a share of the one that just holds the largest weight
 * @param largestFraction the largest scale tried, as the same share
 * @param trials how many scales around the expected best one GPTQ tries for each output
 * @param refits how often at most GPTQ fits the scale to the codes; each time but the first finds the codes again
 */
public record SolverOptions(
        int scaleCandidates, double smallestFraction, double largestFraction, int trials, int refits) {

    /** Default settings. */
    public static final SolverOptions DEFAULT = new SolverOptions(50, 0.35, 1.1, 7, 1);

    public SolverOptions {
        if (!(smallestFraction > 0 && smallestFraction <= largestFraction) || Double.isInfinite(largestFraction)) {
            throw new IllegalArgumentException(
                    "scale fractions from %s to %s".formatted(smallestFraction, largestFraction));
        }
        if (scaleCandidates < 1 || trials < 1 || refits < 0) {
            throw new IllegalArgumentException(
                    "%d scale candidates, %d trials, %d refits".formatted(scaleCandidates, trials, refits));
        }
    }

    /** The same for weights whose scale is given: one candidate, and no fitting. */
    SolverOptions withOneScale() {
        return new SolverOptions(1, 1, 1, 1, 0);
    }

    /** Fraction {@code index} of {@link #scaleCandidates}, equally spaced, the largest first. */
    double fraction(int index) {
        return scaleCandidates == 1
                ? largestFraction
                : largestFraction - (largestFraction - smallestFraction) * index / (scaleCandidates - 1);
    }
}
