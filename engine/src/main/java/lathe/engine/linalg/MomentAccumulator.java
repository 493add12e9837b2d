package lathe.engine.linalg;

/**
 * Gathers E[x xᵀ], or its diagonal, and E[x] from samples that arrive in any number of portions. The result depends on
 * the sequence of calls alone, bit for bit. Not thread-safe, though different accumulators may work at once.
 */
public interface MomentAccumulator {

    /**
     * Adds samples.
     *
     * @param samples at least {@code count} samples, sample after sample
     */
    void add(float[] samples, int count);

    /** E[x xᵀ] over all samples, or its diagonal; zeros if there are none. */
    GramMatrix gram();

    /** E[x] over all samples; zeros if there are none. */
    double[] mean();
}
