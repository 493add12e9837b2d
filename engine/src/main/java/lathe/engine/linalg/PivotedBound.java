package lathe.engine.linalg;

import java.util.Arrays;

/**
 * A cheap lower bound on v H vᵀ: H - L Lᵀ is positive semi-definite for L the first columns of H's Cholesky factor with
 * pivoting (largest remaining diagonal entry first), so |v L|² <= v H vᵀ. A few columns hold most of H where inputs are
 * correlated. Immutable.
 */
final class PivotedBound implements EnergyBound {

    /** A pivot this much smaller than the first is rounding noise. */
    private static final double NEGLIGIBLE = 1e-12;

    private final int order;
    private final int rank;
    private final double[] factor;

    private PivotedBound(int order, int rank, double[] factor) {
        this.order = order;
        this.rank = rank;
        this.factor = factor;
    }

    /** Takes {@code rank} columns at most. O(order * rank²). */
    static PivotedBound of(GramMatrix gram, int rank) {
        int order = gram.order();
        double[] remaining = gram.diagonal();
        double[] columns = new double[rank * order]; // L, column after column
        int found = 0;
        double first = 0;
        for (; found < Math.min(rank, order); found++) {
            int pivot = largest(remaining);
            if (!(remaining[pivot] > NEGLIGIBLE * first)) {
                break;
            }
            first = Math.max(first, remaining[pivot]);
            double root = Math.sqrt(remaining[pivot]);
            double[] column = new double[order];
            for (int i = 0; i < order; i++) {
                column[i] = gram.at(pivot, i);
            }
            for (int k = 0; k < found; k++) {
                double factor = columns[k * order + pivot];
                for (int i = 0; i < order; i++) {
                    column[i] -= factor * columns[k * order + i];
                }
            }
            for (int i = 0; i < order; i++) {
                column[i] /= root;
                columns[found * order + i] = column[i];
                remaining[i] -= column[i] * column[i];
            }
            remaining[pivot] = 0;
        }
        return new PivotedBound(order, found, transposed(Arrays.copyOf(columns, found * order), found, order));
    }

    private static int largest(double[] values) {
        int largest = 0;
        for (int i = 1; i < values.length; i++) {
            if (values[i] > values[largest]) {
                largest = i;
            }
        }
        return largest;
    }

    private static double[] transposed(double[] values, int rows, int cols) {
        double[] moved = new double[values.length];
        for (int row = 0; row < rows; row++) {
            for (int col = 0; col < cols; col++) {
                moved[col * rows + row] = values[row * cols + col];
            }
        }
        return moved;
    }

    /** |v L|² for many row vectors. O(count * order * rank). */
    @Override
    public double[] of(double[] rows, int count) {
        double[] product = Products.product(rows, count, order, factor, rank);
        double[] bounds = new double[count];
        for (int row = 0; row < count; row++) {
            for (int k = row * rank; k < (row + 1) * rank; k++) {
                bounds[row] += product[k] * product[k];
            }
        }
        return bounds;
    }
}
