package lathe.engine.pipeline;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.ToIntFunction;
import lathe.engine.graph.Graph;
import lathe.engine.grid.AffineScale;
import lathe.engine.grid.Blocks;
import lathe.engine.grid.QuantGrid;
import lathe.engine.grid.WeightFormat;
import lathe.engine.layer.CompressedLayer;
import lathe.engine.layer.FloatWeights;
import lathe.engine.layer.Inventory;
import lathe.engine.layer.Layer;
import lathe.engine.layer.QuantizedWeights;
import lathe.engine.qdq.ActivationPlan;
import lathe.engine.qdq.QdqRewrite;
import lathe.engine.qdq.ReplacedLayer;
import lathe.engine.tensor.WeightMatrix;

/**
 * What a run would do to a network, found without running it: no inputs are made, nothing is measured or solved. The
 * stand-in is written as the result would be, with other numbers in the same places, so its size is that of the result
 * but for what depends on numbers: how many zero points differ, and whether all scales of a layer happen to be equal.
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
     * @param bits bits a weight would take, 32 for a float
     * @param bytesBefore weights and bias as they are
     * @param bytesAfter codes, scales and bias as they would be
     */
    public record PlannedLayer(
            String name, String opType, List<Long> shape, int bits, long bytesBefore, long bytesAfter) {
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
        ActivationPlan plan = selection.plan();
        ToIntFunction<String> bits = selection.activationBits();
        List<PlannedActivation> activations = plan.valuesToMeasure().stream()
                .map(value -> new PlannedActivation(value, bits.applyAsInt(value)))
                .toList();
        Map<String, ReplacedLayer> replaced = standIns(selection);
        Set<String> first = new HashSet<>();
        SharedLayers.group(selection.layers())
                .forEach(shared -> first.add(shared.first().name()));
        List<PlannedLayer> layers = selection.layers().stream()
                .map(layer -> planned(replaced.get(layer.name()), first.contains(layer.name()), selection))
                .toList();
        return new CompressionPlan(
                QdqRewrite.apply(
                        selection.graph(),
                        List.copyOf(replaced.values()),
                        plan,
                        scales(activations, plan),
                        selection.options().weightForm()),
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

    /** @param first whether the weights count with this layer, of those that share them */
    private static PlannedLayer planned(ReplacedLayer replaced, boolean first, Selection selection) {
        Layer layer = replaced.layer();
        return new PlannedLayer(
                layer.name(),
                layer.node().opType(),
                layer.weights().dims(),
                selection.formats().of(layer).map(WeightFormat::bits).orElse(Float.SIZE),
                first ? layer.bytes() : layer.bytes() - layer.weights().bytes().size(),
                QdqRewrite.storedBytes(
                        replaced,
                        first,
                        selection.graph(),
                        selection.plan(),
                        selection.options().weightForm()));
    }

    /** Values behind a Relu share the zero point 0; any other most often has one of its own. */
    private static Map<String, AffineScale> scales(List<PlannedActivation> activations, ActivationPlan plan) {
        Map<String, AffineScale> scales = new HashMap<>();
        for (PlannedActivation activation : activations) {
            QuantGrid grid = QuantGrid.unsigned(activation.bits());
            boolean positive = plan.bounds(activation.value())
                    .filter(bounds -> bounds.low() == 0)
                    .isPresent();
            int zeroPoint = positive ? 0 : 1 + scales.size() % grid.max();
            scales.put(activation.value(), new AffineScale(grid, 1f / grid.levels(), zeroPoint));
        }
        return scales;
    }

    private static Map<String, ReplacedLayer> standIns(Selection selection) {
        Map<String, ReplacedLayer> standIns = new LinkedHashMap<>();
        for (SharedLayers shared : SharedLayers.group(selection.layers())) {
            List<CompressedLayer> groups = new ArrayList<>();
            for (int group = 0; group < shared.first().groups(); group++) {
                groups.add(standIn(shared.first(), selection.formats().of(shared), group));
            }
            for (Layer user : shared.users()) {
                standIns.put(user.name(), new ReplacedLayer(user, groups, new float[user.rows()]));
            }
        }
        return standIns;
    }

    /** Scales differ over all groups, as they would: where all of a layer are equal, one is stored. */
    private static CompressedLayer standIn(Layer layer, Optional<WeightFormat> format, int group) {
        int rows = layer.rowsPerGroup();
        int cols = layer.cols();
        if (format.isEmpty()) {
            return new FloatWeights(new WeightMatrix(rows, cols, new float[rows * cols]));
        }
        Blocks blocks = format.get().blocks(cols, layer.taps());
        float[] scales = new float[rows * blocks.count()];
        for (int i = 0; i < scales.length; i++) {
            scales[i] = format.get().sharing() == WeightFormat.Sharing.TENSOR ? 1 : 1 + group * scales.length + i;
        }
        byte[] zeroPoints = new byte[scales.length];
        Arrays.fill(zeroPoints, (byte) (format.get().symmetric() ? 0 : 1));
        return new QuantizedWeights(format.get().grid(), blocks, rows, new byte[rows * cols], scales, zeroPoints);
    }
}
