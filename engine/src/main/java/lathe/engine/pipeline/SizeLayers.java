package lathe.engine.pipeline;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Initializer;
import lathe.engine.layer.Layer;
import lathe.engine.layer.Layers.Skipped;
import lathe.engine.layer.SizeDecisions;

/**
 * The layers that are left once those are gone that act only by {@linkplain SizeDecisions deciding sizes}, and stay in
 * FP32: any error of theirs may make an output longer or shorter, which no measure of errors foresees. Where they hold more
 * than {@value #LARGEST} of all weights, or have options of their own, they are compressed.
 *
 * @param layers to be compressed
 * @param skipped those that stay
 * @param warnings a line, if there are layers that decide sizes
 */
record SizeLayers(List<Layer> layers, List<Skipped> skipped, List<String> warnings) {

    /** At 8 bits, FP32 for this share of the weights makes the file a seventh larger at most. */
    private static final double LARGEST = 0.05;

    private static final String REASON = "it only decides sizes of other tensors";
    private static final String KEPT =
            "weights stay in FP32 for %s: they only decide sizes of other tensors, which any error may change; options for"
                    + " single layers choose otherwise";
    private static final String COMPRESSED =
            "weights of %s only decide sizes of other tensors, which any error may change, but are %.0f %% of all, so they"
                    + " are compressed; exclude these layers to keep sizes";

    /**
     * Looks at a network.
     *
     * @param all layers of the network
     * @param asked those that the options do not exclude
     */
    static SizeLayers of(Graph graph, CompressionOptions options, List<Layer> all, List<Layer> asked) {
        List<Layer> deciding = SizeDecisions.among(graph, asked).stream()
                .filter(layer -> !options.setsWeightsOf(layer))
                .toList();
        if (deciding.isEmpty()) {
            return new SizeLayers(asked, List.of(), List.of());
        }
        double share = (double) elements(deciding) / elements(all);
        if (share > LARGEST) {
            return new SizeLayers(asked, List.of(), List.of(COMPRESSED.formatted(names(deciding), 100 * share)));
        }
        List<Layer> kept = new ArrayList<>(asked);
        kept.removeAll(deciding);
        List<Skipped> skipped = deciding.stream()
                .map(layer ->
                        new Skipped(layer.name(), layer.node(), layer.site().operator(), REASON))
                .toList();
        return new SizeLayers(kept, skipped, List.of(KEPT.formatted(names(deciding))));
    }

    private static String names(List<Layer> layers) {
        String first = "'" + layers.get(0).name() + "'";
        return layers.size() == 1
                ? first
                : "%d layers from %s to '%s'"
                        .formatted(
                                layers.size(),
                                first,
                                layers.get(layers.size() - 1).name());
    }

    /** Of the weights, each tensor once. */
    private static long elements(List<Layer> layers) {
        return layers.stream()
                .map(Layer::weights)
                .collect(Collectors.toMap(Initializer::name, Initializer::elements, (a, b) -> a))
                .values()
                .stream()
                .mapToLong(Long::longValue)
                .sum();
    }
}
