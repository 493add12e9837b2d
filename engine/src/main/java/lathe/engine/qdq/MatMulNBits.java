package lathe.engine.qdq;

import java.util.ArrayList;
import java.util.LinkedHashMap;
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
 * The operator MatMulNBits of ONNX Runtime, {@code A Bᵀ + bias}: B is outputs x inputs, in codes of 4 or 8 bits, each block of
 * inputs in a row with a scale and perhaps a zero point. Its kernels read these codes; B never is in float.
 *
 * <p>A weight is {@code scale * (code - zeroPoint)} as in DequantizeLinear. With accuracy level 4, which is written, blocks of A
 * are rounded to 8 bits, each with a scale of its own, and multiplied in integers; without, both factors are floats.
 *
 * <p>Source: {@code docs/ContribOperators.md} of ONNX Runtime, com.microsoft.MatMulNBits.
 */
final class MatMulNBits implements CodeProduct {

    private static final String DOMAIN = "com.microsoft";

    private static final String NAME = "MatMulNBits";
    private static final int ACCURACY = 4;
    /** Extents of blocks, powers of two, for which ONNX Runtime has kernels. */
    private static final int LEAST_BLOCK = 16;

    private static final int MOST_BLOCK = 256;
    /** Positions of inputs. */
    private static final int ZERO_POINTS = 3;

    private static final int ORDER = 4;
    private static final int BIAS = 5;

    private final GraphEdit edit;

    MatMulNBits(GraphEdit edit) {
        this.edit = edit;
    }

    static boolean canHold(WeightFormat format, Blocks blocks) {
        boolean codes =
                format instanceof AffineFormat && (format.bits() == Byte.SIZE / 2 || format.bits() == Byte.SIZE);
        int block = block(blocks);
        return codes && Integer.bitCount(block) == 1 && block >= LEAST_BLOCK && block <= MOST_BLOCK;
    }

    /** Inputs that share a scale; one block is as long as it has to be. */
    private static int block(Blocks blocks) {
        int whole = Math.max(LEAST_BLOCK, Integer.highestOneBit(Math.max(1, 2 * blocks.cols() - 1)));
        return blocks.isOne() ? whole : blocks.block();
    }

    @Override
    public List<String> put(SolvedLayer solved) {
        QuantizedWeights weights = solved.quantized().get(0);
        Blocks blocks = weights.blocks();
        int bits = weights.format().bits();
        int block = block(blocks);
        int count = blocks.count();
        int centre = 1 << (bits - 1);
        byte[] codes = new byte[weights.rows() * count * block];
        byte[] zeroPoints = new byte[weights.rows() * evenly(count, bits)];
        for (int row = 0; row < weights.rows(); row++) {
            for (int i = 0; i < count * block; i++) {
                int zero = weights.zeroPoints()[row * count + i / block];
                int code = i < blocks.cols() ? weights.codes()[row * blocks.cols() + i] : zero;
                codes[row * count * block + i] = (byte) (code + centre);
            }
            for (int i = 0; i < count; i++) {
                int at = row * evenly(count, bits) + i;
                zeroPoints[at] = (byte) (weights.zeroPoints()[row * count + i] + centre);
            }
        }
        long perBlock = (long) block * bits / Byte.SIZE;
        List<String> names = new ArrayList<>();
        names.add(edit.putFresh(packed("q", codes, bits, List.of((long) weights.rows(), (long) count, perBlock))));
        names.add(edit.putFresh(Initializer.ofFloats("s", weights.scales(), weights.scales().length)));
        if (!weights.format().symmetric()) {
            long bytes = (long) zeroPoints.length * bits / Byte.SIZE;
            names.add(edit.putFresh(packed("z", zeroPoints, bits, List.of(bytes))));
        }
        return names;
    }

    @Override
    public List<String> names(SolvedLayer solved) {
        return solved.quantized().get(0).format().symmetric() ? List.of("q", "s") : List.of("q", "s", "z");
    }

    /** Zero points of an output: it begins with a byte of its own. */
    private static int evenly(int count, int bits) {
        int perByte = Byte.SIZE / bits;
        return (count + perByte - 1) / perByte * perByte;
    }

    private static Initializer packed(String name, byte[] codes, int bits, List<Long> dims) {
        ElementType type = bits == Byte.SIZE ? ElementType.UINT8 : ElementType.UINT4;
        Initializer packed = Initializer.ofCodes(name, type, List.of((long) codes.length), codes);
        return new Initializer(name, ElementType.UINT8, dims, packed.bytes(), Optional.empty());
    }

    @Override
    public Node insert(Node reader, Node now, SolvedLayer solved, List<String> constants, Optional<String> bias) {
        edit.requireOpset(DOMAIN, 1);
        QuantizedWeights weights = solved.quantized().get(0);
        List<String> inputs = new ArrayList<>(
                List.of(now.inputs().get(solved.layer().site().operator().data())));
        inputs.addAll(constants);
        bias.ifPresent(name -> {
            while (inputs.size() < BIAS) {
                inputs.add("");
            }
            inputs.add(name);
        });
        Map<String, Attribute> attributes = new LinkedHashMap<>();
        attributes.put("K", new Attribute.Int(weights.cols()));
        attributes.put("N", new Attribute.Int(weights.rows()));
        attributes.put("bits", new Attribute.Int(weights.format().bits()));
        attributes.put("block_size", new Attribute.Int(block(weights.blocks())));
        attributes.put("accuracy_level", new Attribute.Int(ACCURACY));
        return new Node(now.name(), NAME, DOMAIN, inputs, now.outputs(), attributes, List.of(), Optional.empty());
    }

    /** True of any node of this operator. */
    static boolean is(Node node) {
        return node.opType().equals(NAME) && node.domain().equals(DOMAIN);
    }

    /**
     * The product that a node computes; empty where weights are not constant, in float16, in another order (g_idx), or not as
     * many as its attributes say. Codes may have 2 bits, too.
     */
    static Optional<Read> read(Graph graph, Node node) {
        return weights(graph, node).map(matrix -> new Read(node.inputs().get(0), matrix, node.input(BIAS)));
    }

    private static Optional<FoldedTensor> weights(Graph graph, Node node) {
        Optional<byte[]> codes = bytes(graph, node, 1);
        Optional<float[]> scales = graph.constant(node, 2)
                .filter(found -> found.type() == ElementType.FLOAT)
                .map(Initializer::floats);
        Optional<byte[]> zeroPoints = bytes(graph, node, ZERO_POINTS);
        boolean known = node.input(ORDER).isEmpty()
                && zeroPoints.isPresent() == node.input(ZERO_POINTS).isPresent();
        int bits = extent(node, "bits", Byte.SIZE / 2);
        boolean whole = bits == 2 || bits == Byte.SIZE / 2 || bits == Byte.SIZE;
        if (!is(node) || codes.isEmpty() || scales.isEmpty() || !known || !whole) {
            return Optional.empty();
        }
        int cols = extent(node, "K", 0);
        int rows = extent(node, "N", 0);
        int block = Math.max(1, extent(node, "block_size", 0));
        int count = (int) ((cols + (long) block - 1) / block);
        int stride = evenly(count, bits);
        long size = (long) rows * count;
        boolean fits = cols > 0
                && rows > 0
                && (long) rows * cols <= Integer.MAX_VALUE
                && scales.get().length == size
                && codes.get().length == size * block * bits / Byte.SIZE
                && zeroPoints
                        .map(found -> found.length == (long) rows * stride * bits / Byte.SIZE)
                        .orElse(true);
        if (!fits) {
            return Optional.empty();
        }
        FoldedTensor.Elements elements = place -> {
            int row = place % rows;
            int col = place / rows;
            int at = row * count + col / block;
            int zero = zeroPoints
                    .map(found -> code(found, row * stride + col / block, bits))
                    .orElse(1 << (bits - 1));
            return scales.get()[at] * (code(codes.get(), (long) at * block + col % block, bits) - zero);
        };
        return Optional.of(new FoldedTensor(ElementType.FLOAT, elements, List.of((long) cols, (long) rows)));
    }

    private static Optional<byte[]> bytes(Graph graph, Node node, int input) {
        return graph.constant(node, input)
                .filter(found -> found.type() == ElementType.UINT8)
                .map(Initializer::codes);
    }

    private static int extent(Node node, String attribute, int otherwise) {
        long value = node.integer(attribute).orElse(otherwise);
        return value == (int) value && value > 0 ? (int) value : 0;
    }

    private static int code(byte[] packed, long index, int bits) {
        long bit = index * bits;
        return (packed[(int) (bit / Byte.SIZE)] >> (bit % Byte.SIZE)) & ((1 << bits) - 1);
    }
}
