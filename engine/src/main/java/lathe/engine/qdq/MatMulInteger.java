package lathe.engine.qdq;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import lathe.engine.graph.Attribute;
import lathe.engine.graph.Graph;
import lathe.engine.graph.GraphEdit;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Node;
import lathe.engine.grid.AffineFormat;
import lathe.engine.grid.Blocks;
import lathe.engine.grid.WeightFormat;
import lathe.engine.layer.QuantizedWeights;
import lathe.engine.layer.SolvedLayer;
import lathe.engine.tensor.ElementType;

/**
 * Products of 8-bit codes in standard ONNX: DynamicQuantizeLinear rounds the inputs of each run to 8 bits between their least
 * and their largest, MatMulInteger multiplies the codes, and {@code Mul(Cast(product), Mul(scale of inputs, scales of
 * outputs))} makes floats of them. Values that several layers read are rounded once. ONNX Runtime fuses what follows a
 * MatMulInteger into its kernel.
 *
 * <p>Measured with {@code bench/scripts/products.py}, see bench/RESULTS.md: half the time of floats.
 *
 * <p>Source: operator definitions of ONNX, DynamicQuantizeLinear-11 and MatMulInteger-10.
 */
final class MatMulInteger implements CodeProduct {

    private static final String NAME = "MatMulInteger";

    /** Products of a byte and a code of up to 127 that fit the 32 bits they are added in. */
    private static final int MOST_INPUTS = Integer.MAX_VALUE / (255 * 127);

    private final GraphEdit edit;
    private final Map<String, List<String>> rounded = new HashMap<>();

    MatMulInteger(GraphEdit edit) {
        this.edit = edit;
    }

    static boolean canHold(WeightFormat format, Blocks blocks) {
        return format instanceof AffineFormat
                && format.symmetric()
                && format.bits() == Byte.SIZE
                && blocks.isOne()
                && blocks.cols() <= MOST_INPUTS;
    }

    @Override
    public List<String> put(SolvedLayer solved) {
        QuantizedWeights weights = solved.quantized().get(0);
        int rows = weights.rows();
        int cols = weights.cols();
        byte[] codes = new byte[rows * cols];
        for (int row = 0; row < rows; row++) {
            for (int col = 0; col < cols; col++) {
                codes[col * rows + row] = (byte) weights.codes()[row * cols + col];
            }
        }
        List<Long> dims = List.of((long) cols, (long) rows);
        return List.of(
                edit.putFresh(Initializer.ofCodes("q", ElementType.INT8, dims, codes)),
                edit.putFresh(Initializer.ofFloats("s", weights.scales(), rows)));
    }

    @Override
    public List<String> names(SolvedLayer solved) {
        return List.of("q", "s");
    }

    @Override
    public Node insert(Node reader, Node now, SolvedLayer solved, List<String> constants, Optional<String> bias) {
        String data = now.inputs().get(solved.layer().site().operator().data());
        List<String> inputs = rounded.computeIfAbsent(data, value -> rounded(reader, value));
        String product = insert(reader, NAME, List.of(inputs.get(0), constants.get(0), inputs.get(2)), Map.of());
        String floats =
                insert(reader, "Cast", List.of(product), Map.of("to", new Attribute.Int(ElementType.FLOAT.code())));
        String scales = insert(reader, "Mul", List.of(inputs.get(1), constants.get(1)), Map.of());
        List<String> factors = List.of(floats, scales);
        return bias.map(addend -> Node.of(
                        now.name(),
                        "Add",
                        List.of(insert(reader, "Mul", factors, Map.of()), addend),
                        now.outputs(),
                        Map.of()))
                .orElseGet(() -> Node.of(now.name(), "Mul", factors, now.outputs(), Map.of()));
    }

    /** Codes, scale and zero point. */
    private List<String> rounded(Node reader, String data) {
        List<String> results = List.of(edit.freshName("x"), edit.freshName("s"), edit.freshName("z"));
        edit.insertBefore(reader, Node.of("", "DynamicQuantizeLinear", List.of(data), results, Map.of()));
        return results;
    }

    private String insert(Node reader, String opType, List<String> inputs, Map<String, Attribute> attributes) {
        return edit.computeBefore(reader, "y", opType, inputs, attributes);
    }

    /** The product that a Mul ends, also one that another tool has written: codes of either sign, perhaps with zero points. */
    static Optional<Read> read(Graph graph, Node node) {
        if (!node.is("Mul")) {
            return Optional.empty();
        }
        Optional<Node> product = from(graph, node, 0, "Cast").flatMap(cast -> from(graph, cast, 0, NAME));
        Optional<Node> scales = from(graph, node, 1, "Mul");
        Optional<Node> rounding = product.flatMap(found -> from(graph, found, 0, "DynamicQuantizeLinear"))
                .filter(found -> scales.isPresent()
                        && found.outputs().size() == 3
                        && isOutput(found, 0, product.get().input(0))
                        && isOutput(found, 1, scales.get().input(0))
                        && isOutput(found, 2, product.get().input(2)));
        return rounding.flatMap(found -> found.input(0)
                .flatMap(data -> matrix(graph, product.get(), scales.get())
                        .map(matrix -> new Read(data, matrix, Optional.empty()))));
    }

    private static boolean isOutput(Node node, int output, Optional<String> value) {
        return value.equals(Optional.of(node.outputs().get(output)));
    }

    private static Optional<Node> from(Graph graph, Node node, int input, String opType) {
        return node.input(input).flatMap(graph::producer).filter(found -> found.is(opType));
    }

    private static Optional<FoldedTensor> matrix(Graph graph, Node product, Node scaling) {
        Optional<Initializer> codes = graph.constant(product, 1)
                .filter(found -> found.rank() == 2)
                .filter(found -> found.type() == ElementType.INT8 || found.type() == ElementType.UINT8);
        Optional<float[]> scales = graph.constant(scaling, 1)
                .filter(found -> found.type() == ElementType.FLOAT)
                .map(Initializer::floats);
        Optional<Initializer> zeros = graph.constant(product, 3)
                .filter(found -> codes.map(Initializer::type).equals(Optional.of(found.type())));
        if (codes.isEmpty() || scales.isEmpty() || (product.input(3).isPresent() && zeros.isEmpty())) {
            return Optional.empty();
        }
        List<Long> dims = codes.get().dims();
        int rows = Math.toIntExact(dims.get(1));
        int mask = codes.get().type() == ElementType.UINT8 ? 0xff : -1;
        byte[] stored = codes.get().codes();
        byte[] zero = zeros.map(Initializer::codes).orElse(new byte[1]);
        float[] scale = scales.get();
        boolean fits = stored.length == codes.get().elements()
                && (scale.length == 1 || scale.length == rows)
                && (zero.length == 1 || zero.length == rows);
        FoldedTensor.Elements elements = place -> {
            int row = place % rows;
            int centred = (stored[place] & mask) - (zero[zero.length == 1 ? 0 : row] & mask);
            return scale[scale.length == 1 ? 0 : row] * centred;
        };
        return fits ? Optional.of(new FoldedTensor(ElementType.FLOAT, elements, dims)) : Optional.empty();
    }

    /** The Mul in front of what adds the bias of a layer, or the node itself. */
    static Node unbiased(Graph graph, Node node) {
        return node.is("Add") ? from(graph, node, 0, "Mul").orElse(node) : node;
    }
}
