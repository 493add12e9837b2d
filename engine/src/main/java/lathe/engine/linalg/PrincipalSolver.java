package lathe.engine.linalg;

/**
 * Solves systems in principal submatrices of one matrix, one after another, in memory that is used again: taking new
 * memory for each would cost as much as factoring it. Not thread-safe.
 */
public final class PrincipalSolver implements AutoCloseable {

    private final GramMatrix gram;
    private final int largest;
    private final Factorization small = new SmallFactorization();
    private NativeFactorization large;

    PrincipalSolver(GramMatrix gram, int largest) {
        this.gram = gram;
        this.largest = largest;
    }

    /**
     * Replaces each row b by x with x H_SS = b. O(n³ / 3 + count n²).
     *
     * @param inputs S, in any order, at most as many as the solver was made for
     * @param right count x n, row after row, left alone where the answer is false
     * @return false if the matrix is not positive definite
     */
    public boolean solve(int[] inputs, double[] right, int count) {
        Factorization factorization = inputs.length < Factorization.NATIVE_ORDER ? small : large();
        boolean factored = factorization.factor(gram, inputs);
        if (factored) {
            factorization.solve(right, count);
        }
        return factored;
    }

    private Factorization large() {
        if (large == null) {
            large = new NativeFactorization(largest);
        }
        return large;
    }

    @Override
    public void close() {
        if (large != null) {
            large.close();
        }
    }
}
