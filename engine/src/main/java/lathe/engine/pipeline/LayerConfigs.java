package lathe.engine.pipeline;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import lathe.engine.grid.CodebookFormat;
import lathe.engine.grid.QuantGrid;
import lathe.engine.grid.WeightFormat;
import lathe.engine.layer.Layer;
import lathe.engine.target.Target;
import lathe.engine.task.LayerConfig;

/**
 * How each layer is compressed.
 *
 * @param byLayer by layer name
 * @param reasons by layer name, why a configuration is not the one that the options have for all, in a few words
 * @param warnings options that could not be followed
 */
record LayerConfigs(Map<String, LayerConfig> byLayer, Map<String, String> reasons, List<String> warnings) {

    /**
     * What the options ask for: embeddings, and the first and the last layer if they are small, have more bits;
     * overrides go before that;
     * layers that share their weights have the format of most bits among theirs; pruned layers have a level of 0; and all
     * have one scale per output channel where blocks cannot be stored.
     *
     * @param layers of the network, in graph order
     * @param compressed those of them that are compressed
     */
    static LayerConfigs of(
            CompressionOptions options, List<Layer> layers, List<Layer> compressed, Target target, long opset) {
        Map<String, LayerConfig> byLayer = new HashMap<>();
        Map<String, String> reasons = new HashMap<>();
        List<Layer> products =
                layers.stream().filter(layer -> !layer.readsIndices()).toList();
        int endBits = options.endBits().orElse(CompressionOptions.END_BITS);
        double largest = CompressionOptions.LARGEST_END
                * layers.stream().mapToLong(layer -> layer.weights().elements()).sum();
        for (Layer layer : layers) {
            LayerConfig config = options.config();
            String end = end(layer, products);
            boolean asked = options.endBits().isPresent() || layer.readsIndices();
            boolean more = !end.isEmpty()
                    && config.bits() < endBits
                    && (asked || layer.weights().elements() <= largest);
            byLayer.put(layer.name(), more ? config.withBits(endBits) : config);
            if (more) {
                reasons.put(layer.name(), end);
            }
        }
        List<String> warnings = new ArrayList<>();
        applyOverrides(options.overrides(), layers, byLayer, reasons, warnings);
        byLayer.keySet().retainAll(compressed.stream().map(Layer::name).toList());
        compressed.forEach(layer -> byLayer.computeIfPresent(
                layer.name(),
                (name, config) -> config.withFormat(config.format().map(format -> target.suited(layer, format)))));
        agreeOnSharedWeights(compressed, byLayer, warnings);
        keepLevelsOfZero(byLayer, warnings);
        giveUpBlocks(target, opset, byLayer, warnings);
        giveUpCodebooks(compressed, byLayer, reasons);
        return new LayerConfigs(byLayer, reasons, warnings);
    }

    /** Which end of the network a layer is at; empty for most. */
    private static String end(Layer layer, List<Layer> products) {
        if (layer.readsIndices()) {
            return "embedding";
        }
        if (layer.node().equals(products.get(0).node())) {
            return "first layer";
        }
        return layer.node().equals(products.get(products.size() - 1).node()) ? "last layer" : "";
    }

    private static void applyOverrides(
            List<LayerOverride> overrides,
            List<Layer> layers,
            Map<String, LayerConfig> byLayer,
            Map<String, String> reasons,
            List<String> warnings) {
        for (LayerOverride override : overrides) {
            List<Layer> meant = layers.stream().filter(override::matches).toList();
            meant.forEach(layer -> byLayer.computeIfPresent(layer.name(), (name, config) -> override.applied(config)));
            meant.stream()
                    .flatMap(layer -> byLayer.get(layer.name()).format().stream())
                    .filter(format ->
                            format.symmetric() && override.asymmetric().orElse(false))
                    .findFirst()
                    .ifPresent(format -> warnings.add("'%s' asks for zero points, which %s does not have"
                            .formatted(override.glob(), format.name())));
            meant.forEach(layer -> reasons.put(layer.name(), "per-layer options"));
            if (meant.isEmpty()) {
                warnings.add("no layer's name matches '%s', which has per-layer options".formatted(override.glob()));
            }
        }
    }

    private static void agreeOnSharedWeights(
            List<Layer> compressed, Map<String, LayerConfig> byLayer, List<String> warnings) {
        for (SharedLayers shared : SharedLayers.group(compressed)) {
            Layer leader = shared.first();
            Set<Optional<WeightFormat>> formats = new HashSet<>();
            for (Layer user : shared.users()) {
                LayerConfig config = byLayer.get(user.name());
                leader = config.bits() > byLayer.get(leader.name()).bits() ? user : leader;
                formats.add(config.format());
            }
            LayerConfig most = byLayer.get(leader.name());
            shared.users()
                    .forEach(user ->
                            byLayer.computeIfPresent(user.name(), (name, config) -> config.withFormat(most.format())));
            if (formats.size() > 1) {
                warnings.add("%d layers share the weights of '%s'; all get its format, %s"
                        .formatted(shared.users().size(), leader.name(), most.formatName()));
            }
        }
    }

    private static void keepLevelsOfZero(Map<String, LayerConfig> byLayer, List<String> warnings) {
        byLayer.values().stream()
                .filter(config -> !config.withLevelOfZero().equals(config))
                .findFirst()
                .ifPresent(config -> {
                    String without = config.formatName();
                    warnings.add("%s has no level of 0, which pruned layers need; they get %s"
                            .formatted(without, config.withLevelOfZero().formatName()));
                });
        byLayer.replaceAll((name, config) -> config.withLevelOfZero());
    }

    private static void giveUpBlocks(
            Target target, long opset, Map<String, LayerConfig> byLayer, List<String> warnings) {
        boolean all = byLayer.values().stream()
                .flatMap(config -> config.format().stream())
                .allMatch(format -> target.canStore(format, opset));
        if (!all) {
            byLayer.replaceAll((name, config) -> config.withFormat(
                    config.format().map(format -> target.canStore(format, opset) ? format : format.perChannel())));
            warnings.add("operator set %d has no block-wise scales; per-channel scales are used".formatted(opset));
        }
    }

    /** Layers whose kernels make no vectors get 8 bits. */
    private static void giveUpCodebooks(
            List<Layer> compressed, Map<String, LayerConfig> byLayer, Map<String, String> reasons) {
        Set<Layer> suited = NetworkCodebooks.suited(compressed);
        for (Layer layer : compressed) {
            boolean codebook = byLayer.get(layer.name()).format().orElse(null) instanceof CodebookFormat;
            if (codebook && !suited.contains(layer)) {
                byLayer.computeIfPresent(layer.name(), (name, config) -> config.withBits(QuantGrid.MOST_BITS));
                reasons.put(layer.name(), "few kernels");
            }
        }
    }

    /** The same with other configurations for some layers, by name, for this reason. */
    LayerConfigs with(Map<String, LayerConfig> others, String reason) {
        Map<String, LayerConfig> changed = new HashMap<>(byLayer);
        Map<String, String> why = new HashMap<>(reasons);
        others.forEach((name, config) -> {
            if (changed.replace(name, config) != null) {
                why.put(name, reason);
            }
        });
        return new LayerConfigs(changed, why, warnings);
    }

    /** The configuration of a layer. */
    LayerConfig of(Layer layer) {
        return byLayer.get(layer.name());
    }

    /** Why a layer's configuration is not the one of most layers, in a few words; empty if it is. */
    String reason(Layer layer) {
        return reasons.getOrDefault(layer.name(), "");
    }
}
