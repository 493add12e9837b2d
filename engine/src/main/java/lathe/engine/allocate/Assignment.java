package lathe.engine.allocate;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import lathe.engine.task.LayerConfig;

/**
 * How the layers of a network are compressed, as far as not by the options of the run. Immutable.
 *
 * @param configs by layer name; layers that share their weights all get the one of most bits
 * @param floatActivations true to leave all activations in float
 * @param reason why configurations are not what the options have for all, in a few words
 */
public record Assignment(Map<String, LayerConfig> configs, boolean floatActivations, String reason) {

    /** All as the options say. */
    public static final Assignment AS_ASKED = new Assignment(Map.of(), false, "fell back");

    public Assignment {
        configs = Collections.unmodifiableMap(new LinkedHashMap<>(configs));
    }

    /** These configurations, chosen for a reason. */
    public static Assignment of(Map<String, LayerConfig> configs, String reason) {
        return new Assignment(configs, false, reason);
    }

    /** The same with other configurations of more layers. */
    public Assignment with(Map<String, LayerConfig> more) {
        Map<String, LayerConfig> all = new LinkedHashMap<>(configs);
        all.putAll(more);
        return new Assignment(all, floatActivations, reason);
    }

    /** The same with all activations in float. */
    public Assignment withFloatActivations() {
        return new Assignment(configs, true, reason);
    }
}
