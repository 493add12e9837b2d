package lathe.engine.linalg;

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
    private final double[][] columns; // of L, perhaps more than rank
    private final double[] factor; // order x rank

    private PivotedBound(int order, int rank, double[][] columns) {
        this.order = order;
        this.rank = rank;
        this.columns = columns;
        this.factor = new double[order * rank];
        for (int k = 0; k < rank; k++) {
            for (int i = 0; i < order; i++) {
                factor[i * rank + k] = columns[k][i];
            }
        }
    }

    /** Takes {@code rank} columns at most. O(order * rank²). */
    static PivotedBound of(GramMatrix gram, int rank) {
        int order = gram.order();
        double[] remaining = gram.diagonal();
        double[][] columns = new double[Math.min(rank, order)][order];
        int found = 0;
        double first = 0;
        for (; found < columns.length; found++) {
            int pivot = largest(remaining);
            if (!(remaining[pivot] > NEGLIGIBLE * first)) {
                break;
            }
            first = Math.max(first, remaining[pivot]);
            double root = Math.sqrt(remaining[pivot]);
            double[] column = columns[found];
            gram.rowInto(pivot, column);
            for (int k = 0; k < found; k++) {
                subtractMultiple(columns[k][pivot], columns[k], column);
            }
            for (int i = 0; i < order; i++) {
                column[i] /= root;
                remaining[i] -= column[i] * column[i];
            }
            remaining[pivot] = 0;
        }
        return new PivotedBound(order, found, columns);
    }

    /** Whole arrays with one index: then the loop is vectorized. */
    private static void subtractMultiple(double factor, double[] from, double[] target) {
        for (int i = 0; i < target.length; i++) {
            target[i] -= factor * from[i];
        }
    }

    @Override
    public EnergyBound first(int fewer) {
        return new PivotedBound(order, Math.min(rank, fewer), columns);
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
