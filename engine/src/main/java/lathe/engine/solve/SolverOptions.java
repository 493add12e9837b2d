package lathe.engine.solve;

import lathe.engine.grid.WeightFormat;

/**
 * Settings of the solvers.
 *
 * @param scaleCandidates how many scales round to nearest tries for each output
 * @param smallestFraction the smallest scale tried, as a share of the one that just holds the largest weight
 * @param largestFraction the largest scale tried, as the same share
 * @param trials how many scales around the expected best one GPTQ tries for each output
 * @param reach how far these lie to both sides at most, as a share of the expected best
 * @param refits how often at most GPTQ fits the scale to the codes; each time but the first finds the codes again
 */
public record SolverOptions(
        int scaleCandidates, double smallestFraction, double largestFraction, int trials, double reach, int refits) {

    /** Default settings. */
    public static final SolverOptions DEFAULT = new SolverOptions(50, 0.35, 1.1, 7, 0.2, 1);

    /** For many codes: clipping soon costs more than the finer scale gains, so the best scale is near the largest. */
    private static final SolverOptions FINE = new SolverOptions(11, 0.8, 1, 3, 0.03, 1);

    private static final int MANY_CODES = 255;

    public SolverOptions {
        if (!(smallestFraction > 0 && smallestFraction <= largestFraction) || Double.isInfinite(largestFraction)) {
            throw new IllegalArgumentException(
                    "scale fractions from %s to %s".formatted(smallestFraction, largestFraction));
        }
        if (scaleCandidates < 1 || trials < 1 || !(reach >= 0 && reach < 1) || refits < 0) {
            throw new IllegalArgumentException("%d scale candidates, %d trials within %s, %d refits"
                    .formatted(scaleCandidates, trials, reach, refits));
        }
    }

    /**
     * The same with only those scales that a layer's outputs may need. An output of few inputs often gains from clipping
     * one of its weights, with any number of codes.
     *
     * @param inputs of an output
     */
    public SolverOptions neededFor(WeightFormat format, int inputs) {
        if (format.levels().count() < MANY_CODES || inputs <= SphereDecoding.MOST_INPUTS) {
            return this;
        }
        double smallest = Math.max(smallestFraction, FINE.smallestFraction);
        return new SolverOptions(
                Math.min(scaleCandidates, FINE.scaleCandidates),
                smallest,
                Math.max(smallest, Math.min(largestFraction, FINE.largestFraction)),
                Math.min(trials, FINE.trials),
                Math.min(reach, FINE.reach),
                refits);
    }

    /** The same with the scale of least expected error alone in GPTQ, then fitted to the codes. */
    SolverOptions withOneTrial() {
        return new SolverOptions(scaleCandidates, smallestFraction, largestFraction, 1, 0, 1);
    }

    /** The same for weights whose scale is given: one candidate, and no fitting. */
    SolverOptions withOneScale() {
        return new SolverOptions(1, 1, 1, 1, 0, 0);
    }

    /** Fraction {@code index} of {@link #scaleCandidates}, equally spaced, the largest first. */
    double fraction(int index) {
        return scaleCandidates == 1
                ? largestFraction
                : largestFraction - (largestFraction - smallestFraction) * index / (scaleCandidates - 1);
    }
}
