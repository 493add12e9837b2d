package lathe.synth.network;

import java.nio.FloatBuffer;
import java.util.Arrays;
import lathe.engine.tensor.ElementType;

/**
 * What goes into a network or comes out of it, always as floats; a network whose input or output is of another
 * numeric type converts. Immutable by agreement: neither array nor buffer is copied, and positions are not moved.
 *
 * @param type the element type inside the network; of no meaning for an input
 * @param dims extent of each axis, none for a scalar
 * @param values the elements, row-major, from position to limit
 */
public record Tensor(ElementType type, long[] dims, FloatBuffer values) {

    public Tensor {
        if (elements(dims) != values.remaining()) {
            throw new IllegalArgumentException(
                    "tensor of shape %s with %d elements".formatted(Arrays.toString(dims), values.remaining()));
        }
    }

    /** A float tensor; no {@code dims} make a scalar. */
    public static Tensor of(float[] values, long... dims) {
        return new Tensor(ElementType.FLOAT, dims, FloatBuffer.wrap(values));
    }

    /** Number of elements of a shape, 1 for a scalar. */
    public static long elements(long... dims) {
        long product = 1;
        for (long dim : dims) {
            product = Math.multiplyExact(product, dim);
        }
        return product;
    }

    /** Number of axes. */
    public int rank() {
        return dims.length;
    }

    /** Number of elements. */
    public int size() {
        return values.remaining();
    }

    /** The elements as an array: the one behind the buffer where the buffer is just that, else a copy. */
    public float[] floats() {
        if (values.hasArray() && values.arrayOffset() + values.position() == 0 && values.array().length == size()) {
            return values.array();
        }
        float[] copy = new float[size()];
        values.get(values.position(), copy);
        return copy;
    }
}
