package lathe.engine.linalg;

/**
 * The second moments E[x xᵀ] of a layer's input, not multiplied by 2: a symmetric positive semi-definite matrix.
 * Immutable by agreement: the array handed in is not copied and must not change afterwards.
 */
public final class GramMatrix {

    private final int order;
    private final double[] values;

    /**
     * @param order number of inputs
     * @param values {@code order * order} numbers, symmetric
     * @throws IllegalArgumentException if the array has another length
     */
    public GramMatrix(int order, double[] values) {
        if ((long) order * order != values.length) {
            throw new IllegalArgumentException("Gram matrix of order %d, %d values".formatted(order, values.length));
        }
        this.order = order;
        this.values = values;
    }

    /** Number of inputs. */
    public int order() {
        return order;
    }

    /** E[x_i x_j]. */
    public double at(int i, int j) {
        return values[i * order + j];
    }

    /** v H vᵀ for a row vector v of {@code order} numbers. O(order²). */
    public double energy(double[] v) {
        double sum = 0;
        for (int i = 0; i < order; i++) {
            if (v[i] != 0) {
                double dot = 0;
                int row = i * order;
                for (int j = 0; j < order; j++) {
                    dot += values[row + j] * v[j];
                }
                sum += v[i] * dot;
            }
        }
        return sum;
    }
}
