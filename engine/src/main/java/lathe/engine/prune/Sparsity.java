package lathe.engine.prune;

import java.util.List;

/** Which weights become zero, given their saliencies. The same saliencies give the same masks. */
public sealed interface Sparsity permits NetworkShare, LayerShare, NOfM {

    /**
     * Masks of some layers, the weights of least saliency zero; removed weights stay removed. Of equal saliencies the
     * first are removed first, in the order of layers, outputs and inputs.
     *
     * @param layers the saliencies of all layers that are pruned
     */
    List<Mask> masks(List<Saliency> layers);

    /**
     * What to reach in one of several rounds: the remaining weights become fewer by the same factor each time.
     *
     * @param round 1 to {@code rounds}; the last one's is this
     */
    Sparsity inRound(int round, int rounds);

    /** Share of weights that become zero, of all layers together. */
    double zeros();

    /** Which of an output's {@code cols} weights compete: all of them for nothing, or those of a group for n places. */
    NOfM groups(int cols);
}
