package lathe.engine.linalg;

/**
 * The Cholesky factorization L Lᵀ of a positive definite matrix, and what is made of it in the same memory. The methods
 * after {@link #factor} each use the factor up, but for {@link #solve}. Not thread-safe.
 */
interface Factorization extends AutoCloseable {

    /** From this order on matrices are factored in native code. */
    int NATIVE_ORDER = 64;

    /** For matrices of one order. */
    static Factorization ofOrder(int order) {
        return order < NATIVE_ORDER ? new SmallFactorization() : new NativeFactorization(order);
    }

    /**
     * Factors H with some of its inputs, in any order. O(n³ / 3).
     *
     * @return false if that is not positive definite, or not finite
     */
    boolean factor(GramMatrix gram, int[] inputs);

    /** Each row b becomes x with x L Lᵀ = b. {@code right} is count x n, row after row. O(count n²). */
    void solve(double[] right, int count);

    /** L⁻¹ takes the place of L. O(n³ / 3). */
    void invertFactor();

    /** (L Lᵀ)⁻¹ takes the place of L. O(2 n³ / 3). */
    void invert();

    /** Reads column j of the lower triangle, from the diagonal down, into the same places of an array of n numbers. */
    void getColumn(int j, double[] column);

    @Override
    void close();
}
