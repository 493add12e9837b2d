package lathe.engine.prune;

import java.util.Optional;
import java.util.function.DoubleFunction;
import lathe.engine.linalg.GramMatrix;

/** What is added to the diagonal of a matrix, in its own unit: the mean of the diagonal. */
final class Damping {

    /** Where a matrix is singular to rounding, damping starts here. */
    private static final double LEAST = 1e-12;

    /** A matrix that is positive semi-definite but for rounding is positive definite long before. */
    private static final double MOST = 1;

    private Damping() {}

    /** The amount that a share of the mean diagonal is. */
    static double amount(GramMatrix matrix, double share) {
        double mean = matrix.meanDiagonal();
        return mean > 0 ? share * mean : share;
    }

    /**
     * Tries something with amounts of damping that start at a share and rise until a result is there.
     *
     * @param layer the layer's name, for the message
     * @throws IllegalArgumentException if the matrix holds numbers that are not finite, or is far from positive
     *     semi-definite
     */
    static <T> T rising(String layer, GramMatrix matrix, double share, DoubleFunction<Optional<T>> attempt) {
        double tried = share;
        Optional<T> result = attempt.apply(amount(matrix, tried));
        while (result.isEmpty() && tried < MOST) {
            tried = Math.max(LEAST, 10 * tried);
            result = attempt.apply(amount(matrix, tried));
        }
        return result.orElseThrow(() -> new IllegalArgumentException(
                "layer '%s': the Gram matrix is not positive semi-definite, or not finite".formatted(layer)));
    }
}
