package lathe.engine.grid;

/**
 * Squared distances of a histogram's numbers from a point, at the cost of two look-ups: the sums of 1, x and x² up to
 * each bin are kept. Numbers count as spread evenly over their bin, so that steps of a few bins do not fit the bins by
 * chance; those in the bin at 0 count as exactly 0, which a Relu makes of most. Immutable.
 */
final class Moments {

    private final double[] edges = new double[Histogram.BINS + 1];
    private final double[] weight = new double[Histogram.BINS + 1];
    private final double[] sum = new double[Histogram.BINS + 1];
    private final double[] squares = new double[Histogram.BINS + 1];
    private final double firstEdge;
    private final double binWidth;

    Moments(Histogram seen) {
        binWidth = seen.binWidth();
        firstEdge = seen.centreOf(0) - binWidth / 2;
        double least = seen.count() == 0 ? 0 : seen.min();
        double most = seen.count() == 0 ? 0 : seen.max();
        for (int bin = 0; bin <= Histogram.BINS; bin++) {
            double edge = firstEdge + bin * binWidth;
            edges[bin] = Math.max(least, Math.min(most, edge));
        }
        for (int bin = 0; bin < Histogram.BINS; bin++) {
            double count = firstEdge + bin * binWidth == 0 ? 0 : seen.countOf(bin);
            double a = edges[bin];
            double b = edges[bin + 1];
            weight[bin + 1] = weight[bin] + count;
            sum[bin + 1] = sum[bin] + count * (a + b) / 2;
            squares[bin + 1] = squares[bin] + count * (a * a + a * b + b * b) / 3;
        }
    }

    /** Sum of the squared distances of all numbers from {@code from} up to {@code to} from a point; ends may be infinite. */
    double squaredDistance(double point, double from, double to) {
        return Math.max(0, upTo(to, point) - upTo(from, point));
    }

    private double upTo(double bound, double point) {
        int bin = (int) Math.max(0, Math.min(Histogram.BINS - 1, (bound - firstEdge) / binWidth));
        double a = edges[bin];
        double b = Math.max(a, Math.min(edges[bin + 1], bound));
        double part = b >= edges[bin + 1] ? 1 : (b - a) / (edges[bin + 1] - a);
        double count = part * (weight[bin + 1] - weight[bin]);
        double w = weight[bin] + count;
        double s = sum[bin] + count * (a + b) / 2;
        double q = squares[bin] + count * (a * a + a * b + b * b) / 3;
        return q - point * (2 * s - point * w);
    }
}
