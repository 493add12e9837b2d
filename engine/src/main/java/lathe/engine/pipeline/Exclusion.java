package lathe.engine.pipeline;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import lathe.engine.layer.Layer;
import lathe.engine.layer.Layers.Skipped;

/**
 * The layers that are left once those are gone that the options exclude, and those whose own options keep them in
 * float.
 *
 * @param layers to be compressed
 * @param skipped excluded, with the glob as the reason
 * @param warnings one for each excluded glob that no layer matches
 */
record Exclusion(List<Layer> layers, List<Skipped> skipped, List<String> warnings) {

    static Exclusion of(CompressionOptions options, List<Layer> layers) {
        List<LayerGlob> globs = options.exclude().stream().map(LayerGlob::of).toList();
        List<Layer> kept = new ArrayList<>();
        List<Skipped> skipped = new ArrayList<>();
        for (Layer layer : layers) {
            Optional<String> reason = excluded(globs, layer).or(() -> keptInFloat(options.overrides(), layer));
            reason.ifPresentOrElse(
                    text -> skipped.add(
                            new Skipped(layer.name(), layer.node(), layer.site().operator(), text)),
                    () -> kept.add(layer));
        }
        return new Exclusion(kept, skipped, warnings(globs, layers));
    }

    private static Optional<String> excluded(List<LayerGlob> globs, Layer layer) {
        return globs.stream()
                .filter(glob -> glob.matches(layer))
                .findFirst()
                .map(glob -> "excluded by '%s'".formatted(glob.text()));
    }

    private static Optional<String> keptInFloat(List<LayerOverride> overrides, Layer layer) {
        return overrides.stream()
                .filter(override -> override.setsWeights() && override.matches(layer))
                .reduce((earlier, later) -> later)
                .filter(LayerOverride::unchanged)
                .map(override -> "kept in float by '%s'".formatted(override.glob()));
    }

    private static List<String> warnings(List<LayerGlob> globs, List<Layer> layers) {
        Set<String> unmatched = new LinkedHashSet<>();
        for (LayerGlob glob : globs) {
            if (layers.stream().noneMatch(glob::matches)) {
                unmatched.add("no layer's name matches the excluded '%s'".formatted(glob.text()));
            }
        }
        return List.copyOf(unmatched);
    }
}
