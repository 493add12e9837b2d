package lathe.engine.pipeline;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Layers and activations that fall back to higher precision. Immutable.
 *
 * @param bits by layer name: bits per weight in place of those of the options, or {@link LayerOverride#FLOAT} to leave
 *     it in FP32; layers that share their weights all get the most
 * @param floatActivations true to leave all activations in float
 */
public record Fallbacks(Map<String, Integer> bits, boolean floatActivations) {

    /** All as the options say. */
    public static final Fallbacks NONE = new Fallbacks(Map.of(), false);

    public Fallbacks {
        bits = Collections.unmodifiableMap(new LinkedHashMap<>(bits));
    }

    /** The same with other bits for more layers. */
    public Fallbacks with(Map<String, Integer> more) {
        Map<String, Integer> all = new LinkedHashMap<>(bits);
        all.putAll(more);
        return new Fallbacks(all, floatActivations);
    }

    /** The same with all activations in float. */
    public Fallbacks withFloatActivations() {
        return new Fallbacks(bits, true);
    }
}
