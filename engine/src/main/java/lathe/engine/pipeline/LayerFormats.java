package lathe.engine.pipeline;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import lathe.engine.grid.WeightFormat;
import lathe.engine.layer.Layer;
import lathe.engine.qdq.QdqRewrite;

/**
 * The format of each layer's weights.
 *
 * @param byLayer by layer name
 * @param warnings what is not as it was asked for
 */
record LayerFormats(Map<String, WeightFormat> byLayer, List<String> warnings) {

    /**
     * The formats that the options ask for: the first and the last layer have more bits, and all have one scale an
     * output where blocks cannot be written.
     *
     * @param layers to be compressed, in graph order
     */
    static LayerFormats of(CompressionOptions options, List<Layer> layers, long opset) {
        WeightFormat format = options.weights();
        List<String> warnings = new ArrayList<>();
        if (!QdqRewrite.canWrite(format, opset)) {
            format = WeightFormat.perChannel(format.grid());
            warnings.add("operator set %d has no blocks of weights; each output gets one scale".formatted(opset));
        }
        Map<String, WeightFormat> byLayer = new HashMap<>();
        for (int i = 0; i < layers.size(); i++) {
            boolean end = i == 0 || i == layers.size() - 1;
            boolean more = end && format.bits() < options.endBits();
            byLayer.put(layers.get(i).name(), more ? format.withBits(options.endBits()) : format);
        }
        return new LayerFormats(byLayer, warnings);
    }

    /** The format of a layer that does not share its weights. */
    WeightFormat of(Layer layer) {
        return byLayer.get(layer.name());
    }

    /** The format of layers that share their weights: that of most bits. */
    WeightFormat of(SharedLayers shared) {
        WeightFormat most = of(shared.first());
        for (Layer user : shared.users()) {
            most = of(user).bits() > most.bits() ? of(user) : most;
        }
        return most;
    }
}
