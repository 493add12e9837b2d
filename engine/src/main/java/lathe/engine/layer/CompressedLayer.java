package lathe.engine.layer;

import lathe.engine.tensor.WeightMatrix;

/** New weights for one layer, or for one group of it. Immutable. */
public sealed interface CompressedLayer permits QuantizedWeights, FloatWeights {

    /** Ŵ: the weights that a network with this layer computes with, outputs x inputs. */
    WeightMatrix weights();

    /**
     * The same with the weights of each output scaled, to float precision.
     *
     * @param factors one positive value per output channel
     */
    CompressedLayer scaled(double[] factors);
}
