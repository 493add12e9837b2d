package lathe.engine.onnx;

import ai.onnx.proto.OnnxMl.TensorProto;
import java.util.OptionalLong;
import lathe.engine.graph.UnsupportedModelException;
import lathe.engine.tensor.ElementType;

/** How large a tensor says it is. */
final class TensorExtent {

    private TensorExtent() {}

    /**
     * Number of elements, 1 for a scalar.
     *
     * @throws UnsupportedModelException if an extent is negative or the product passes 63 bits
     */
    static long elements(TensorProto tensor) {
        for (long dim : tensor.getDimsList()) {
            if (dim < 0) {
                throw new UnsupportedModelException(
                        "tensor '%s' has a negative extent in %s".formatted(tensor.getName(), tensor.getDimsList()));
            }
        }
        if (tensor.getDimsList().contains(0L)) {
            return 0;
        }
        try {
            return tensor.getDimsList().stream().reduce(1L, Math::multiplyExact);
        } catch (ArithmeticException e) {
            throw overflow(tensor, e);
        }
    }

    /** Bytes that the elements take; empty for a type whose elements have no fixed size, or an unknown one. */
    static OptionalLong bytes(TensorProto tensor) {
        ElementType type = ElementType.ofCode(tensor.getDataType());
        long elements = elements(tensor);
        if (type.bits() == 0) {
            return OptionalLong.empty();
        }
        try {
            return OptionalLong.of(type.bytes(elements));
        } catch (ArithmeticException e) {
            throw overflow(tensor, e);
        }
    }

    private static UnsupportedModelException overflow(TensorProto tensor, ArithmeticException cause) {
        return new UnsupportedModelException(
                "tensor '%s': extents %s overflow".formatted(tensor.getName(), tensor.getDimsList()), cause);
    }
}
