package lathe.precondition;

import lathe.engine.pipeline.GraphPass;

/** The rewrites this module offers. */
public final class GraphPasses {

    private GraphPasses() {}

    /** Raises the operator set to one that can hold weights with a scale per channel, where it is older. */
    public static GraphPass opsetRaise() {
        return new OpsetRaise();
    }

    /** Folds each BatchNormalization into the layer before it and keeps its statistics. */
    public static GraphPass batchNormFold() {
        return new BatchNormFold();
    }

    /**
     * Makes the channels between two layers equally large in the weights of both, where what lies between allows it. A
     * Clip does not: it has the same bounds for all channels.
     */
    public static GraphPass crossLayerEqualization() {
        return new CrossLayerEqualization(CrossLayerEqualization.Clips.STAY);
    }

    /**
     * As above, through Clips from 0 too: each becomes a Relu and a Min with a ceiling for each channel. ONNX Runtime has
     * no integer kernel for Min, so this is for weights quantized per tensor, which gain most by it.
     */
    public static GraphPass crossLayerEqualizationThroughClips() {
        return new CrossLayerEqualization(CrossLayerEqualization.Clips.BECOME_MIN);
    }

    /**
     * Moves what a channel has at least, by its statistics, into the bias of the layer behind the rectifier. Changes what
     * the network computes where a value lies more than 3 deviations below its mean.
     */
    public static GraphPass highBiasAbsorption() {
        return new HighBiasAbsorption();
    }

    /** Removes channels between layers that are constant or that nothing reads. */
    public static GraphPass deadChannelRemoval() {
        return new DeadChannelRemoval();
    }
}
