package lathe.engine.onnx;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import com.google.protobuf.Message;
import java.util.List;

/** How much room the constants take in messages that are carried without being understood: bodies, functions... */
final class CarriedConstants {

    private CarriedConstants() {}

    /** Bytes of all tensors at any depth, and of the numbers in the attributes of Constant nodes. */
    static long bytes(Message message) {
        if (message instanceof TensorProto tensor) {
            return bytes(tensor);
        }
        long sum = message instanceof NodeProto node && node.getOpType().equals("Constant") ? numbers(node) : 0;
        for (Object value : message.getAllFields().values()) {
            if (value instanceof Message inner) {
                sum += bytes(inner);
            } else if (value instanceof List<?> list) {
                for (Object element : list) {
                    sum += element instanceof Message inner ? bytes(inner) : 0;
                }
            }
        }
        return sum;
    }

    private static long bytes(TensorProto tensor) {
        if (Tensors.isExternal(tensor)) {
            return TensorExtent.bytes(tensor).orElse(0);
        }
        return tensor.getRawData().isEmpty()
                ? TypedBytes.size(tensor)
                : tensor.getRawData().size();
    }

    private static long numbers(NodeProto constant) {
        return constant.getAttributeList().stream()
                .mapToLong(CarriedConstants::numbers)
                .sum();
    }

    private static long numbers(AttributeProto attribute) {
        long longs = (attribute.hasI() ? 1L : 0) + attribute.getIntsCount();
        long floats = (attribute.hasF() ? 1L : 0) + attribute.getFloatsCount();
        return Long.BYTES * longs + Float.BYTES * floats;
    }
}
