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
     * @param before of the type wanted
     */
    static Optional<Initializer> narrowed(Initializer tensor, Initializer before) {
        float[] values = tensor.floats();
        if (before.dims().equals(tensor.dims()) && Arrays.equals(values, before.floats())) {
            return Optional.of(before.named(tensor.name()));
        }
        Initializer half = before.type() == ElementType.FLOAT16
                ? Initializer.ofHalves(tensor.name(), values, tensor.dims())
                : Initializer.ofBrainFloats(tensor.name(), values, tensor.dims());
        for (float value : half.floats()) {
            if (Float.isInfinite(value)) {
                return Optional.empty();
            }
        }
        return Optional.of(half);
    }
}
