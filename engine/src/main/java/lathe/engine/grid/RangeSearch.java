package lathe.engine.grid;

import java.util.Arrays;

/**
 * Ranges for one histogram. The error of a range is the mean squared difference between the bins' centres and what
 * their codes stand for; the bin at 0 counts as exactly 0, which a Relu makes of most elements.
 */
final class RangeSearch {

    /** Each candidate end is this much nearer to 0 than the one before. */
    private static final double SHRINK = 0.96;

    private static final int CANDIDATES = 100;
    private static final int ROUNDS = 2;

    private final QuantGrid grid;
    private final double least;
    private final double most;
    private final double[] centres;
    private final long[] counts;

    RangeSearch(Histogram seen, QuantGrid grid, double low, double high) {
        this.grid = grid;
        this.least = Math.max(low, Math.min(0, seen.min()));
        this.most = Math.min(high, Math.max(0, seen.max()));
        int filled = 0;
        double[] centresFound = new double[Histogram.BINS];
        long[] countsFound = new long[Histogram.BINS];
        for (int bin = 0; bin < Histogram.BINS; bin++) {
            boolean atZero = Math.abs(seen.centreOf(bin)) < seen.binWidth() && seen.centreOf(bin) > 0;
            if (seen.countOf(bin) > 0 && !atZero) {
                centresFound[filled] = seen.centreOf(bin);
                countsFound[filled++] = seen.countOf(bin);
            }
        }
        this.centres = Arrays.copyOf(centresFound, filled);
        this.counts = Arrays.copyOf(countsFound, filled);
    }

    AffineScale covering() {
        return scale(least, most);
    }

    /**
     * Moves one end at a time, the upper first; the range that covers everything is the first candidate.
     *
     * @param clippedWeight how many times the squared error of a clipped element counts, 1 or more
     */
    AffineScale leastError(double clippedWeight) {
        double from = least;
        double to = most;
        for (int round = 0; round < ROUNDS; round++) {
            to = bestEnd(to, from, true, clippedWeight);
            from = bestEnd(from, to, false, clippedWeight);
        }
        return scale(from, to);
    }

    private double bestEnd(double start, double otherEnd, boolean upper, double clippedWeight) {
        double best = start;
        double bestError = Double.POSITIVE_INFINITY;
        double end = start;
        for (int i = 0; i < CANDIDATES && end != 0; i++) {
            double error = error(upper ? scale(otherEnd, end) : scale(end, otherEnd), clippedWeight);
            if (error < bestError) {
                bestError = error;
                best = end;
            }
            end *= SHRINK;
        }
        return best;
    }

    /** Sum of squared differences over all elements; one above half a step is that of a clipped element. */
    double error(AffineScale affine, double clippedWeight) {
        double step = affine.scale();
        double low = affine.low();
        double high = affine.high();
        double sum = 0;
        for (int i = 0; i < centres.length; i++) {
            double value = Math.max(low, Math.min(high, Math.rint(centres[i] / step) * step));
            double difference = centres[i] - value;
            double weight = Math.abs(difference) > step / 2 ? clippedWeight : 1;
            sum += weight * counts[i] * difference * difference;
        }
        return sum;
    }

    private AffineScale scale(double from, double to) {
        int steps = grid.levels() - 1;
        float scale = (float) ((to - from) / steps);
        // Rounded up, the range would pass a bound that the caller said nothing can pass.
        if ((double) scale * steps > to - from) {
            scale = Math.nextDown(scale);
        }
        scale = Math.max(scale, Float.MIN_NORMAL);
        return new AffineScale(grid, scale, grid.nearest(grid.min() - from / scale));
    }
}
