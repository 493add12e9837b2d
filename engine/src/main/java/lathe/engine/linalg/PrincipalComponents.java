package lathe.engine.linalg;

import java.util.Optional;

/**
 * The principal components of A x, where x has the covariance H: eigenvectors of A H Aᵀ. Immutable and thread-safe.
 *
 * @param variances eigenvalues, falling, none below 0
 * @param directions U, one eigenvector of length 1 per row, in the order of the variances
 */
public record PrincipalComponents(double[] variances, double[] directions) {

    /**
     * Finds them. O(rows cols² + rows² cols + rows³).
     *
     * @param a A, rows x order of H, row after row
     * @return empty if numbers are not finite
     */
    public static Optional<PrincipalComponents> of(double[] a, int rows, GramMatrix h) {
        int cols = h.order();
        double[] covariance = Products.product(h.times(a, rows), rows, cols, transposed(a, rows, cols), rows);
        for (double value : covariance) {
            if (!Double.isFinite(value)) {
                return Optional.empty();
            }
        }
        double[] rising = new double[rows];
        double[] vectors = new double[rows * rows];
        try (NativeMatrix matrix = NativeMatrix.ofDoubles(rows, rows);
                NativeMatrix eigenvalues = NativeMatrix.ofDoubles(1, rows)) {
            matrix.put(covariance, 0, covariance.length);
            if (!matrix.toEigenvectors(eigenvalues)) {
                return Optional.empty();
            }
            eigenvalues.get(rising, 0, rows);
            matrix.get(vectors, 0, vectors.length);
        }
        double[] variances = new double[rows];
        double[] directions = new double[rows * rows];
        for (int i = 0; i < rows; i++) {
            variances[i] = Math.max(0, rising[rows - 1 - i]);
            System.arraycopy(vectors, (rows - 1 - i) * rows, directions, i * rows, rows);
        }
        return Optional.of(new PrincipalComponents(variances, directions));
    }

    private static double[] transposed(double[] a, int rows, int cols) {
        double[] transposed = new double[a.length];
        for (int row = 0; row < rows; row++) {
            for (int col = 0; col < cols; col++) {
                transposed[col * rows + row] = a[row * cols + col];
            }
        }
        return transposed;
    }

    /** The variance that is lost with all but the first components. */
    public double lost(int rank) {
        double lost = 0;
        for (int i = variances.length - 1; i >= rank; i--) {
            lost += variances[i];
        }
        return lost;
    }

    /** U_r A, the first components of the rows of A: rank x cols. O(rank rows cols). */
    public double[] project(int rank, double[] a, int cols) {
        return Products.product(directions, rank, variances.length, a, cols);
    }

    /** U_rᵀ U_r A, the rows of A without all but the first components: rows x cols. O(rank rows cols). */
    public double[] approximation(int rank, double[] a, int cols) {
        return Products.product(back(rank), variances.length, rank, project(rank, a, cols), cols);
    }

    /** U_rᵀ, which takes the first components back: rows x rank. */
    public double[] back(int rank) {
        int rows = variances.length;
        double[] back = new double[rows * rank];
        for (int i = 0; i < rank; i++) {
            for (int row = 0; row < rows; row++) {
                back[row * rank + i] = directions[i * rows + row];
            }
        }
        return back;
    }
}
