package lathe.engine.prune;

import lathe.engine.tensor.WeightMatrix;

/**
 * The remaining weights of some outputs between two rounds of pruning. Immutable by agreement.
 *
 * @param mask which weights remain
 * @param weights outputs x inputs, 0 where none remains
 */
public record PrunedWeights(Mask mask, WeightMatrix weights) {

    public PrunedWeights {
        if (mask.rows() != weights.rows() || mask.cols() != weights.cols()) {
            throw new IllegalArgumentException("mask of %d x %d, %d x %d weights"
                    .formatted(mask.rows(), mask.cols(), weights.rows(), weights.cols()));
        }
    }

    /** Before the first round. */
    public static PrunedWeights all(WeightMatrix weights) {
        return new PrunedWeights(Mask.full(weights.rows(), weights.cols()), weights);
    }
}
