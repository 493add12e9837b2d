package lathe.engine.qdq;

import java.nio.ShortBuffer;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Node;
import lathe.engine.tensor.ElementType;
import lathe.engine.tensor.Float8;

/**
 * What a runtime folds DequantizeLinear, and the nodes of {@link FoldedWeights} and {@link Pack}, into: constants, and what
 * the operators there give for them. A Gather of rows stands for its whole table, which is what {@link GatheredRows}
 * would give if every row was drawn once. Anything else, of another type or with other attributes than are written
 * there, is not folded. Not thread-safe.
 */
final class Folding {

    /** Weights in blocks of 7 bits without zeros have some 50 nodes; without a limit, graphs could ask for any time. */
    private static final int MOST_NODES = 200;

    /** A byte of a codebook's index stands for up to 9 weights. */
    private static final int MOST_OF_A_BIT = 2;

    private final Graph graph;
    private final Set<String> indices = new HashSet<>();
    private int nodes;
    private long bits;
    private boolean codes;

    private Folding(Graph graph) {
        this.graph = graph;
    }

    /**
     * A value, and what draws rows from it.
     *
     * @param tensor the value, of a table all rows
     * @param indices the value that draws rows; empty where all of the tensor is there
     * @param isDecoded true if it is computed from constants that are not FLOAT
     */
    record Folded(FoldedTensor tensor, Optional<String> indices, boolean isDecoded) {}

    /** Empty where a value has another origin. */
    static Optional<Folded> of(Graph graph, String value) {
        Folding folding = new Folding(graph);
        try {
            return folding.tensor(value)
                    .filter(tensor -> folding.isBounded(tensor) && folding.indices.size() <= 1)
                    .map(tensor -> new Folded(tensor, folding.indices.stream().findFirst(), folding.codes));
        } catch (IndexOutOfBoundsException | ArithmeticException | IllegalArgumentException e) {
            return Optional.empty(); // a node that does not fit what it reads
        }
    }

    /** True if it has hardly more elements than the constants have bits: it then fits where they do. */
    private boolean isBounded(FoldedTensor tensor) {
        return tensor.size() <= MOST_OF_A_BIT * bits;
    }

    private Optional<FoldedTensor> tensor(String value) {
        return graph.constant(value)
                .map(this::ofConstant)
                .orElseGet(() -> graph.producer(value).flatMap(node -> of(node, value)));
    }

    private Optional<FoldedTensor> ofConstant(Initializer tensor) {
        ElementType type = tensor.type();
        bits += Byte.SIZE * tensor.bytes().size();
        codes |= type != ElementType.FLOAT;
        List<Long> dims = tensor.dims();
        return switch (type) {
            case FLOAT, FLOAT16, FLOAT8E4M3FN, FLOAT8E5M2 -> Optional.of(FoldedTensor.of(type, tensor.floats(), dims));
            case INT8, INT4, INT2, UINT8, UINT4, UINT2 -> {
                byte[] codes = tensor.codes();
                int mask = type == ElementType.UINT8 ? 0xff : -1;
                yield Optional.of(new FoldedTensor(type, place -> codes[place] & mask, dims));
            }
            case INT16 -> {
                ShortBuffer codes = tensor.bytes().buffer().asShortBuffer();
                yield Optional.of(new FoldedTensor(type, codes::get, dims));
            }
            case INT32 -> {
                long[] codes = tensor.longs();
                yield Optional.of(new FoldedTensor(type, place -> codes[place], dims));
            }
            default -> Optional.empty();
        };
    }

    private Optional<FoldedTensor> of(Node node, String value) {
        if (++nodes > MOST_NODES || !node.is(node.opType()) || node.inputs().isEmpty()) {
            return Optional.empty();
        }
        if (node.is("Gather")) {
            return gathered(node);
        }
        Optional<FoldedTensor> first = tensor(node.inputs().get(0));
        if (first.isEmpty()) {
            return Optional.empty();
        }
        FoldedTensor a = first.get();
        return switch (node.opType()) {
            case "Cast" -> cast(a, ElementType.ofCode((int) node.integer("to").orElse(0)));
            case "DequantizeLinear" -> dequantized(a, node);
            case "Add" -> combined(a, node, ElementType.INT32, Float::sum);
            case "Sub" -> combined(a, node, ElementType.FLOAT, (x, y) -> x - y);
            case "Mul" -> combined(a, node, ElementType.FLOAT, (x, y) -> x * y);
            case "Mod" -> combined(a, node, ElementType.UINT8, (x, y) -> (int) x % (int) y);
            case "BitwiseOr" -> combined(a, node, ElementType.UINT8, (x, y) -> (int) x | (int) y);
            case "BitwiseXor" -> combined(a, node, a.type(), (x, y) -> (int) x ^ (int) y);
            case "BitShift" -> shifted(a, node);
            case "Reshape" ->
                longs(node, 1)
                        .filter(shape -> Arrays.stream(shape).noneMatch(extent -> extent == 0))
                        .map(a::reshaped);
            case "Pad" ->
                longs(node, 1)
                        .filter(pads ->
                                node.inputs().size() == 2 && node.attributes().isEmpty())
                        .filter(pads ->
                                Arrays.stream(pads).limit(a.dims().size()).allMatch(before -> before == 0))
                        .map(a::padded);
            case "Split" ->
                longs(node, 1)
                        .filter(sizes -> node.attributes().isEmpty()
                                && a.dims().equals(List.of(Arrays.stream(sizes).sum())))
                        .map(sizes -> a.part(sizes, node.outputs().indexOf(value)));
            case "Slice" -> sliced(a, node);
            default -> Optional.empty();
        };
    }

    /** Codes to a wider type, a byte to a signed one, or sums of codes to floats. */
    private static Optional<FoldedTensor> cast(FoldedTensor a, ElementType to) {
        boolean byteToSigned = a.type() == ElementType.UINT8 && to == ElementType.INT8;
        boolean wider = a.type().bits() <= Short.SIZE
                && (to == ElementType.FLOAT || (to == ElementType.INT32 && isInteger(a.type())));
        boolean sums = a.type() == ElementType.INT32 && to == ElementType.FLOAT;
        return byteToSigned || wider || sums ? Optional.of(a.cast(to)) : Optional.empty();
    }

    private static boolean isInteger(ElementType type) {
        return switch (type) {
            case INT8, UINT8, INT4, UINT4, INT2, UINT2, INT16 -> true;
            default -> false;
        };
    }

    private Optional<FoldedTensor> dequantized(FoldedTensor codes, Node node) {
        Optional<FoldedTensor> scale =
                tensor(node.inputs().get(1)).filter(factor -> factor.type() == ElementType.FLOAT);
        Optional<FoldedTensor> zeroPoint = node.input(2).flatMap(this::tensor);
        boolean isCodes = isInteger(codes.type()) || codes.type() == ElementType.INT32 || Float8.has(codes.type());
        boolean hasZeroPoint = node.input(2).isPresent();
        if (!isCodes || node.attributes().containsKey("output_dtype") || scale.isEmpty()) {
            return Optional.empty();
        }
        if (hasZeroPoint && !zeroPoint.map(FoldedTensor::size).equals(scale.map(FoldedTensor::size))) {
            return Optional.empty();
        }
        ScaleIndex index = ScaleIndex.of(codes.dims(), scale.get().dims(), node);
        FoldedTensor centred = zeroPoint
                .map(zero -> codes.mapped(
                        place -> codes.elements().at(place) - zero.elements().at(index.of(place))))
                .orElse(codes);
        return Optional.of(centred.scaled(scale.get(), index::of));
    }

    private Optional<FoldedTensor> combined(
            FoldedTensor a, Node node, ElementType type, FoldedTensor.Arithmetic operation) {
        return tensor(node.inputs().get(1))
                .filter(b -> a.type() == type && b.type() == type && a.spreads(b))
                .map(b -> a.combined(b, operation));
    }

    private Optional<FoldedTensor> shifted(FoldedTensor a, Node node) {
        boolean column = a.dims().size() == 1;
        return tensor(node.inputs().get(1))
                .filter(bits -> a.type() == ElementType.UINT8 && bits.type() == ElementType.UINT8)
                .filter(bits -> bits.dims().isEmpty()
                        || (column && bits.dims().size() == 2 && bits.dims().get(1) == 1))
                .map(bits -> a.shifted(bits, node.text("direction", "").equals("LEFT")));
    }

    /** From the beginning of one axis. */
    private Optional<FoldedTensor> sliced(FoldedTensor a, Node node) {
        Optional<long[]> starts = longs(node, 1);
        Optional<long[]> ends = longs(node, 2);
        Optional<long[]> axes = longs(node, 3);
        if (node.inputs().size() != 4 || starts.isEmpty() || ends.isEmpty() || axes.isEmpty()) {
            return Optional.empty();
        }
        long end = ends.get()[0];
        int axis = Math.toIntExact(axes.get()[0]);
        boolean first = starts.get().length == 1 && starts.get()[0] == 0 && axis >= 0 && end >= 0;
        return first ? Optional.of(a.resized(axis, Math.min(end, a.dims().get(axis)))) : Optional.empty();
    }

    /** Levels that codes are indices of, zeros and other values as bits say, or all rows of a table. */
    private Optional<FoldedTensor> gathered(Node node) {
        if (node.integer("axis").orElse(0) != 0) {
            return Optional.empty();
        }
        Optional<FoldedTensor> data = tensor(node.inputs().get(0));
        String index = node.inputs().get(1);
        Optional<FoldedTensor> bits = graph.producer(index)
                .filter(mul -> mul.is("Mul"))
                .filter(mul -> isCount(mul.inputs().get(0), mul.inputs().get(1)))
                .flatMap(mul -> tensor(mul.inputs().get(1)));
        if (bits.isPresent()) {
            return data.filter(
                            values -> isBounded(bits.get()) && bits.get().dims().size() == 1)
                    .map(values -> values.spread(bits.get()));
        }
        Optional<FoldedTensor> codes = tensor(index).filter(found -> found.type() == ElementType.INT32);
        if (codes.isPresent()) {
            return data.filter(table -> !table.dims().isEmpty()).map(table -> table.looked(codes.get()));
        }
        if (graph.constant(index).isPresent()) {
            return Optional.empty();
        }
        indices.add(index);
        return data;
    }

    /** True of the sums of bits up to each of them. */
    private boolean isCount(String sums, String bits) {
        return graph.producer(sums)
                .filter(node -> node.is("CumSum")
                        && node.attributes().isEmpty()
                        && node.inputs().get(0).equals(bits))
                .isPresent();
    }

    private Optional<long[]> longs(Node node, int input) {
        return graph.constant(node, input)
                .filter(tensor -> tensor.type() == ElementType.INT64)
                .map(Initializer::longs);
    }
}
