package lathe.synth.input;

import lathe.engine.tensor.ElementType;

/**
 * What to feed one input. The array is not copied and must not change.
 *
 * @param name the input's name
 * @param type the element type the network wants; the values are floats whatever it is
 * @param dims extent of each axis, none for a scalar
 * @param values the elements, row-major
 */
public record InputTensor(String name, ElementType type, long[] dims, float[] values) {

    public InputTensor {
        if (Shapes.elements(dims) != values.length) {
            throw new IllegalArgumentException(
                    "input '%s': shape %s with %d elements".formatted(name, Shapes.text(dims), values.length));
        }
    }
}
