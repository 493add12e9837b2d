package lathe.engine.qdq;

import java.nio.ShortBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.LongStream;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Node;
import lathe.engine.tensor.ElementType;
import lathe.engine.tensor.Float8;

/**
 * What a runtime folds the nodes of {@link FoldedWeights} and {@link Pack} into: constants, and what the operators there
 * give for them, written as they are there. A Gather of rows stands for its whole table, which is what
 * {@link GatheredRows} would give if every row was drawn once.
 *
 * <p>Elements are computed when they are asked for, so a layer that is a part of a {@link Pack} costs no more than its
 * own weights, but for zeros that are left out: to count them takes one pass over the pack.
 *
 * @param elements row-major; integers of 8 bits or less, too
 * @param dims as many as axes
 */
record FoldedTensor(Elements elements, List<Long> dims) {

    private static final Set<ElementType> INTEGERS =
            Set.of(ElementType.INT8, ElementType.UINT8, ElementType.INT4, ElementType.UINT4, ElementType.INT2);

    /** Numbers by their place. */
    interface Elements {
        float at(int place);
    }

    /** What an operator does with two numbers. */
    private interface Arithmetic {
        float of(float a, float b);
    }

    private static FoldedTensor of(float[] values, List<Long> dims) {
        return new FoldedTensor(place -> values[place], dims);
    }

    /** All elements, row-major. O(elements) for each node. */
    float[] values() {
        float[] values = new float[size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = elements.at(i);
        }
        return values;
    }

    private int size() {
        return Math.toIntExact(dims.stream().reduce(1L, Math::multiplyExact));
    }

    /** Empty where a value has another origin. */
    static Optional<FoldedTensor> of(Graph graph, String value) {
        return graph.constant(value)
                .map(FoldedTensor::ofConstant)
                .orElseGet(() -> graph.producer(value).flatMap(node -> of(graph, node, value)));
    }

    private static Optional<FoldedTensor> ofConstant(Initializer tensor) {
        if (tensor.type() == ElementType.FLOAT || Float8.has(tensor.type())) {
            return Optional.of(of(tensor.floats(), tensor.dims()));
        }
        if (tensor.type() == ElementType.INT16) {
            ShortBuffer codes = tensor.bytes().buffer().asShortBuffer();
            return Optional.of(new FoldedTensor(codes::get, tensor.dims()));
        }
        return INTEGERS.contains(tensor.type()) ? Optional.of(ofCodes(tensor)) : Optional.empty();
    }

    private static FoldedTensor ofCodes(Initializer tensor) {
        int mask = tensor.type() == ElementType.UINT8 ? 0xff : -1;
        byte[] codes = tensor.codes();
        return new FoldedTensor(place -> codes[place] & mask, tensor.dims());
    }

    private static Optional<FoldedTensor> of(Graph graph, Node node, String value) {
        if (node.is("Gather")) {
            return gathered(graph, node);
        }
        Optional<FoldedTensor> first = of(graph, node.inputs().get(0));
        if (node.is("Cast")) {
            boolean signed = node.integer("to").orElse(0) == ElementType.INT8.code();
            return first.map(codes -> signed ? codes.mapped(code -> (byte) codes.elements.at(code)) : codes);
        }
        if (first.isEmpty() || node.inputs().size() < 2) {
            return Optional.empty();
        }
        FoldedTensor a = first.get();
        Optional<long[]> numbers = graph.constant(node, 1)
                .filter(tensor -> tensor.type() == ElementType.INT64)
                .map(Initializer::longs);
        return switch (node.opType()) {
            case "Add" -> a.combined(graph, node, Float::sum);
            case "Sub" -> a.combined(graph, node, (x, y) -> x - y);
            case "Mul" -> a.combined(graph, node, (x, y) -> x * y);
            case "Mod" -> a.combined(graph, node, (x, y) -> (int) x % (int) y);
            case "BitwiseOr" -> a.combined(graph, node, (x, y) -> (int) x | (int) y);
            case "BitwiseXor" -> a.combined(graph, node, (x, y) -> (int) x ^ (int) y);
            case "BitShift" -> of(graph, node.inputs().get(1)).map(bits -> a.shifted(bits, node));
            case "Reshape" -> numbers.map(a::reshaped);
            case "Pad" -> numbers.map(a::padded);
            case "Split" -> numbers.map(sizes -> a.part(sizes, node.outputs().indexOf(value)));
            case "Slice" ->
                graph.constant(node, 2)
                        .flatMap(ends ->
                                graph.constant(node, 3).map(axes -> a.resized((int) axes.longs()[0], ends.longs()[0])));
            default -> Optional.empty();
        };
    }

    /** Levels that codes are indices of, zeros and other values as bits say, or all rows of a table. */
    private static Optional<FoldedTensor> gathered(Graph graph, Node node) {
        Optional<FoldedTensor> data = of(graph, node.inputs().get(0));
        String index = node.inputs().get(1);
        Optional<FoldedTensor> bits = graph.producer(index)
                .filter(mul -> mul.is("Mul"))
                .filter(mul -> graph.producer(mul.inputs().get(0))
                        .filter(sums -> sums.is("CumSum"))
                        .isPresent())
                .flatMap(mul -> of(graph, mul.inputs().get(1)));
        if (bits.isPresent()) {
            return data.map(values -> values.spread(bits.get()));
        }
        Optional<FoldedTensor> codes = of(graph, index);
        return codes.isEmpty() ? data : data.flatMap(table -> codes.map(table::looked));
    }

    /** The first value for a bit that is 0, the next of the others for one that is not. */
    private FoldedTensor spread(FoldedTensor bits) {
        float[] result = bits.values();
        int last = 0;
        for (int i = 0; i < result.length; i++) {
            last += result[i] == 0 ? 0 : 1;
            result[i] = elements.at(result[i] == 0 ? 0 : last);
        }
        return of(result, bits.dims);
    }

    /** Rows by their codes, or single numbers. */
    private FoldedTensor looked(FoldedTensor codes) {
        int length = size() / dims.get(0).intValue();
        List<Long> extents = new ArrayList<>(codes.dims);
        extents.addAll(dims.subList(1, dims.size()));
        return new FoldedTensor(
                place -> elements.at(((int) codes.elements.at(place / length)) * length + place % length), extents);
    }

    private FoldedTensor mapped(Elements mapped) {
        return new FoldedTensor(mapped, dims);
    }

    /** Bytes with one row for each number of bits. */
    private FoldedTensor shifted(FoldedTensor bits, Node node) {
        boolean left = node.text("direction", "").equals("LEFT");
        int size = size();
        Elements shifted = place -> {
            int value = (int) elements.at(place % size);
            int shift = (int) bits.elements.at(place / size);
            return left ? value << shift & 0xff : value >> shift;
        };
        return bits.dims.isEmpty()
                ? mapped(shifted)
                : new FoldedTensor(shifted, List.of((long) bits.size(), (long) size));
    }

    private Optional<FoldedTensor> combined(Graph graph, Node node, Arithmetic operation) {
        return of(graph, node.inputs().get(1))
                .filter(other -> other.dims.size() <= dims.size())
                .map(other -> combined(other, operation));
    }

    /** Element by element; extents of 1 in the other tensor are spread. */
    private FoldedTensor combined(FoldedTensor other, Arithmetic operation) {
        List<Long> spread = new ArrayList<>(other.dims);
        while (spread.size() < dims.size()) {
            spread.add(0, 1L);
        }
        return mapped(place -> operation.of(elements.at(place), other.elements.at(index(place, spread))));
    }

    /** Where an element of this tensor finds its partner in one of these extents. */
    private int index(int element, List<Long> spread) {
        int rest = element;
        int index = 0;
        int stride = 1;
        for (int axis = dims.size() - 1; axis >= 0; axis--) {
            int extent = spread.get(axis).intValue();
            index += extent == 1 ? 0 : rest % dims.get(axis).intValue() * stride;
            rest /= dims.get(axis).intValue();
            stride *= extent;
        }
        return index;
    }

    private FoldedTensor reshaped(long[] shape) {
        long others = -LongStream.of(shape).reduce(1, (a, b) -> a * b);
        return new FoldedTensor(
                elements,
                LongStream.of(shape)
                        .map(extent -> extent < 0 ? size() / others : extent)
                        .boxed()
                        .toList());
    }

    /** An output of a Split of a vector. */
    private FoldedTensor part(long[] sizes, int output) {
        int from = Math.toIntExact(LongStream.of(sizes).limit(output).sum());
        return new FoldedTensor(place -> elements.at(from + place), List.of(sizes[output]));
    }

    private FoldedTensor padded(long[] pads) {
        FoldedTensor result = this;
        for (int axis = 0; axis < dims.size(); axis++) {
            result = result.resized(axis, dims.get(axis) + pads[dims.size() + axis]);
        }
        return result;
    }

    /** The first elements along an axis, and zeros behind where there are not as many. */
    private FoldedTensor resized(int axis, long extent) {
        long inner = 1;
        for (long dim : dims.subList(axis + 1, dims.size())) {
            inner *= dim;
        }
        int before = Math.toIntExact(dims.get(axis) * inner);
        int after = Math.toIntExact(extent * inner);
        List<Long> extents = new ArrayList<>(dims);
        extents.set(axis, extent);
        return new FoldedTensor(
                place -> place % after < before ? elements.at(place / after * before + place % after) : 0, extents);
    }
}
