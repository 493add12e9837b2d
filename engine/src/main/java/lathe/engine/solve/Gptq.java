package lathe.engine.solve;

import java.util.Comparator;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import lathe.engine.layer.LayerProblem;
import lathe.engine.linalg.CholeskyFactor;
import lathe.engine.linalg.GramMatrix;

/**
 * Prepares {@link GptqRounding}: inputs in the order of falling diag(H), a damped H to factor, and no better codes at
 * all where even that is not positive definite, or where H is too large to factor.
 */
final class Gptq implements Improvement {

    /** Damping beyond this share of H's diagonal leaves nothing of H. */
    private static final double MOST_DAMPING = 100;

    /** The widest layer of a ResNet-50. Beyond it, factoring H takes minutes and gigabytes. */
    static final int LARGEST_ORDER = 4608;

    private final SolverOptions options;

    Gptq(SolverOptions options) {
        this.options = options;
    }

    @Override
    public Consumer<RowBlock> prepare(LayerProblem problem) {
        GramMatrix gram = problem.gram(); // where it is diagonal, no error reaches another input
        if (gram.order() > LARGEST_ORDER || gram.isDiagonal()) {
            return block -> {};
        }
        int[] order = byFallingDiagonal(gram);
        double mean = gram.meanDiagonal();
        double unit = mean > 0 ? mean : 1;
        double damping = mean > 0 ? options.damping() : 1;
        while (damping <= MOST_DAMPING) {
            double amount = damping * unit;
            Optional<CholeskyFactor> factor = gram.cholesky(order, amount);
            if (factor.isPresent()) {
                return block -> new GptqRounding(options, order, factor.get(), amount, block).run();
            }
            damping = Math.max(10 * damping, 1e-6);
        }
        return block -> {};
    }

    private static int[] byFallingDiagonal(GramMatrix gram) {
        double[] diagonal = gram.diagonal();
        return IntStream.range(0, diagonal.length)
                .boxed()
                .sorted(Comparator.comparingDouble(input -> -diagonal[input]))
                .mapToInt(Integer::intValue)
                .toArray();
    }
}
