package lathe.engine.solve;

import java.util.Optional;
import java.util.function.Consumer;
import lathe.engine.layer.LayerProblem;
import lathe.engine.linalg.CholeskyFactor;
import lathe.engine.linalg.GramMatrix;

/**
 * Finds the best codes there are for outputs of few inputs, such as those of a depthwise Conv, with each of many
 * scales: those around the best one found so far, then candidates over the whole range. See {@link SphereDecoder}.
 * Immutable.
 */
final class SphereDecoding implements Improvement {

    /** Outputs of more inputs are skipped: the search grows exponentially. */
    static final int MOST_INPUTS = 25;

    /** Scales tried first, as shares of the best one found so far. */
    private static final double[] SHARES = {1, 0.97, 1.03, 0.93, 1.07, 0.88, 1.12};

    /** The error varies smoothly with the scale and fitting moves it, so a subset of the candidates is enough. */
    private static final int CANDIDATE_STRIDE = 3;

    private final SolverOptions options;

    SphereDecoding(SolverOptions options) {
        this.options = options;
    }

    @Override
    public Consumer<RowBlock> prepare(LayerProblem problem) {
        GramMatrix gram = problem.gram();
        if (gram.order() > MOST_INPUTS || gram.isDiagonal()) {
            return block -> {};
        }
        int[] order = SphereDecoder.order(gram);
        Optional<CholeskyFactor> factor = gram.cholesky(order);
        return factor.<Consumer<RowBlock>>map(
                        found -> block -> decode(block, new SphereDecoder(block.levels(), found, order)))
                .orElse(block -> {});
    }

    private void decode(RowBlock block, SphereDecoder decoder) {
        for (int row = 0; row < block.rows(); row++) {
            float[] start = block.scales(row);
            for (double share : SHARES) {
                decode(block, decoder, row, block.range(row).times(start, share));
            }
            for (int candidate = 0; candidate < options.scaleCandidates(); candidate += CANDIDATE_STRIDE) {
                decode(block, decoder, row, block.range(row).scales(options.fraction(candidate)));
            }
        }
    }

    /** Finds codes for the scales, then fits the scales to the codes, as long as that helps. */
    private static void decode(RowBlock block, SphereDecoder decoder, int row, float[] scales) {
        int[] chosen = {row};
        ScaleRange range = block.range(row);
        float[][] tried = {scales};
        boolean better = true;
        while (better) {
            Optional<float[]> codes = decoder.decode(
                    block.weights(row),
                    range.perColumn(tried[0]),
                    range.lowest(),
                    range.highest(),
                    block.pairs(),
                    block.error(row));
            better = codes.isPresent();
            if (better) {
                float[][] found = {codes.get()};
                better = block.offer(chosen, found, tried).length > 0;
                tried = block.fittedScales(chosen, found, tried);
                block.offer(chosen, found, tried);
            }
        }
    }
}
