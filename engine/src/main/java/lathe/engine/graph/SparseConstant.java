package lathe.engine.graph;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import lathe.engine.tensor.ElementType;

/**
 * A constant of which only the elements that are not 0 are stored: a sparse initializer. Immutable and thread-safe.
 *
 * @param dims extents of the whole tensor
 * @param values the elements that are stored, under the constant's name
 * @param indices INT64: where each of them stands, counted over all elements, or one index for each axis
 * @param inUse true if a node of the file reads it: then it is not written once no node does
 */
public record SparseConstant(List<Long> dims, Initializer values, Initializer indices, boolean inUse) {

    public SparseConstant {
        dims = List.copyOf(dims);
    }

    /** Bytes that it takes in a file. */
    public long bytes() {
        return values.bytes().size() + indices.bytes().size();
    }

    /**
     * The whole tensor, zeros included; empty where it would take 2 GiB or more, or where values and indices do not fit
     * together. Costs one pass over all elements.
     */
    public Optional<Initializer> dense() {
        int width = values.type().bits() / Byte.SIZE;
        long stored = values.elements();
        boolean linear = indices.dims().equals(List.of(stored));
        boolean perAxis = indices.dims().equals(List.of(stored, (long) dims.size()));
        if (width == 0 || !fitsArray(width) || indices.type() != ElementType.INT64 || !(linear || perAxis)) {
            return Optional.empty();
        }
        int elements = (int) dims.stream().mapToLong(Long::longValue).reduce(1, (a, b) -> a * b);
        byte[] dense = new byte[elements * width];
        ByteBuffer source = values.bytes().buffer();
        long[] places = indices.longs();
        for (int i = 0; i < stored; i++) {
            long place = linear ? places[i] : place(places, i * dims.size());
            if (place < 0 || place >= elements) {
                return Optional.empty();
            }
            source.get(dense, (int) place * width, width);
        }
        return Optional.of(Initializer.of(values.name(), values.type(), dims, dense));
    }

    private boolean fitsArray(int width) {
        long bytes = width;
        for (long dim : dims) {
            if (dim < 1 || bytes > Integer.MAX_VALUE / dim) {
                return false;
            }
            bytes *= dim;
        }
        return bytes <= Integer.MAX_VALUE - Long.BYTES;
    }

    /** The element that the indices from a position on name, one for each axis; -1 where one lies outside. */
    private long place(long[] places, int from) {
        long place = 0;
        for (int axis = 0; axis < dims.size(); axis++) {
            long index = places[from + axis];
            if (index < 0 || index >= dims.get(axis)) {
                return -1;
            }
            place = place * dims.get(axis) + index;
        }
        return place;
    }
}
