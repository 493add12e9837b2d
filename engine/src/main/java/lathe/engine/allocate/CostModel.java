package lathe.engine.allocate;

import lathe.engine.layer.Layer;
import lathe.engine.task.LayerConfig;

/** What a configuration of a layer costs, in one unit for all layers, such as bytes; costs of layers add up. Immutable. */
public interface CostModel {

    /** Bytes of the weights alone, codes stored in 1, 2, 4 or 8 bits: the same for every target. */
    CostModel WEIGHTS = (layer, config) -> layer.weights().elements() * storedBits(config.bits()) / 8.0;

    /** The cost of a layer. */
    double of(Layer layer, LayerConfig config);

    private static int storedBits(int bits) {
        return bits <= Byte.SIZE ? Integer.highestOneBit(2 * bits - 1) : bits;
    }
}
