package lathe.engine.qdq;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import lathe.engine.graph.Attribute;
import lathe.engine.graph.ClipBounds;
import lathe.engine.graph.Graph;
import lathe.engine.graph.GraphEdit;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Node;
import lathe.engine.grid.AffineScale;
import lathe.engine.grid.QuantGrid;
import lathe.engine.tensor.ElementType;

/** Puts a QuantizeLinear, DequantizeLinear pair behind activations; says what their readers and producers see then. */
final class ActivationRewrite {

    private static final int LARGEST_UINT8 = 255;

    private final Graph graph;
    private final ActivationPlan plan;
    private final Map<String, AffineScale> scales;
    private final GraphEdit edit;
    /** What readers of a quantized value read instead. */
    private final Map<String, String> dequantized = new HashMap<>();
    /** What the producer of a quantized graph output writes instead, so that the output keeps its name. */
    private final Map<String, String> unquantized = new HashMap<>();
    /** The codes of each quantized value. */
    private final Map<String, String> codesOf = new HashMap<>();
    /** What layers that compute in float read instead of a quantized value. */
    private final Map<String, String> dequantizedPerChannel = new HashMap<>();
    /** Names of the zero points of activations, which many of them share, by their value. */
    private final Map<Integer, String> zeroPoints = new HashMap<>();
    /** Names of the largest codes of activations of fewer than 8 bits, by their value. */
    private final Map<Integer, String> largestCodes = new HashMap<>();

    ActivationRewrite(Graph graph, ActivationPlan plan, Map<String, AffineScale> scales, GraphEdit edit) {
        this.graph = graph;
        this.plan = plan;
        this.scales = scales;
        this.edit = edit;
    }

    /** What readers of a value read. */
    String read(String value) {
        return dequantized.getOrDefault(value, value);
    }

    /** What the producer of a value writes. */
    String written(String value) {
        return unquantized.getOrDefault(value, value);
    }

    /** What a layer reads that is to compute in float: the same numbers. */
    String readInFloat(String value, PerChannelRead read) {
        return codesOf.containsKey(value)
                ? dequantizedPerChannel.computeIfAbsent(value, found -> dequantize(found, read))
                : value;
    }

    private String dequantize(String value, PerChannelRead read) {
        AffineScale affine = scales.get(plan.scaleOf(value));
        Node node = read.node(edit, codesOf.get(value), affine.scale(), ElementType.UINT8, (byte) affine.zeroPoint());
        insertBehind(graph.producer(value), node);
        return node.output();
    }

    void quantize(String value) {
        AffineScale affine = scales.get(plan.scaleOf(value));
        String scale = edit.putFresh(Initializer.ofFloats("s", new float[] {affine.scale()}));
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
        unquantized.put(value, raw);
        codesOf.put(value, held);
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
        return edit.putFresh(Initializer.of(name, ElementType.UINT8, List.of(), new byte[] {(byte) code}));
    }

    /** A node without a name: nobody asks for it by name, and in a small network names weigh as much as weights. */
    private static Node unnamed(String opType, List<String> inputs, String output, Map<String, Attribute> attributes) {
        return Node.of("", opType, inputs, List.of(output), attributes);
    }
}
