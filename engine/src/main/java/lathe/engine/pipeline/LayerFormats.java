package lathe.engine.pipeline;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import lathe.engine.grid.WeightFormat;
import lathe.engine.layer.Layer;
import lathe.engine.qdq.QdqRewrite;

/**
 * The format of each layer's weights.
 *
 * @param byLayer by layer name; a layer whose weights stay in float has none
 * @param reasons by layer name, why a format is not the one that the options have for all, in a few words
 * @param warnings options that could not be followed
 */
record LayerFormats(Map<String, WeightFormat> byLayer, Map<String, String> reasons, List<String> warnings) {

    /**
     * The formats that the options ask for: the first and the last layer, and embeddings, have more bits; overrides go
     * before that; layers that share their weights have the format of most bits among theirs; and all have one scale
     * per output channel where blocks cannot be written.
     *
     * @param layers of the network, in graph order
     * @param compressed those of them that get a format
     */
    static LayerFormats of(CompressionOptions options, List<Layer> layers, List<Layer> compressed, long opset) {
        Map<String, WeightFormat> byLayer = new HashMap<>();
        Map<String, String> reasons = new HashMap<>();
        List<Layer> products =
                layers.stream().filter(layer -> !layer.readsIndices()).toList();
        for (Layer layer : options.weights().isPresent() ? layers : List.<Layer>of()) {
            WeightFormat format = options.weights().get();
            String end = end(layer, products);
            boolean more = !end.isEmpty() && format.bits() < options.endBits();
            byLayer.put(layer.name(), more ? format.withBits(options.endBits()) : format);
            if (more) {
                reasons.put(layer.name(), end);
            }
        }
        List<String> warnings = new ArrayList<>();
        applyOverrides(options.overrides(), layers, byLayer, reasons, warnings);
        byLayer.keySet().retainAll(compressed.stream().map(Layer::name).toList());
        agreeOnSharedWeights(compressed, byLayer, warnings);
        giveUpBlocks(opset, byLayer, warnings);
        return new LayerFormats(byLayer, reasons, warnings);
    }

    /** Which end of the network a layer is at; empty for most. */
    private static String end(Layer layer, List<Layer> products) {
        if (layer.readsIndices()) {
            return "embedding";
        }
        if (layer.equals(products.get(0))) {
            return "first layer";
        }
        return layer.equals(products.get(products.size() - 1)) ? "last layer" : "";
    }

    private static void applyOverrides(
            List<LayerOverride> overrides,
            List<Layer> layers,
            Map<String, WeightFormat> byLayer,
            Map<String, String> reasons,
            List<String> warnings) {
        for (LayerOverride override : overrides) {
            List<Layer> meant = layers.stream().filter(override::matches).toList();
            meant.forEach(layer -> byLayer.computeIfPresent(layer.name(), (name, format) -> override.applied(format)));
            meant.forEach(layer -> reasons.put(layer.name(), "per-layer options"));
            if (meant.isEmpty()) {
                warnings.add("no layer's name matches '%s', which has per-layer options".formatted(override.glob()));
            }
        }
    }

    private static void agreeOnSharedWeights(
            List<Layer> compressed, Map<String, WeightFormat> byLayer, List<String> warnings) {
        for (SharedLayers shared : SharedLayers.group(compressed)) {
            Layer leader = shared.first();
            if (!byLayer.containsKey(leader.name())) {
                continue;
            }
            Set<WeightFormat> formats = new HashSet<>();
            for (Layer user : shared.users()) {
                WeightFormat format = byLayer.get(user.name());
                leader = format.bits() > byLayer.get(leader.name()).bits() ? user : leader;
                formats.add(format);
            }
            WeightFormat most = byLayer.get(leader.name());
            shared.users().forEach(user -> byLayer.put(user.name(), most));
            if (formats.size() > 1) {
                warnings.add("%d layers share the weights of '%s'; all get its format, of %d bits"
                        .formatted(shared.users().size(), leader.name(), most.bits()));
            }
        }
    }

    private static void giveUpBlocks(long opset, Map<String, WeightFormat> byLayer, List<String> warnings) {
        boolean all = byLayer.values().stream().allMatch(format -> QdqRewrite.canWrite(format, opset));
        if (!all) {
            byLayer.replaceAll((name, format) -> QdqRewrite.canWrite(format, opset) ? format : format.perChannel());
            warnings.add("operator set %d has no block-wise scales; per-channel scales are used".formatted(opset));
        }
    }

    /** The same with other bits for some layers, by name. */
    LayerFormats withBits(Map<String, Integer> bits) {
        Map<String, WeightFormat> changed = new HashMap<>(byLayer);
        Map<String, String> why = new HashMap<>(reasons);
        changed.replaceAll((name, format) -> {
            int wanted = bits.getOrDefault(name, LayerOverride.FLOAT);
            if (wanted == LayerOverride.FLOAT) {
                return format;
            }
            why.put(name, "fell back");
            return format.withBits(wanted);
        });
        return new LayerFormats(changed, why, warnings);
    }

    /** The format of a layer. */
    Optional<WeightFormat> of(Layer layer) {
        return Optional.ofNullable(byLayer.get(layer.name()));
    }

    /** Why a layer's format is not the one of most layers, in a few words; empty if it is. */
    String reason(Layer layer) {
        return reasons.getOrDefault(layer.name(), "");
    }

    /** The format of layers that share their weights. */
    Optional<WeightFormat> of(SharedLayers shared) {
        return of(shared.first());
    }
}
