package lathe.engine.layer;

import lathe.engine.tensor.WeightMatrix;

/**
 * Weights in float, many of them 0.
 *
 * @param weights outputs x inputs
 */
public record PrunedWeights(WeightMatrix weights) implements CompressedLayer {}
