package lathe.engine.solve;

import java.util.Optional;
import java.util.function.Consumer;
import lathe.engine.layer.LayerProblem;
import lathe.engine.linalg.GramMatrix;
import lathe.engine.linalg.GramMatrix.OrderedFactor;

/**
 * Prepares {@link GptqRounding}: inputs in the order of falling diag(H), and no better codes at all where H is not positive
 * definite, or too large to factor.
 */
final class Gptq implements Improvement {

    private final SolverOptions options;

    Gptq(SolverOptions options) {
        this.options = options;
    }

    @Override
    public Consumer<RowBlock> prepare(LayerProblem problem) {
        return factor(problem.gram())
                .<Consumer<RowBlock>>map(
                        found -> block -> new GptqRounding(options, found.order(), found.factor(), block).run())
                .orElse(block -> {});
    }

    /** What errors are propagated with; empty where none reaches another input, or where H is too large or not positive. */
    static Optional<OrderedFactor> factor(GramMatrix gram) {
        return gram.order() > GramMatrix.LARGEST_WHOLE || gram.isDiagonal()
                ? Optional.empty()
                : gram.choleskyByFallingDiagonal();
    }
}
