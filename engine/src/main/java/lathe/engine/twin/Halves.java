package lathe.engine.twin;

import java.util.Arrays;
import java.util.Optional;
import lathe.engine.graph.Initializer;
import lathe.engine.tensor.ElementType;

/** FLOAT tensors in the type of 16 bits that they had. */
final class Halves {

    private Halves() {}

    /**
     * A tensor as one of 16 bits: the one it was before, if the numbers are the same, else each rounded to the nearest, of
     * two equally near to the even one; empty where one of them would become infinite.
     *
     * @param tensor FLOAT, of finite numbers
     * @param type FLOAT16 or BFLOAT16
     * @param before the constant of the same name, if there was one
     */
    static Optional<Initializer> narrowed(Initializer tensor, ElementType type, Optional<Initializer> before) {
        float[] values = tensor.floats();
        boolean same = before.filter(given -> given.type() == type
                        && given.dims().equals(tensor.dims())
                        && Arrays.equals(given.floats(), values))
                .isPresent();
        if (same) {
            return before;
        }
        Initializer half = type == ElementType.FLOAT16
                ? Initializer.ofHalves(tensor.name(), values, tensor.dims())
                : Initializer.ofBrainFloats(tensor.name(), values, tensor.dims());
        return isFinite(half.floats()) ? Optional.of(half) : Optional.empty();
    }

    private static boolean isFinite(float[] values) {
        for (float value : values) {
            if (!Float.isFinite(value)) {
                return false;
            }
        }
        return true;
    }
}
