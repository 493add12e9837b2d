package lathe.engine.solve;

import java.util.function.Consumer;
import lathe.engine.layer.LayerProblem;
import lathe.engine.linalg.GramMatrix;

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
        GramMatrix gram = problem.gram(); // where it is diagonal, no error reaches another input
        if (gram.order() > GramMatrix.LARGEST_WHOLE || gram.isDiagonal()) {
            return block -> {};
        }
        return gram.choleskyByFallingDiagonal()
                .<Consumer<RowBlock>>map(
                        found -> block -> new GptqRounding(options, found.order(), found.factor(), block).run())
                .orElse(block -> {});
    }
}
