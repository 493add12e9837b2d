package lathe.engine.pipeline;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.ToIntFunction;
import java.util.stream.Stream;
import lathe.engine.allocate.Assignment;
import lathe.engine.graph.Graph;
import lathe.engine.grid.AffineScale;
import lathe.engine.grid.WeightFormat;
import lathe.engine.layer.Inventory;
import lathe.engine.layer.Inventory.Left;
import lathe.engine.layer.KernelLimits;
import lathe.engine.layer.Layer;
import lathe.engine.layer.Layers;
import lathe.engine.layer.Layers.Skipped;
import lathe.engine.layer.Precision;
import lathe.engine.operator.Multiplication;
import lathe.engine.operator.Operators;
import lathe.engine.target.Placement;
import lathe.engine.target.Target;
import lathe.engine.task.LayerConfig;

/**
 * Which layers of a network are compressed, and their formats.
 *
 * @param layers to be compressed, in graph order, at least one
 * @param skipped layers left in FP32, and why
 * @param configs of the layers
 * @param target that the result is written for
 * @param placement which activations are quantized
 * @param warnings options that could not be followed
 */
record Selection(
        Graph graph,
        CompressionOptions options,
        List<Layer> layers,
        List<Skipped> skipped,
        LayerConfigs configs,
        Target target,
        Placement placement,
        List<String> warnings) {

    /**
     * What the options ask for.
     *
     * @throws NothingToCompressException if no layer can be compressed, or all are excluded
     */
    static Selection of(Graph graph, CompressionOptions options, Target target) {
        Layers.Survey survey = Layers.survey(graph);
        Exclusion exclusion = Exclusion.of(options, survey.layers());
        SizeLayers sizes = SizeLayers.of(graph, options, survey.layers(), exclusion.layers());
        List<Layer> layers = sizes.layers();
        List<Skipped> skipped = Stream.of(survey.skipped(), exclusion.skipped(), sizes.skipped())
                .flatMap(List::stream)
                .toList();
        if (layers.isEmpty()) {
            throw new NothingToCompressException(whyNothing(Inventory.of(graph, layers, skipped), skipped));
        }
        LayerConfigs configs = LayerConfigs.of(options, survey.layers(), layers, target, graph.opset());
        Placement placement = placement(graph, options, layers, configs, target);
        List<String> warnings = Stream.of(
                        exclusion.warnings(), sizes.warnings(), configs.warnings(), inFloat(placement))
                .flatMap(List::stream)
                .toList();
        return new Selection(graph, options, layers, skipped, configs, target, placement, warnings);
    }

    /** A line for each reason why layers keep float activations. */
    private static List<String> inFloat(Placement placement) {
        Map<String, List<String>> layersOfReason = new LinkedHashMap<>();
        placement
                .floatReasons()
                .forEach((layer, reason) -> layersOfReason
                        .computeIfAbsent(reason, r -> new ArrayList<>())
                        .add("'" + layer + "'"));
        return layersOfReason.entrySet().stream()
                .map(entry -> "activations stay in float for %s: %s"
                        .formatted(String.join(", ", entry.getValue()), entry.getKey()))
                .toList();
    }

    private static String whyNothing(Inventory inventory, List<Skipped> skipped) {
        List<Left> quantized = inventory.quantized();
        long quantizedBytes = quantized.stream().mapToLong(Left::bytes).sum();
        if (quantizedBytes > 0 && 2 * quantizedBytes >= inventory.leftBytes()) {
            return "the network is already quantized, %s '%s'%s; compress its original"
                    .formatted(quantized.get(0).opType(), quantized.get(0).name(), more(quantized.size(), " and "));
        }
        if (skipped.isEmpty()) {
            return "no %s with constant weights".formatted(Operators.names())
                    + inventory.left().stream()
                            .findFirst()
                            .map(most -> "; most bytes are in %s '%s': %s"
                                    .formatted(most.opType(), most.name(), most.reason()))
                            .orElse("");
        }
        return "no layer left to compress: '%s' is skipped because %s%s"
                .formatted(skipped.get(0).name(), skipped.get(0).reason(), more(skipped.size(), ", and so for "));
    }

    private static String more(int entries, String text) {
        return entries == 1 ? "" : text + (entries - 1) + " more";
    }

    /** Where all constant bytes are. */
    Inventory inventory() {
        return Inventory.of(graph, layers, skipped);
    }

    private static Placement placement(
            Graph graph, CompressionOptions options, List<Layer> layers, LayerConfigs configs, Target target) {
        boolean quantized = options.activationBits().isPresent();
        return target.place(
                graph,
                layers.stream()
                        .filter(layer -> quantized && !configs.of(layer).floatInputs())
                        .toList());
    }

    /**
     * The same with other configurations than those that the options ask for.
     *
     * @throws NothingToCompressException if no layer is left
     */
    Selection with(Assignment assignment) {
        Map<String, LayerConfig> others = assignment.configs();
        CompressionOptions asked =
                assignment.floatActivations() ? options.withActivationBits(OptionalInt.empty()) : options;
        List<Layer> left = new ArrayList<>();
        List<Skipped> staying = new ArrayList<>(skipped);
        for (Layer layer : layers) {
            LayerConfig other = others.get(layer.name());
            if (other != null && other.isUnchanged()) {
                staying.add(new Skipped(
                        layer.name(), layer.node(), layer.site().operator(), "FP32: " + assignment.reason()));
            } else {
                left.add(layer);
            }
        }
        if (left.isEmpty()) {
            throw new NothingToCompressException("every layer would fall back to FP32");
        }
        LayerConfigs newConfigs = configs.with(others, assignment.reason());
        Placement newPlacement = placement(graph, asked, left, newConfigs, target);
        return new Selection(graph, asked, left, staying, newConfigs, target, newPlacement, warnings);
    }

    /** Bits of each activation that is quantized: more where the first or the last layer reads it. */
    ToIntFunction<String> activationBits() {
        Optional<String> first = placement.scaleOfInput(layers.get(0));
        Optional<String> last = placement.scaleOfInput(layers.get(layers.size() - 1));
        return value -> {
            int bits = options.activationBits().orElseThrow();
            boolean end = first.filter(value::equals).isPresent()
                    || last.filter(value::equals).isPresent();
            return end ? Math.max(bits, options.endBits().orElse(CompressionOptions.END_BITS)) : bits;
        };
    }

    /** With how many bits each {@link Multiplication} of the network is going to be done. */
    List<Precision> precisions() {
        ToIntFunction<String> activationBits = activationBits();
        Map<Multiplication, Precision> bySite = new HashMap<>();
        for (Layer layer : layers) {
            int inputs = placement
                    .scaleOfInput(layer)
                    .filter(value -> !configs.of(layer).floatInputs())
                    .map(activationBits::applyAsInt)
                    .orElse(Float.SIZE);
            bySite.put(
                    new Multiplication(layer.site().operator(), layer.node()),
                    new Precision(configs.of(layer).bits(), inputs));
        }
        return Multiplication.of(graph).stream()
                .map(found -> bySite.getOrDefault(found, Precision.FLOAT))
                .toList();
    }

    /** True if layers that share their weights are to get others; those of FP32 that are not pruned stay as they are. */
    boolean changes(SharedLayers shared) {
        return layers.contains(shared.first()) && !configs.of(shared.first()).isUnchanged();
    }

    /** True if layers that share their weights have integer kernels for 8-bit weights and what they read. */
    boolean canUseIntegers(SharedLayers shared) {
        return shared.users().stream()
                .allMatch(layer -> !layer.readsIndices()
                        && placement.scaleOfInput(layer).isPresent()
                        && !placement.floatReasons().containsKey(layer.name()));
    }

    /**
     * How layers that share their weights are compressed. Where neighbouring codes are bounded, zero points leave codes of
     * which any two keep the bound: an input of weight 0 has the code of the zero point, whatever its neighbour has.
     */
    LayerConfig config(SharedLayers shared, KernelLimits limits) {
        LayerConfig config = configs.of(shared.first());
        return config.withFormat(config.format().map(format -> format.within(limits.pairs())));
    }

    /**
     * What the kernels of layers that share their weights ask of them.
     *
     * @param scales of activations
     */
    KernelLimits limits(SharedLayers shared, Map<String, AffineScale> scales) {
        KernelLimits limits = KernelLimits.none(shared.first().rows());
        Optional<WeightFormat> format = configs.of(shared.first()).format();
        for (Layer user : format.isEmpty() ? List.<Layer>of() : shared.users()) {
            limits = limits.and(placement.limits(user, format.get(), scales));
        }
        return limits;
    }
}
