package lathe.engine.linalg;

import java.util.Arrays;
import java.util.BitSet;

/**
 * Least squares with coefficients that are not negative: x ≥ 0 that minimizes ‖A x - b‖². The active-set method of C. Lawson and
 * R. Hanson, "Solving Least Squares Problems", 1974, chapter 23, on the normal equations: coefficients become positive one by
 * one, and least squares over the positive ones is exact, so nearly dependent columns do not slow it down.
 */
public final class NonNegativeLeastSquares {

    /** What is left of the largest violation of the optimality conditions, relative to the largest at x = 0. */
    private static final double TOLERANCE = 1e-10;

    /** Times as many as coefficients; rounding could make changes go in a circle. */
    private static final int MOST_CHANGES = 30;

    private NonNegativeLeastSquares() {}

    /**
     * Finds x. O(rows cols²), then O(cols³) for each coefficient that becomes positive. Columns are scaled to the same length
     * first; the coefficient of a column of zeros, and of one that depends on columns before, is 0.
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
        double[] gram = new double[cols * cols];
        double[] right = new double[cols];
        for (int i = 0; i < a.length; i++) {
            for (int j = 0; j < cols; j++) {
                if (a[i][j] != 0) {
                    double scaled = a[i][j] / length[j];
                    right[j] += scaled * b[i];
                    for (int k = 0; k < cols; k++) {
                        gram[j * cols + k] += a[i][k] == 0 ? 0 : scaled * a[i][k] / length[k];
                    }
                }
            }
        }
        double[] x = solve(GramMatrix.of(cols, gram), right);
        for (int j = 0; j < cols; j++) {
            x[j] = length[j] == 0 ? 0 : x[j] / length[j];
        }
        return x;
    }

    private static double[] solve(GramMatrix gram, double[] right) {
        double[] x = new double[right.length];
        double limit = TOLERANCE * Arrays.stream(right).max().orElse(0);
        BitSet positive = new BitSet();
        BitSet tried = new BitSet(); // since x last changed
        try (PrincipalSolver solver = gram.principalSolver(right.length)) {
            int next = steepest(gram, right, x, tried, limit);
            for (int change = 0; change < MOST_CHANGES * x.length && next >= 0; change++) {
                tried.set(next);
                positive.set(next);
                if (!fit(solver, right, positive, x)) {
                    positive.clear(next);
                } else {
                    tried.clear();
                    tried.or(positive);
                }
                next = steepest(gram, right, x, tried, limit);
            }
        }
        return x;
    }

    /** The coefficient whose growth lowers the error most; -1 if none does by more than the limit. */
    private static int steepest(GramMatrix gram, double[] right, double[] x, BitSet without, double limit) {
        double[] products = gram.times(x, 1);
        int steepest = -1;
        double most = limit;
        for (int j = 0; j < x.length; j++) {
            if (!without.get(j) && right[j] - products[j] > most) {
                most = right[j] - products[j];
                steepest = j;
            }
        }
        return steepest;
    }

    /**
     * Moves x to the least squares over the positive coefficients, on the way to which those that become 0 are dropped.
     *
     * @return false if the one whose x is 0 stays so, or depends on the others: x is then as before
     */
    private static boolean fit(PrincipalSolver solver, double[] right, BitSet positive, double[] x) {
        while (true) {
            int[] some = positive.stream().toArray();
            double[] found = Arrays.stream(some).mapToDouble(j -> right[j]).toArray();
            if (!solver.solve(some, found, 1)) {
                return false;
            }
            double[] share = new double[some.length]; // of the way, after which a coefficient is 0
            Arrays.setAll(share, i -> found[i] > 0 ? 1 : x[some[i]] == 0 ? 0 : x[some[i]] / (x[some[i]] - found[i]));
            double step = Arrays.stream(share).min().orElse(1);
            if (step == 0) {
                return false; // it is the one added, whose x alone is 0
            }
            for (int i = 0; i < some.length; i++) {
                boolean dropped = found[i] <= 0 && share[i] == step;
                x[some[i]] = dropped ? 0 : x[some[i]] + step * (found[i] - x[some[i]]);
                positive.set(some[i], !dropped);
            }
            if (step == 1) {
                return true;
            }
        }
    }
}
