package lathe.engine.qdq;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import lathe.engine.graph.Attribute;
import lathe.engine.graph.Graph;
import lathe.engine.graph.GraphEdit;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Node;
import lathe.engine.grid.AffineScale;
import lathe.engine.grid.PairBound;
import lathe.engine.grid.Processor;
import lathe.engine.grid.QuantGrid;
import lathe.engine.grid.WeightFormat;
import lathe.engine.layer.CompressedLayer;
import lathe.engine.layer.KernelLimits;
import lathe.engine.layer.Layer;
import lathe.engine.layer.Layers;
import lathe.engine.layer.Op;
import lathe.engine.layer.QuantizedWeights;
import lathe.engine.tensor.ElementType;

/**
 * Writes quantized layers and activations into a graph: integer weights behind DequantizeLinear, int32 biases with the
 * scale that integer kernels expect (input scale times weight scale), and a QuantizeLinear, DequantizeLinear pair
 * behind every quantized activation, through which all its readers read. Opset 13 is the least that can say so.
 *
 * <p>An activation of fewer than 8 bits is stored in uint8 too: a Clip of its codes leaves 0 to 2^bits - 1, so results
 * are those of narrower integers, sizes and times are not.
 *
 * <p>What was there keeps its name. What is added is called q (codes), s (scale), z (zero point), m (largest code), dq
 * (what comes out of a DequantizeLinear) or b (a corrected bias), with a number: in a network of a megabyte, longer names
 * would weigh more than a tenth of the result.
 */
public final class QdqRewrite {

    /** The first operator set whose DequantizeLinear has a scale per channel. */
    public static final long OPSET = 13;

    /** Largest magnitude a bias code may take: a factor of two below overflow, for what accumulates on top of it. */
    private static final double LARGEST_BIAS_CODE = 1 << 30;

    private static final int LARGEST_UINT8 = 255;

    private final Graph graph;
    private final ActivationPlan plan;
    private final Map<String, AffineScale> scales;
    private final GraphEdit edit;
    /** What readers of a quantized value read instead. */
    private final Map<String, String> dequantized = new HashMap<>();
    /** The codes of a quantized value. */
    private final Map<String, String> heldCodes = new HashMap<>();
    /** What the producer of a quantized graph output writes instead, so that the output keeps its name. */
    private final Map<String, String> unquantized = new HashMap<>();
    /** What is added behind a MatMul instead, by the Add. */
    private final Map<Node, Addend> addends = new HashMap<>();
    /** Names of the zero points of activations, which many of them share, by their value. */
    private final Map<Integer, String> zeroPoints = new HashMap<>();
    /** Names of the largest codes of activations of fewer than 8 bits, by their value. */
    private final Map<Integer, String> largestCodes = new HashMap<>();
    /** Names of codes, scale and zero point by the first matrix of a layer: layers that share weights share these. */
    private final Map<CompressedLayer, List<String>> stored = new HashMap<>();

    /** An input of an Add. */
    private record Addend(int position, String name) {}

    private QdqRewrite(Graph graph, ActivationPlan plan, Map<String, AffineScale> scales) {
        this.graph = graph;
        this.plan = plan;
        this.scales = scales;
        this.edit = graph.edit();
    }

    /**
     * The quantized graph.
     *
     * @param graph of opset {@value #OPSET} or later
     * @param layers layers of that graph and their new weights
     * @param plan which activations to quantize
     * @param scales a scale for each of {@link ActivationPlan#valuesToMeasure()}
     */
    public static Graph apply(
            Graph graph, List<ReplacedLayer> layers, ActivationPlan plan, Map<String, AffineScale> scales) {
        if (graph.opset() < OPSET) {
            throw new IllegalArgumentException("opset %d; at least %d is needed".formatted(graph.opset(), OPSET));
        }
        QdqRewrite rewrite = new QdqRewrite(graph, plan, scales);
        plan.quantized().forEach(rewrite::quantizeActivation);
        Map<Node, ReplacedLayer> byNode = new HashMap<>();
        layers.forEach(layer -> byNode.put(layer.layer().node(), layer));
        layers.forEach(rewrite::correctAddend);
        for (Node node : graph.nodes()) {
            Node rewired = rewrite.rewired(node);
            ReplacedLayer layer = byNode.get(node);
            if (layer == null || !rewrite.hasIntegerKernel(layer)) {
                rewired = rewrite.keptInFloat(rewired, node);
            }
            if (layer != null) {
                rewired = rewrite.withNewWeights(rewired, layer);
            }
            if (rewired != node) {
                rewrite.edit.replace(node, rewired);
            }
        }
        return rewrite.edit.build();
    }

    /**
     * What the integer kernel of a layer asks of its weights: scales at which the int32 bias does not overflow and its
     * scale does not vanish, and neighbouring codes whose products fit 16 bits. No limits where the layer is computed in
     * float; depthwise kernels add in 32 bits everywhere.
     *
     * @param format of the weights that the layer is going to get
     * @param processor that the kernel has to be exact on
     */
    public static KernelLimits limits(
            Layer layer,
            WeightFormat format,
            Graph graph,
            ActivationPlan plan,
            Map<String, AffineScale> scales,
            Processor processor) {
        if (!hasIntegerInput(layer, plan)) {
            return KernelLimits.none(layer.rows());
        }
        AffineScale input = scales.get(plan.scaleOf(layer.input()));
        PairBound pairs = processor.maySaturate() && !layer.isDepthwise()
                ? PairBound.of(layer.cols(), layer.op().taps(), input.grid().max())
                : PairBound.NONE;
        return new KernelLimits(scaleFloor(layer, format, graph, input.scale()), pairs);
    }

    private static double[] scaleFloor(Layer layer, WeightFormat format, Graph graph, float input) {
        double[] floor = new double[layer.rows()];
        boolean integer = StoredWeights.type(format.bits(), graph.opset()) == ElementType.INT8
                && format.symmetric()
                && format.blocks(layer.cols(), layer.op().taps()).isOne();
        if (integer) {
            float[] bias = layer.biasValues();
            for (int row = 0; row < floor.length; row++) {
                double largest = Math.abs(bias[row]) / LARGEST_BIAS_CODE;
                floor[row] = Math.max(largest, Float.MIN_NORMAL) / input;
            }
        }
        return floor;
    }

    /**
     * The operator set in which weights of this format take the least room. In an older one, from {@value #OPSET} on,
     * they take 8 bits, and blocks cannot be written at all.
     */
    public static long bestOpset(WeightFormat format) {
        return StoredWeights.bestOpset(format);
    }

    /** True if weights of this format can be written with this operator set. */
    public static boolean canWrite(WeightFormat format, long opset) {
        return format.sharing() != WeightFormat.Sharing.BLOCK || opset >= StoredWeights.BLOCK_OPSET;
    }

    /** Bytes that codes, scales, zero points and bias of a layer take in the file. */
    public static long storedBytes(ReplacedLayer replaced, Graph graph, ActivationPlan plan) {
        Layer layer = replaced.layer();
        boolean hasBias = !(layer.op() instanceof Op.MatMul);
        if (replaced.quantized().isEmpty()) {
            return Float.BYTES * (layer.weights().elements() + (hasBias ? layer.rows() : 0));
        }
        StoredWeights stored = StoredWeights.of(layer, replaced.quantized(), graph.opset());
        long bytes = stored.codes().bytes().size()
                + stored.scale().bytes().size()
                + stored.zeroPoint().bytes().size();
        if (hasBias) {
            boolean integer = hasIntegerBias(layer, stored, plan);
            bytes += integer
                    ? Integer.BYTES * (long) layer.rows()
                            + stored.scale().bytes().size()
                    : Float.BYTES * (long) layer.rows();
        }
        return bytes;
    }

    private static boolean hasIntegerInput(Layer layer, ActivationPlan plan) {
        return plan.quantized().contains(layer.input()) && !(layer.op() instanceof Op.ConvTranspose);
    }

    private static boolean hasIntegerBias(Layer layer, StoredWeights stored, ActivationPlan plan) {
        return stored.suitsIntegerKernels() && hasIntegerInput(layer, plan);
    }

    private void quantizeActivation(String value) {
        AffineScale affine = scales.get(plan.scaleOf(value));
        String scale = put(Initializer.ofFloats("s", new float[] {affine.scale()}));
        String zero = zeroPoints.computeIfAbsent(affine.zeroPoint(), code -> putCode("z", code));
        Optional<Node> producer = graph.producer(value);
        Optional<Node> clip = producer.filter(node -> saturationReplaces(node, affine));
        clip.ifPresent(edit::remove);
        boolean renamed = graph.isOutput(value) && producer.isPresent();
        String raw = renamed ? edit.freshName(value + "_float") : value;
        String codes = edit.freshName("q");
        String back = renamed ? value : edit.freshName("dq");
        String source = clip.map(node -> node.inputs().get(0)).orElse(raw);
        insertBehind(producer, unnamed("QuantizeLinear", List.of(source, scale, zero), codes, Map.of()));
        String held = isNarrow(affine) ? heldInGrid(producer, codes, affine.grid()) : codes;
        insertBehind(producer, unnamed("DequantizeLinear", List.of(held, scale, zero), back, Map.of()));
        dequantized.put(value, back);
        heldCodes.put(value, held);
        unquantized.put(value, raw);
    }

    private static boolean isNarrow(AffineScale affine) {
        return affine.grid().max() < LARGEST_UINT8;
    }

    /**
     * Codes of fewer than 8 bits: QuantizeLinear to uint8 saturates at 255 only, so a Clip of the codes holds them.
     * Behind the QuantizeLinear it acts on integers, and ONNX Runtime still fuses what is in front of it.
     */
    private String heldInGrid(Optional<Node> producer, String codes, QuantGrid grid) {
        String largest = largestCodes.computeIfAbsent(grid.max(), code -> putCode("m", code));
        String held = edit.freshName("q");
        insertBehind(producer, unnamed("Clip", List.of(codes, "", largest), held, Map.of()));
        return held;
    }

    /**
     * True of a Relu or Clip that changes no code, as its bounds lie at or outside the ends of a narrow range: in front
     * of uint8 codes of a narrow range, ONNX Runtime would not see that it can be dropped.
     */
    private boolean saturationReplaces(Node node, AffineScale affine) {
        boolean readOnlyHere = graph.consumers(node.output()).stream()
                .noneMatch(reader -> reader.captures().contains(node.output()));
        return isNarrow(affine)
                && readOnlyHere
                && !plan.quantized().contains(node.inputs().get(0))
                && ClipBounds.of(graph, node)
                        .filter(bounds -> bounds.low() <= affine.low() && affine.high() <= bounds.high())
                        .isPresent();
    }

    private void insertBehind(Optional<Node> producer, Node node) {
        producer.ifPresentOrElse(anchor -> edit.insertAfter(anchor, node), () -> edit.prepend(node));
    }

    private String putCode(String name, int code) {
        return put(Initializer.of(name, ElementType.UINT8, List.of(), new byte[] {(byte) code}));
    }

    /** A node without a name: nobody asks for it by name, and in a small network names weigh as much as weights. */
    private static Node unnamed(String opType, List<String> inputs, String output, Map<String, Attribute> attributes) {
        return Node.of("", opType, inputs, List.of(output), attributes);
    }

    /** A MatMul has no bias: what corrects it goes into the constant that is added to its output, where one is. */
    private void correctAddend(ReplacedLayer replaced) {
        Layer layer = replaced.layer();
        String output = layer.node().output();
        Optional<Node> add = graph.soleConsumer(output).filter(reader -> reader.is("Add"));
        if (!(layer.op() instanceof Op.MatMul) || add.isEmpty()) {
            return;
        }
        int other = add.get().inputs().get(0).equals(output) ? 1 : 0;
        Optional<Initializer> addend = graph.constant(add.get(), other)
                .filter(constant -> constant.type() == ElementType.FLOAT)
                .filter(constant -> constant.dims().equals(List.of((long) layer.rows())));
        if (addend.isPresent()) {
            float[] corrected = addend.get().floats();
            for (int row = 0; row < corrected.length; row++) {
                corrected[row] += replaced.bias()[row];
            }
            addends.put(add.get(), new Addend(other, put(Initializer.ofFloats("b", corrected, corrected.length))));
        }
    }

    /** The node with quantized inputs read behind their DequantizeLinear, and with the addend that corrects a MatMul. */
    private Node rewired(Node node) {
        List<String> inputs = new ArrayList<>(node.inputs());
        inputs.replaceAll(input -> dequantized.getOrDefault(input, input));
        Optional.ofNullable(addends.get(node)).ifPresent(addend -> inputs.set(addend.position(), addend.name()));
        List<String> outputs = node.outputs().stream()
                .map(output -> unquantized.getOrDefault(output, output))
                .toList();
        Node rewired = inputs.equals(node.inputs()) ? node : node.withInputs(inputs);
        return outputs.equals(node.outputs()) ? rewired : rewired.withOutputs(outputs);
    }

    private boolean hasIntegerKernel(ReplacedLayer replaced) {
        if (replaced.quantized().isEmpty() || replaced.layer().op() instanceof Op.ConvTranspose) {
            return false;
        }
        QuantizedWeights first = replaced.quantized().get(0);
        return StoredWeights.type(first.grid().bits(), graph.opset()) == ElementType.INT8
                && first.blocks().isOne();
    }

    /**
     * A node that computes with float weights and reads a quantized value. Between a DequantizeLinear and a QuantizeLinear,
     * ONNX Runtime rounds the constant weights of a Conv, ConvTranspose or Gemm to 8 bits by itself, to nearest and with
     * sums that may overflow; but not behind a DequantizeLinear with one scale a channel, so it gets its own.
     */
    private Node keptInFloat(Node rewired, Node node) {
        boolean roundedByItself = node.is("Conv") || node.is("ConvTranspose") || node.is("Gemm");
        String value = node.inputs().isEmpty() ? "" : node.inputs().get(0);
        Optional<Initializer> weights = graph.constant(node, 1);
        if (!roundedByItself || !heldCodes.containsKey(value) || weights.isEmpty()) {
            return rewired;
        }
        AffineScale affine = scales.get(plan.scaleOf(value));
        int channels = Math.toIntExact(Layers.inputChannels(node, weights.get()));
        float[] scale = new float[channels];
        byte[] zeroPoints = new byte[channels];
        Arrays.fill(scale, affine.scale());
        Arrays.fill(zeroPoints, (byte) affine.zeroPoint());
        List<String> parameters = List.of(
                heldCodes.get(value),
                put(Initializer.ofFloats("s", scale, channels)),
                put(Initializer.of("z", ElementType.UINT8, List.of((long) channels), zeroPoints)));
        List<String> inputs = new ArrayList<>(rewired.inputs());
        inputs.set(0, dequantize(node, parameters, Map.of("axis", new Attribute.Int(channelAxis(node)))));
        return rewired.withInputs(inputs);
    }

    private static int channelAxis(Node node) {
        return node.is("Gemm") && node.integer("transA").orElse(0) != 0 ? 0 : 1;
    }

    private Node withNewWeights(Node node, ReplacedLayer replaced) {
        List<String> inputs = new ArrayList<>(node.inputs().subList(0, 1));
        if (replaced.quantized().isEmpty()) {
            inputs.add(floatWeights(replaced));
            bias(replaced, Optional.empty()).ifPresent(inputs::add);
        } else {
            StoredWeights stored = StoredWeights.of(replaced.layer(), replaced.quantized(), graph.opset());
            inputs.add(weights(replaced, stored));
            bias(replaced, Optional.of(stored)).ifPresent(inputs::add);
        }
        boolean factors =
                replaced.layer().op() instanceof Op.Gemm && (node.real("alpha", 1) != 1 || node.real("beta", 1) != 1);
        return factors
                ? Node.of(node.name(), node.opType(), inputs, node.outputs(), Layers.withoutFactors(node))
                : node.withInputs(inputs);
    }

    private String floatWeights(ReplacedLayer replaced) {
        Layer layer = replaced.layer();
        long[] dims = layer.weights().dims().stream().mapToLong(Long::longValue).toArray();
        return stored.computeIfAbsent(
                        replaced.groups().get(0),
                        matrix -> List.of(put(Initializer.ofFloats("w", replaced.storedFloats(), dims))))
                .get(0);
    }

    private String weights(ReplacedLayer replaced, StoredWeights weights) {
        CompressedLayer matrix = replaced.groups().get(0);
        Node reader = replaced.layer().node();
        List<String> parameters = stored.containsKey(matrix)
                ? reused(reader, stored.get(matrix), weights)
                : List.of(put(weights.codes()), put(weights.scale()), put(weights.zeroPoint()));
        stored.put(matrix, parameters);
        String value = dequantize(reader, parameters, weights.attributes());
        return weights.misleadsFusion(replaced.layer().op())
                ? reshaped(reader, value, weights.codes().dims())
                : value;
    }

    /**
     * Codes that another layer reads, too. With {@code session.x64quantprecision=1} ONNX Runtime converts the codes and the
     * zero point of every layer under a name made of theirs, and refuses a model in which two layers have the same. It folds
     * a Reshape to the shape that is there; one behind the other, since equal ones would be merged before.
     */
    private List<String> reused(Node reader, List<String> parameters, StoredWeights weights) {
        String codes = reshaped(reader, parameters.get(0), weights.codes().dims());
        return List.of(codes, parameters.get(1), put(weights.zeroPoint()));
    }

    /** The same values once more, behind a Reshape to the shape they have. */
    private String reshaped(Node reader, String value, List<Long> dims) {
        long[] shape = dims.stream().mapToLong(Long::longValue).toArray();
        String shapeName = put(Initializer.ofLongs("shape", shape, shape.length));
        String reshaped = edit.freshName("w");
        edit.insertBefore(reader, unnamed("Reshape", List.of(value, shapeName), reshaped, Map.of()));
        return reshaped;
    }

    private Optional<String> bias(ReplacedLayer replaced, Optional<StoredWeights> weights) {
        Layer layer = replaced.layer();
        if (layer.op() instanceof Op.MatMul) {
            return Optional.empty();
        }
        if (weights.isEmpty() || !hasIntegerBias(layer, weights.get(), plan)) {
            return Optional.of(put(Initializer.ofFloats("b", replaced.bias(), layer.rows())));
        }
        float input = scales.get(plan.scaleOf(layer.input())).scale();
        float[] scale = weights.get().scale().floats();
        for (int i = 0; i < scale.length; i++) {
            scale[i] *= input;
        }
        int[] codes = new int[layer.rows()];
        for (int row = 0; row < codes.length; row++) {
            double own = scale[scale.length == 1 ? 0 : row];
            codes[row] = Math.toIntExact(Math.round(replaced.bias()[row] / own));
        }
        long[] scaleDims =
                weights.get().scale().dims().stream().mapToLong(Long::longValue).toArray();
        String codesName = put(Initializer.ofInts("q", codes, codes.length));
        String scaleName = put(Initializer.ofFloats("s", scale, scaleDims));
        Map<String, Attribute> attributes = scaleDims.length == 0 ? Map.of() : Map.of("axis", new Attribute.Int(0));
        return Optional.of(dequantize(layer.node(), List.of(codesName, scaleName), attributes));
    }

    private String dequantize(Node reader, List<String> parameters, Map<String, Attribute> attributes) {
        String value = edit.freshName("dq");
        edit.insertBefore(reader, unnamed("DequantizeLinear", parameters, value, attributes));
        return value;
    }

    private String put(Initializer initializer) {
        Initializer fresh = initializer.named(edit.freshName(initializer.name()));
        edit.put(fresh);
        return fresh.name();
    }
}
