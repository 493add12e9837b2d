package lathe.engine.linalg;

/**
 * Least squares with coefficients that are not negative: x ≥ 0 that minimizes ‖A x - b‖². Coordinate descent on the normal
 * equations, which finds the exact minimum of one coefficient at a time and converges since the problem is convex (V. Franc
 * et al., "Sequential coordinate-wise algorithm for the non-negative least squares problem", CAIP 2005).
 */
public final class NonNegativeLeastSquares {

    private static final int SWEEPS = 100_000;

    /** What is left of the largest violation of the optimality conditions, relative to the largest at x = 0. */
    private static final double TOLERANCE = 1e-10;

    private NonNegativeLeastSquares() {}

    /**
     * Finds x. O(rows cols²), then O(cols²) a sweep, at most {@value #SWEEPS}. Columns are scaled to the same length first;
     * the coefficient of a column of zeros is 0.
     *
     * @param a rows of the same length, finite
     * @param b one number a row, finite
     */
    public static double[] solve(double[][] a, double[] b) {
        int cols = a.length == 0 ? 0 : a[0].length;
        double[] length = new double[cols];
        for (double[] row : a) {
            for (int j = 0; j < cols; j++) {
                length[j] += row[j] * row[j];
            }
        }
        for (int j = 0; j < cols; j++) {
            length[j] = Math.sqrt(length[j]);
        }
        double[][] gram = new double[cols][cols];
        double[] gradient = new double[cols]; // of half the squared error
        for (int i = 0; i < a.length; i++) {
            for (int j = 0; j < cols; j++) {
                if (a[i][j] != 0) {
                    double scaled = a[i][j] / length[j];
                    gradient[j] -= scaled * b[i];
                    for (int k = 0; k < cols; k++) {
                        gram[j][k] += a[i][k] == 0 ? 0 : scaled * a[i][k] / length[k];
                    }
                }
            }
        }
        double[] x = descend(gram, gradient);
        for (int j = 0; j < cols; j++) {
            x[j] = length[j] == 0 ? 0 : x[j] / length[j];
        }
        return x;
    }

    private static double[] descend(double[][] gram, double[] gradient) {
        double[] x = new double[gradient.length];
        double limit = TOLERANCE * violation(x, gradient);
        for (int sweep = 0; sweep < SWEEPS && violation(x, gradient) > limit; sweep++) {
            for (int j = 0; j < x.length; j++) {
                double better = gram[j][j] == 0 ? 0 : Math.max(0, x[j] - gradient[j] / gram[j][j]);
                double step = better - x[j];
                if (step != 0) {
                    x[j] = better;
                    for (int k = 0; k < x.length; k++) {
                        gradient[k] += step * gram[j][k];
                    }
                }
            }
        }
        return x;
    }

    /** At the minimum, the gradient is 0 where x is positive, and not negative elsewhere. */
    private static double violation(double[] x, double[] gradient) {
        double largest = 0;
        for (int j = 0; j < x.length; j++) {
            largest = Math.max(largest, x[j] > 0 ? Math.abs(gradient[j]) : -gradient[j]);
        }
        return largest;
    }
}
