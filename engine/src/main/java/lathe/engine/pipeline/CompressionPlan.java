package lathe.engine.pipeline;

import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.ToIntFunction;
import lathe.engine.graph.ClipBounds;
import lathe.engine.graph.Graph;
import lathe.engine.grid.AffineScale;
import lathe.engine.grid.QuantGrid;
import lathe.engine.layer.Inventory;
import lathe.engine.layer.Layer;
import lathe.engine.layer.SolvedLayer;
import lathe.engine.prune.Sparsity;
import lathe.engine.target.Placement;
import lathe.engine.task.LayerConfig;

/**
 * What a run would do to a network, found without running it: no inputs are made, nothing is measured or solved. The
 * stand-in is written as the result would be, with other numbers in the same places, so its size is that of the result
 * but for what depends on numbers: how many zero points differ, whether all scales of a layer happen to be equal, and how
 * many weights of which layer become 0.
 *
 * @param standIn the network with placeholder codes, scales and biases
 * @param passes what the rewrites before compression change, or leave, and why
 * @param layers what would be compressed, in graph order
 * @param inventory where the constant bytes are: in the layers, or left as they are, and why
 * @param activations values that would be quantized, in graph order
 * @param warnings options that could not be followed
 */
public record CompressionPlan(
        Graph standIn,
        List<String> passes,
        List<PlannedLayer> layers,
        Inventory inventory,
        List<PlannedActivation> activations,
        List<String> warnings) {

    public CompressionPlan {
        passes = List.copyOf(passes);
        layers = List.copyOf(layers);
        activations = List.copyOf(activations);
        warnings = List.copyOf(warnings);
    }

    /**
     * One layer.
     *
     * @param name its name
     * @param opType ONNX operator
     * @param shape dims of the stored weights
     * @param format of the weights that it would get: int2 to int8, nf4, fp8-e4m3, fp8-e5m2, or float
     * @param bits bits a weight would take, 32 for a float
     * @param bytesBefore weights and bias as they are
     * @param bytesAfter codes, scales and bias as they would be
     */
    public record PlannedLayer(
            String name, String opType, List<Long> shape, String format, int bits, long bytesBefore, long bytesAfter) {
        public PlannedLayer {
            shape = List.copyOf(shape);
        }
    }

    /**
     * A value that gets a scale of its own.
     *
     * @param value its name
     * @param bits bits a code would take
     */
    public record PlannedActivation(String value, int bits) {}

    /**
     * Plans for a network on which the rewrites that are always done are done. O(weights).
     *
     * @param passes what these rewrites changed
     */
    static CompressionPlan of(Selection selection, List<String> passes) {
        Placement placement = selection.placement();
        ToIntFunction<String> bits = selection.activationBits();
        List<PlannedActivation> activations = placement.valuesToMeasure().stream()
                .map(value -> new PlannedActivation(value, bits.applyAsInt(value)))
                .toList();
        Map<String, SolvedLayer> solved = standIns(selection);
        Set<String> first = new HashSet<>();
        SharedLayers.group(selection.layers())
                .forEach(shared -> first.add(shared.first().name()));
        List<PlannedLayer> layers = selection.layers().stream()
                .map(layer -> planned(
                        layer, Optional.ofNullable(solved.get(layer.name())), first.contains(layer.name()), selection))
                .toList();
        return new CompressionPlan(
                placement.write(List.copyOf(solved.values()), scales(activations, selection.graph())),
                passes,
                layers,
                selection.inventory(),
                activations,
                selection.warnings());
    }

    /** The same with another stand-in. */
    CompressionPlan withStandIn(Graph graph) {
        return new CompressionPlan(graph, passes, layers, inventory, activations, warnings);
    }

    /**
     * @param solved its stand-in, if it is changed
     * @param first whether the weights count with this layer, of those that share them
     */
    private static PlannedLayer planned(Layer layer, Optional<SolvedLayer> solved, boolean first, Selection selection) {
        return new PlannedLayer(
                layer.name(),
                layer.node().opType(),
                layer.weights().dims(),
                selection.configs().of(layer).formatName(),
                selection.configs().of(layer).bits(),
                layer.bytes(first),
                solved.map(standIn -> selection.placement().bytes(standIn, first))
                        .orElse(layer.bytes(first)));
    }

    /** Values behind a Relu share the zero point 0; any other most often has one of its own. */
    private static Map<String, AffineScale> scales(List<PlannedActivation> activations, Graph graph) {
        Map<String, AffineScale> scales = new HashMap<>();
        for (PlannedActivation activation : activations) {
            QuantGrid grid = QuantGrid.unsigned(activation.bits());
            boolean positive = ClipBounds.ofValue(graph, activation.value())
                    .filter(bounds -> bounds.low() == 0)
                    .isPresent();
            int zeroPoint = positive ? 0 : 1 + scales.size() % grid.max();
            scales.put(activation.value(), new AffineScale(grid, 1f / grid.levels(), zeroPoint));
        }
        return scales;
    }

    /** Of the layers that are changed. */
    private static Map<String, SolvedLayer> standIns(Selection selection) {
        Map<String, SolvedLayer> standIns = new LinkedHashMap<>();
        for (SharedLayers shared : SharedLayers.group(selection.layers())) {
            if (!selection.changes(shared)) {
                continue;
            }
            LayerConfig config = selection.configs().of(shared.first());
            double zeros = config.sparsity().map(Sparsity::zeros).orElse(0.0);
            SolvedLayer first = SolvedLayer.standIn(shared.first(), config.format(), zeros);
            shared.users().forEach(user -> standIns.put(user.name(), first.sharedWith(user)));
        }
        return standIns;
    }
}
