package lathe.engine.prune;

import lathe.engine.layer.LayerProblem;

/** Computes the saliency of each weight. Immutable and thread-safe. */
interface SaliencyMeasure {

    /**
     * By how much the output error grows without each weight, given the remaining weights.
     *
     * @param problem a layer, or a group of it
     * @param current its remaining weights
     * @param energy the output energy of the whole layer, tr(W H Wᵀ) over all groups; positive
     * @return shares of the energy
     */
    Saliency of(LayerProblem problem, PrunedWeights current, double energy);

    /** For reports. */
    String name();
}
