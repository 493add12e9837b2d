package lathe.engine.qdq;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import lathe.engine.graph.Attribute;
import lathe.engine.graph.Graph;
import lathe.engine.graph.GraphEdit;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Node;
import lathe.engine.grid.AffineFormat;
import lathe.engine.grid.AffineScale;
import lathe.engine.grid.CodebookFormat;
import lathe.engine.grid.PairBound;
import lathe.engine.grid.QuantGrid;
import lathe.engine.grid.WeightFormat;
import lathe.engine.layer.CompressedLayer;
import lathe.engine.layer.KernelLimits;
import lathe.engine.layer.Layer;
import lathe.engine.layer.SolvedLayer;
import lathe.engine.operator.Operator;
import lathe.engine.operator.Operators;
import lathe.engine.operator.WeightSite;
import lathe.engine.tensor.ElementType;

/**
 * Writes quantized layers and activations into a graph: integer weights behind DequantizeLinear, int32 biases with the
 * scale that integer kernels expect (input scale times weight scale), and a QuantizeLinear, DequantizeLinear pair
 * behind every quantized activation, through which all its readers read. Opset 13 is the least that can say so.
 *
 * <p>An activation of fewer than 8 bits is stored in uint8 too: a Clip of its codes leaves 0 to 2^bits - 1, so results
 * are those of narrower integers, sizes and times are not.
 *
 * <p>What was there keeps its name. What is added is called q (codes), s (scale), z (zero point), t (levels), m (largest code), dq
 * (what comes out of a DequantizeLinear) or b (a corrected bias), with a number: in a network of a megabyte, longer names
 * would weigh more than a tenth of the result.
 */
final class QdqRewrite {

    /** The first operator set whose DequantizeLinear has a scale per channel. */
    static final long OPSET = 13;

    /** Largest magnitude a bias code may take: a factor of two below overflow, for what accumulates on top of it. */
    private static final double LARGEST_BIAS_CODE = 1 << 30;

    private final Graph graph;
    private final ActivationPlan plan;
    private final Map<String, AffineScale> scales;
    private final WeightForm form;
    private final GraphEdit edit;
    private final ActivationRewrite activations;
    /** What is added behind a MatMul instead, by the Add. */
    private final Map<Node, Addend> addends = new HashMap<>();
    /** Names of codes, scale and zero point by the first matrix of a layer: layers that share weights share these. */
    private final Map<CompressedLayer, List<String>> stored = new HashMap<>();

    /** The same of tables from which rows are drawn. */
    private final Map<CompressedLayer, List<String>> tables = new HashMap<>();

    private final WrittenCodes codes;
    private final WeightsInFloat inFloat;
    private final Optional<CodeProduct> product;

    /** An input of an Add. */
    private record Addend(int position, String name) {}

    private QdqRewrite(Graph graph, ActivationPlan plan, Map<String, AffineScale> scales, WeightForm form) {
        this.graph = graph;
        this.plan = plan;
        this.scales = scales;
        this.form = form;
        this.edit = graph.edit();
        this.codes = new WrittenCodes(edit);
        this.inFloat = new WeightsInFloat(edit, codes);
        this.product = CodeProduct.of(form, edit);
        this.activations = new ActivationRewrite(graph, plan, scales, edit);
    }

    /**
     * The quantized graph.
     *
     * @param graph of opset {@value #OPSET} or later
     * @param layers layers of that graph and their new weights
     * @param plan which activations to quantize
     * @param scales a scale for each of {@link ActivationPlan#valuesToMeasure()}
     * @param form of the weights of layers that compute in float
     */
    static Graph apply(
            Graph graph,
            List<SolvedLayer> layers,
            ActivationPlan plan,
            Map<String, AffineScale> scales,
            WeightForm form) {
        if (graph.opset() < OPSET) {
            throw new IllegalArgumentException("opset %d; at least %d is needed".formatted(graph.opset(), OPSET));
        }
        QdqRewrite rewrite = new QdqRewrite(graph, plan, scales, form);
        List<SolvedLayer> packable = layers.stream()
                .filter(layer -> mayBePacked(layer, graph, plan, form))
                .toList();
        rewrite.inFloat.pack(packable, graph.opset());
        plan.quantized().forEach(rewrite.activations::quantize);
        Map<Node, List<SolvedLayer>> byNode = layers.stream()
                .collect(Collectors.groupingBy(layer -> layer.layer().node()));
        layers.forEach(rewrite::correctAddend);
        graph.allNodes().forEach(node -> rewrite.rewrite(node, byNode.getOrDefault(node, List.of())));
        return withoutUnread(rewrite.edit.build());
    }

    /** Nodes in bodies read no quantized values: these are not seen there. */
    private void rewrite(Node node, List<SolvedLayer> sites) {
        Node rewired = graph.enclosing(node).isPresent() ? node : rewired(node, sites);
        for (SolvedLayer site : sites) {
            rewired = withNewWeights(rewired, site);
        }
        if (!rewired.equals(node)) {
            edit.replace(node, rewired);
        }
    }

    /** ONNX Runtime computes what nobody reads: one is left over where all readers of a value have one per channel. */
    private static Graph withoutUnread(Graph graph) {
        GraphEdit edit = graph.edit();
        graph.nodes().stream()
                .filter(node -> node.is("DequantizeLinear")
                        && graph.consumers(node.output()).isEmpty()
                        && !graph.isOutput(node.output()))
                .forEach(edit::remove);
        return edit.build();
    }

    /**
     * What the integer kernel of a layer asks of its weights: scales at which the int32 bias does not overflow and its
     * scale does not vanish, and neighbouring codes whose products fit 16 bits. No limits where the layer is computed in
     * float; depthwise kernels add in 32 bits everywhere.
     *
     * @param format of the weights that the layer is going to get
     * @param target whose kernels have to be exact
     */
    static KernelLimits limits(
            Layer layer,
            WeightFormat format,
            Graph graph,
            ActivationPlan plan,
            Map<String, AffineScale> scales,
            OrtTarget target) {
        if (target.form() == WeightForm.DYNAMIC && canBeProduct(layer, format, graph, target.form())) {
            int largest = QuantGrid.unsigned(Byte.SIZE).max();
            return new KernelLimits(new double[layer.rows()], pairs(layer, largest, target.processor()));
        }
        if (!plan.computesInIntegers(layer) || !(format instanceof AffineFormat)) {
            return KernelLimits.none(layer.rows());
        }
        AffineScale input = scales.get(plan.scaleOf(layer.input()));
        double[] floor = scaleFloor(layer, format, graph, input.scale());
        return new KernelLimits(floor, pairs(layer, input.grid().max(), target.processor()));
    }

    private static PairBound pairs(Layer layer, int largest, Processor processor) {
        return processor.maySaturate() && !layer.isDepthwise()
                ? PairBound.of(layer.cols(), layer.taps(), largest)
                : PairBound.NONE;
    }

    private static double[] scaleFloor(Layer layer, WeightFormat format, Graph graph, float input) {
        double[] floor = new double[layer.rows()];
        boolean integer = StoredWeights.type(format, graph.opset()) == ElementType.INT8
                && format.symmetric()
                && format.blocks(layer.cols(), layer.taps()).isOne();
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
     * The graph with the weights and the bias of one layer written as {@link #apply} writes them, nothing packed, and the
     * bias 0.
     *
     * @param withWeights false for the bias alone
     */
    static Graph withOne(SolvedLayer solved, boolean withWeights, Graph graph, ActivationPlan plan, WeightForm form) {
        AffineScale any = new AffineScale(QuantGrid.unsigned(Byte.SIZE), 1, 0);
        Map<String, AffineScale> scales =
                plan.valuesToMeasure().stream().collect(Collectors.toMap(value -> value, value -> any));
        QdqRewrite rewrite = new QdqRewrite(graph, plan, scales, form);
        SolvedLayer unbiased = new SolvedLayer(solved.layer(), solved.groups(), new float[solved.bias().length]);
        Node node = solved.layer().node();
        rewrite.edit.replace(
                node, withWeights ? rewrite.withNewWeights(node, unbiased) : rewrite.withNewBias(node, unbiased));
        return rewrite.edit.build();
    }

    private Node withNewBias(Node node, SolvedLayer solved) {
        WeightSite site = solved.layer().site();
        Optional<CodeProduct> ofCodes = ofCodes(solved);
        if (ofCodes.isPresent()) {
            return ofCodes.get()
                    .insert(node, node, solved, ofCodes.get().names(solved), bias(solved, Optional.empty()));
        }
        Optional<StoredWeights> stored = solved.quantized().isEmpty()
                ? Optional.empty()
                : Optional.of(StoredWeights.of(solved.layer(), solved.quantized(), graph.opset()));
        return site.rewired(node, node.inputs().get(site.operator().weights()), bias(solved, stored));
    }

    /** Layers whose weights a runtime is to fold into floats, in which nothing but float is computed. */
    static boolean mayBePacked(SolvedLayer solved, Graph graph, ActivationPlan plan, WeightForm form) {
        boolean indices = solved.quantized().stream().anyMatch(group -> group.format() instanceof CodebookFormat);
        return (form.isPacked() || indices)
                && !isInteger(solved, graph, plan)
                && !isProductOfCodes(solved, graph, plan, form);
    }

    /** True of a layer that a kernel computes from its codes and from inputs that it rounds itself. */
    private static boolean isProductOfCodes(SolvedLayer solved, Graph graph, ActivationPlan plan, WeightForm form) {
        return !isInteger(solved, graph, plan)
                && solved.quantized().stream()
                        .limit(1)
                        .anyMatch(group -> canBeProduct(solved.layer(), group.format(), graph, form));
    }

    private static boolean canBeProduct(Layer layer, WeightFormat format, Graph graph, WeightForm form) {
        return CodeProduct.canHold(
                form, layer, format, graph.enclosing(layer.node()).isPresent());
    }

    private Optional<CodeProduct> ofCodes(SolvedLayer solved) {
        return product.filter(writer -> isProductOfCodes(solved, graph, plan, form));
    }

    private static boolean hasIntegerBias(Layer layer, StoredWeights stored, ActivationPlan plan) {
        return stored.suitsIntegerKernels() && plan.computesInIntegers(layer);
    }

    /** A MatMul has no bias: what corrects it goes into the constant that is added to its output, where one is. */
    private void correctAddend(SolvedLayer solved) {
        Layer layer = solved.layer();
        String output = layer.node().output();
        Optional<Node> add = graph.soleConsumer(output).filter(reader -> reader.is("Add"));
        if (layer.site().takesBias() || !layer.site().observed().isOutput() || add.isEmpty()) {
            return;
        }
        int other = add.get().inputs().get(0).equals(output) ? 1 : 0;
        List<Long> perOutput = layer.site().observed().perOutput();
        Optional<Initializer> addend = graph.constant(add.get(), other)
                .filter(constant -> constant.type() == ElementType.FLOAT)
                .filter(constant -> !perOutput.isEmpty() && constant.dims().equals(perOutput));
        if (addend.isPresent()) {
            float[] corrected = addend.get().floats();
            for (int row = 0; row < corrected.length; row++) {
                corrected[row] += solved.bias()[row];
            }
            addends.put(add.get(), new Addend(other, edit.putFresh(Initializer.ofFloats("b", corrected, perOutput))));
        }
    }

    /** The node with quantized inputs read behind their DequantizeLinear, and with the addend that corrects a MatMul. */
    private Node rewired(Node node, List<SolvedLayer> sites) {
        List<String> inputs = new ArrayList<>(node.inputs());
        inputs.replaceAll(activations::read);
        boolean integer = sites.stream().anyMatch(this::isInteger);
        boolean constant = sites.stream().allMatch(this::isFolded);
        if (!integer && constant && plan.isQuantizedBehind(node)) {
            Operators.withBias(node)
                    .ifPresent(operator -> readInFloat(node, operator).ifPresent(read -> inputs.set(0, read)));
        }
        Optional.ofNullable(addends.get(node)).ifPresent(addend -> inputs.set(addend.position(), addend.name()));
        List<String> outputs = node.outputs().stream().map(activations::written).toList();
        Node rewired = inputs.equals(node.inputs()) ? node : node.withInputs(inputs);
        return outputs.equals(node.outputs()) ? rewired : rewired.withOutputs(outputs);
    }

    /** True if ONNX Runtime makes constant floats of the weights when it loads the model. */
    private boolean isFolded(SolvedLayer solved) {
        return form.isFolded()
                || solved.quantized().stream()
                        .noneMatch(group -> StoredWeights.table(group.format(), graph.opset())
                                .isEmpty());
    }

    /** What a node reads whose constant float weights ONNX Runtime would round, since both its ends are quantized. */
    private Optional<String> readInFloat(Node node, Operator operator) {
        return graph.constant(node, operator.weights())
                .map(weights -> activations.readInFloat(
                        node.inputs().get(operator.data()), PerChannelRead.of(operator, node, weights.dims())));
    }

    private Node withNewWeights(Node node, SolvedLayer solved) {
        WeightSite site = solved.layer().site();
        if (solved.quantized().isEmpty()) {
            return site.rewired(node, inFloat.floats(solved), bias(solved, Optional.empty()));
        }
        Optional<CodeProduct> ofCodes = ofCodes(solved);
        if (ofCodes.isPresent()) {
            List<String> names = stored.computeIfAbsent(
                    solved.groups().get(0), weights -> ofCodes.get().put(solved));
            return ofCodes.get().insert(solved.layer().node(), node, solved, names, bias(solved, Optional.empty()));
        }
        StoredWeights stored = StoredWeights.of(solved.layer(), solved.quantized(), graph.opset());
        boolean drawn = solved.layer().readsIndices() && form.isFolded() && GatheredRows.canHold(stored);
        if (drawn && !inFloat.isPacked(solved)) {
            List<String> names = tables.computeIfAbsent(
                    solved.groups().get(0), table -> GatheredRows.put(edit, codes.of(table, stored.codes()), stored));
            return GatheredRows.insert(
                    edit, site.node(), node, names, stored.scale().rank() == 0);
        }
        return site.rewired(node, weights(solved, stored), bias(solved, Optional.of(stored)));
    }

    private String weights(SolvedLayer solved, StoredWeights weights) {
        Layer layer = solved.layer();
        Node reader = layer.node();
        CompressedLayer key = solved.groups().get(0);
        boolean integer = isInteger(solved);
        boolean numbers = weights.table().isEmpty() && weights.codes().type() != ElementType.INT16;
        boolean oneAxis = layer.layout().hasPlainAxes(); // which is all that the scales of a DequantizeLinear can have
        if (!integer && (form.isFolded() || !numbers || !oneAxis)) {
            return inFloat.codes(solved, weights);
        }
        List<String> parameters = stored.containsKey(key)
                ? reused(reader, stored.get(key), weights)
                : List.of(
                        codes.of(key, weights.codes()),
                        edit.putFresh(weights.scale()),
                        edit.putFresh(weights.zeroPoint()));
        stored.put(key, parameters);
        String value = dequantize(reader, parameters, weights.attributes());
        boolean misleads = !integer && plan.quantized().contains(layer.input());
        return misleads || weights.misleadsFusion(layer)
                ? reshaped(reader, value, weights.codes().dims())
                : value;
    }

    private boolean isInteger(SolvedLayer solved) {
        return isInteger(solved, graph, plan);
    }

    /** True if ONNX Runtime computes a layer in integers. */
    private static boolean isInteger(SolvedLayer solved, Graph graph, ActivationPlan plan) {
        return plan.computesInIntegers(solved.layer())
                && solved.quantized().stream()
                        .anyMatch(group -> group.blocks().isOne()
                                && StoredWeights.type(group.format(), graph.opset()) == ElementType.INT8);
    }

    /**
     * Codes that another layer reads, too. With {@code session.x64quantprecision=1} ONNX Runtime converts the codes and the
     * zero point of every layer under a name made of theirs, and refuses a model in which two layers have the same. It folds
     * a Reshape to the shape that is there; one behind the other, since equal ones would be merged before.
     */
    private List<String> reused(Node reader, List<String> parameters, StoredWeights weights) {
        if (weights.codes().type() != ElementType.INT8) {
            return parameters; // no integer kernel takes these, and none reshapes them
        }
        String codes = reshaped(reader, parameters.get(0), weights.codes().dims());
        return List.of(codes, parameters.get(1), edit.putFresh(weights.zeroPoint()));
    }

    /** The same values once more, behind a Reshape to the shape they have. */
    private String reshaped(Node reader, String value, List<Long> dims) {
        long[] shape = dims.stream().mapToLong(Long::longValue).toArray();
        String shapeName = edit.putFresh(Initializer.ofLongs("shape", shape, shape.length));
        return edit.computeBefore(reader, "w", "Reshape", List.of(value, shapeName), Map.of());
    }

    private Optional<String> bias(SolvedLayer solved, Optional<StoredWeights> weights) {
        Layer layer = solved.layer();
        if (!layer.site().takesBias()) {
            return Optional.empty();
        }
        if (weights.isEmpty() || !hasIntegerBias(layer, weights.get(), plan)) {
            return Optional.of(edit.putFresh(Initializer.ofFloats("b", solved.bias(), layer.rows())));
        }
        float input = scales.get(plan.scaleOf(layer.input())).scale();
        float[] scale = weights.get().scale().floats();
        for (int i = 0; i < scale.length; i++) {
            scale[i] *= input;
        }
        int[] codes = new int[layer.rows()];
        for (int row = 0; row < codes.length; row++) {
            double own = scale[scale.length == 1 ? 0 : row];
            codes[row] = Math.toIntExact(Math.round(solved.bias()[row] / own));
        }
        long[] scaleDims =
                weights.get().scale().dims().stream().mapToLong(Long::longValue).toArray();
        String codesName = edit.putFresh(Initializer.ofInts("q", codes, codes.length));
        String scaleName = edit.putFresh(Initializer.ofFloats("s", scale, scaleDims));
        Map<String, Attribute> attributes = scaleDims.length == 0 ? Map.of() : Map.of("axis", new Attribute.Int(0));
        return Optional.of(dequantize(layer.node(), List.of(codesName, scaleName), attributes));
    }

    private String dequantize(Node reader, List<String> parameters, Map<String, Attribute> attributes) {
        return edit.computeBefore(reader, "dq", "DequantizeLinear", parameters, attributes);
    }
}
