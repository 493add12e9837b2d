package lathe.engine.solve;

import java.util.Optional;
import java.util.function.Consumer;
import lathe.engine.layer.LayerProblem;
import lathe.engine.linalg.CholeskyFactor;
import lathe.engine.linalg.GramMatrix;

/**
 * Prepares {@link GptqRounding}: inputs in the order of falling diag(H), an H to factor, damped where it is singular,
 * and no better codes at all where even that is not positive definite, or where H is too large to factor.
 */
final class Gptq implements Improvement {

    /** What a singular H gets on its diagonal first, as a share of its mean. */
    private static final double LEAST_DAMPING = 1e-6;

    /** Damping beyond this share of H's diagonal leaves nothing of H. */
    private static final double MOST_DAMPING = 100;

    private final SolverOptions options;

    Gptq(SolverOptions options) {
        this.options = options;
    }

    @Override
    public Consumer<RowBlock> prepare(LayerProblem problem) {
        GramMatrix gram = problem.gram(); // where it is diagonal, no error reaches another input
        if (gram.order() > GramMatrix.LARGEST_WHOLE || gram.isDiagonal()) {
            return block -> {};
        }
        int[] order = gram.byFallingDiagonal();
        double mean = gram.meanDiagonal();
        double unit = mean > 0 ? mean : 1;
        double damping = 0;
        while (damping <= MOST_DAMPING) {
            Optional<CholeskyFactor> factor = gram.cholesky(order, damping * unit);
            if (factor.isPresent()) {
                return block -> new GptqRounding(options, order, factor.get(), block).run();
            }
            damping = Math.max(10 * damping, LEAST_DAMPING);
        }
        return block -> {};
    }
}
