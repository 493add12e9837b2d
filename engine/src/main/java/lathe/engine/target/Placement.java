package lathe.engine.target;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import lathe.engine.graph.Graph;
import lathe.engine.grid.AffineScale;
import lathe.engine.grid.WeightFormat;
import lathe.engine.layer.KernelLimits;
import lathe.engine.layer.Layer;
import lathe.engine.layer.SolvedLayer;

/** Which values of one network are quantized for a target, and what follows from it. Immutable and thread-safe. */
public interface Placement {

    /** Values that need a scale of their own, in graph order. */
    List<String> valuesToMeasure();

    /** The one of {@link #valuesToMeasure} whose scale the input of a layer has; empty where the input stays in float. */
    Optional<String> scaleOfInput(Layer layer);

    /**
     * Of what a value is the average over all positions, perhaps moved since; named as {@link #valuesToMeasure} names it.
     * Empty for any other value.
     */
    Optional<String> averageOf(String value);

    /** Why layers compute in float though activations are quantized, as clauses by layer name, in graph order. */
    Map<String, String> floatReasons();

    /**
     * What the kernel of a layer requires of its weights; no limits where it computes in float.
     *
     * @param format of the weights that the layer is going to get
     * @param scales a scale for each of {@link #valuesToMeasure}
     */
    KernelLimits limits(Layer layer, WeightFormat format, Map<String, AffineScale> scales);

    /**
     * Bytes that weights, scales, zero points and bias of a layer add to the file, with the nodes and names that they need,
     * but without what all layers share.
     *
     * @param withWeights false for the bias alone, where another layer stores the same weights
     */
    long bytes(SolvedLayer layer, boolean withWeights);

    /**
     * Bytes that a layer would take if it got this format, found without weights. As {@link #bytes(SolvedLayer, boolean)},
     * but for what depends on numbers: whether all its zero points or all its scales happen to be equal, and whether so many
     * weights happen to be 0 that it is smaller without them.
     *
     * @param format empty for FP32
     */
    default long bytes(Layer layer, Optional<WeightFormat> format) {
        return bytes(SolvedLayer.standIn(layer, format), true);
    }

    /**
     * The network with new weights, and with quantized activations.
     *
     * @param layers layers of the graph and their new weights
     * @param scales a scale for each of {@link #valuesToMeasure}
     */
    Graph write(List<SolvedLayer> layers, Map<String, AffineScale> scales);
}
