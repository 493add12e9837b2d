package lathe.engine.qdq;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntUnaryOperator;
import java.util.stream.LongStream;
import lathe.engine.graph.UnsupportedModelException;
import lathe.engine.tensor.ElementType;

/**
 * A constant tensor, and what operators make of it. Elements are computed when they are asked for, so a layer that is a
 * part of a {@link Pack} costs no more than its own weights.
 *
 * @param type of the elements
 * @param elements row-major, as floats: all integers that Lathe packs are exact, others are rounded
 * @param dims as many as axes
 */
record FoldedTensor(ElementType type, Elements elements, List<Long> dims) {

    /** Numbers by their place. */
    interface Elements {
        float at(int place);
    }

    /** What an operator does with two numbers. */
    interface Arithmetic {
        float of(float a, float b);
    }

    static FoldedTensor of(ElementType type, float[] values, List<Long> dims) {
        return new FoldedTensor(type, place -> values[place], dims);
    }

    /**
     * All elements, row-major. O(elements) for each node.
     *
     * @throws UnsupportedModelException if a code is no index of its table
     */
    float[] values() {
        float[] values = new float[size()];
        try {
            for (int i = 0; i < values.length; i++) {
                values[i] = elements.at(i);
            }
        } catch (IndexOutOfBoundsException | ArithmeticException e) {
            throw new UnsupportedModelException(
                    "codes of a constant of extents %s are out of range".formatted(dims), e);
        }
        return values;
    }

    /** @throws ArithmeticException if there are 2^31 elements or more */
    int size() {
        return Math.toIntExact(dims.stream().reduce(1L, Math::multiplyExact));
    }

    FoldedTensor cast(ElementType to) {
        return new FoldedTensor(to, to == ElementType.INT8 ? place -> (byte) elements.at(place) : elements, dims);
    }

    FoldedTensor mapped(Elements mapped) {
        return new FoldedTensor(type, mapped, dims);
    }

    /** Each element times the scale of its place. */
    FoldedTensor scaled(FoldedTensor scale, IntUnaryOperator scaleOf) {
        return new FoldedTensor(
                scale.type, place -> elements.at(place) * scale.elements.at(scaleOf.applyAsInt(place)), dims);
    }

    /** The first value for a bit that is 0, the next of the others for one that is not. */
    FoldedTensor spread(FoldedTensor bits) {
        float[] result = bits.values();
        int last = 0;
        for (int i = 0; i < result.length; i++) {
            last += result[i] == 0 ? 0 : 1;
            result[i] = elements.at(result[i] == 0 ? 0 : last);
        }
        return of(type, result, bits.dims);
    }

    /** The rows that indices name, of a vector its elements. */
    FoldedTensor looked(FoldedTensor indices) {
        int length = size() / dims.get(0).intValue();
        List<Long> extents = new ArrayList<>(indices.dims);
        extents.addAll(dims.subList(1, dims.size()));
        Elements rows = place -> elements.at(((int) indices.elements.at(place / length)) * length + place % length);
        return new FoldedTensor(type, rows, extents);
    }

    /** Bytes with one row for each number of bits. */
    FoldedTensor shifted(FoldedTensor bits, boolean left) {
        int size = size();
        Elements shifted = place -> {
            int value = (int) elements.at(place % size);
            int shift = (int) bits.elements.at(place / size);
            return left ? value << shift & 0xff : value >> shift;
        };
        return bits.dims.isEmpty()
                ? mapped(shifted)
                : new FoldedTensor(type, shifted, List.of((long) bits.size(), (long) size));
    }

    /** True if the other tensor has no axis more, and each of its extents is that of this one, or 1. */
    boolean spreads(FoldedTensor other) {
        int more = dims.size() - other.dims.size();
        boolean spreads = more >= 0;
        for (int axis = 0; spreads && axis < other.dims.size(); axis++) {
            spreads = other.dims.get(axis) == 1 || other.dims.get(axis).equals(dims.get(more + axis));
        }
        return spreads;
    }

    /** Element by element; extents of 1 in the other tensor are spread. */
    FoldedTensor combined(FoldedTensor other, Arithmetic operation) {
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

    FoldedTensor reshaped(long[] shape) {
        long others = -LongStream.of(shape).reduce(1, (a, b) -> a * b);
        FoldedTensor reshaped = new FoldedTensor(
                type,
                elements,
                LongStream.of(shape)
                        .map(extent -> extent < 0 ? size() / others : extent)
                        .boxed()
                        .toList());
        if (reshaped.size() != size()) {
            throw new IllegalArgumentException("%s as %s".formatted(dims, reshaped.dims));
        }
        return reshaped;
    }

    /** A matrix with its axes exchanged. */
    FoldedTensor transposed() {
        int rows = dims.get(0).intValue();
        int cols = dims.get(1).intValue();
        return new FoldedTensor(
                type, place -> elements.at(place % rows * cols + place / rows), List.of(dims.get(1), dims.get(0)));
    }

    /** An output of a Split of a vector. */
    FoldedTensor part(long[] sizes, int output) {
        int from = Math.toIntExact(LongStream.of(sizes).limit(output).sum());
        return new FoldedTensor(type, place -> elements.at(from + place), List.of(sizes[output]));
    }

    FoldedTensor padded(long[] pads) {
        FoldedTensor result = this;
        for (int axis = 0; axis < dims.size(); axis++) {
            result = result.resized(axis, dims.get(axis) + pads[dims.size() + axis]);
        }
        return result;
    }

    /** The first elements along an axis, and zeros behind where there are not as many. */
    FoldedTensor resized(int axis, long extent) {
        long inner = 1;
        for (long dim : dims.subList(axis + 1, dims.size())) {
            inner *= dim;
        }
        int before = Math.toIntExact(dims.get(axis) * inner);
        int after = Math.toIntExact(extent * inner);
        List<Long> extents = new ArrayList<>(dims);
        extents.set(axis, extent);
        return new FoldedTensor(
                type,
                place -> place % after < before ? elements.at(place / after * before + place % after) : 0,
                extents);
    }
}
