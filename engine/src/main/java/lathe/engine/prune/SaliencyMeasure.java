package lathe.engine.prune;

import lathe.engine.layer.LayerProblem;

/** Says what each weight is worth. Immutable and thread-safe. */
interface SaliencyMeasure {

    /**
     * By how much the output error grows without each weight, given what is left so far.
     *
     * @param problem a layer, or a group of it
     * @param current what is left of its weights
     * @param energy the output energy of the whole layer, tr(W H Wᵀ) over all groups; positive
     * @return shares of the energy
     */
    Saliency of(LayerProblem problem, PrunedWeights current, double energy);

    /** For reports. */
    String name();
}
