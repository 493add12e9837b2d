package lathe.engine.prune;

import java.util.List;
import lathe.engine.layer.LayerProblem;
import lathe.engine.tensor.WeightMatrix;

/**
 * Chooses masks and refits the remaining weights: computes the saliency of every weight, chooses masks over the whole
 * network, and fits each layer under its mask. Layers with estimated saliencies need several rounds of increasing
 * sparsity. No Gram matrix is kept, so they may be measured again in between; a layer's next saliency may be computed
 * right after its fit. Immutable and thread-safe.
 *
 * <pre>{@code
 * for (int round = 1; round <= rounds; round++) {
 *     saliencies = for each layer: pruning.saliency(problem, current, energy)     // Gram matrix needed
 *     masks = pruning.masks(saliencies, round, rounds)
 *     current = for each layer: pruning.fit(problem, mask)                         // Gram matrix needed
 * }
 * }</pre>
 */
public final class Pruning {

    /** Layers of up to this many inputs are ranked exactly by default. */
    public static final int LARGEST_EXACT = 1152;

    /** Multiplications that exact ranking of a layer may take: a few seconds of one core. */
    private static final double MOST_EXACT_WORK = 60e9;

    private final Sparsity target;
    private final int largestExact;
    private final SaliencyMeasure exact;
    private final SaliencyMeasure estimated = new EstimatedSaliency();

    /** Pruning of a network, with the weights of all but very wide layers ranked exactly. */
    public Pruning(Sparsity target) {
        this(target, LARGEST_EXACT);
    }

    /**
     * Pruning of a network.
     *
     * @param target which weights become zero in the end
     * @param largestExact layers of up to this many inputs have their weights ranked exactly, at O(inputs³) per output
     *     channel, unless that takes more than a few seconds
     */
    public Pruning(Sparsity target, int largestExact) {
        this.target = target;
        this.largestExact = largestExact;
        this.exact = new ExactSaliency(target::groups);
    }

    /**
     * The saliency of each weight, given the remaining weights.
     *
     * @param problem a layer, or a group of it
     * @param current its remaining weights; {@link PrunedWeights#all} before the first round
     * @param energy the output energy of the whole layer, tr(W H Wᵀ) over all groups
     * @throws IllegalArgumentException if the Gram matrix is not positive semi-definite
     */
    public Saliency saliency(LayerProblem problem, PrunedWeights current, double energy) {
        return measureFor(problem.weights().rows(), problem.gram().order()).of(problem, current, energy);
    }

    /**
     * The masks of all layers after a round.
     *
     * @param layers the saliency of each weight, a layer's groups in one
     * @param round 1 to {@code rounds}
     */
    public List<Mask> masks(List<Saliency> layers, int round, int rounds) {
        return target.inRound(round, rounds).masks(layers);
    }

    /**
     * Exact least-squares fit of the weights of a layer under a mask, see {@link MaskedLeastSquares}. The output error is
     * never larger than with the remaining weights unchanged.
     *
     * @param problem a layer, or a group of it
     * @param mask of the same outputs
     * @throws IllegalArgumentException if the Gram matrix is not positive semi-definite
     */
    public PrunedWeights fit(LayerProblem problem, Mask mask) {
        double[] fitted = MaskedLeastSquares.of(problem.regularized(), mask);
        float[] values = new float[fitted.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) fitted[i];
        }
        return new PrunedWeights(mask, new WeightMatrix(mask.rows(), mask.cols(), values));
    }

    /**
     * True if the first saliency of a layer of that shape is valid for any sparsity, so that further rounds are not
     * needed.
     */
    public boolean ranksOnce(int outputs, int inputs) {
        return measureFor(outputs, inputs) == exact;
    }

    /** How the weights of a layer of that shape are ranked, for reports. */
    public String rankingFor(int outputs, int inputs) {
        return measureFor(outputs, inputs).name();
    }

    static IllegalArgumentException noGram(LayerProblem problem) {
        return new IllegalArgumentException(
                "layer '%s': the Gram matrix is not positive semi-definite, or not finite".formatted(problem.layer()));
    }

    private SaliencyMeasure measureFor(int outputs, int inputs) {
        double work = outputs * Math.pow(inputs, 3);
        return inputs <= largestExact && work <= MOST_EXACT_WORK ? exact : estimated;
    }
}
