package lathe.engine.onnx;

import ai.onnx.proto.OnnxMl.TensorProto;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import java.util.List;
import java.util.Map;

/** Tensors with external data inside messages that are carried without being understood: bodies, functions... */
final class ExternalTensors {

    private ExternalTensors() {}

    /**
     * True if there is one, at any depth. All that are found are resolved, so that they can be written later.
     *
     * @throws lathe.engine.graph.UnsupportedModelException if the file of one is missing or too short
     */
    static boolean resolveIn(Message message, ExternalFiles files) {
        if (message instanceof TensorProto tensor) {
            boolean external = Tensors.isExternal(tensor);
            if (external) {
                files.resolve(tensor);
            }
            return external;
        }
        boolean found = false;
        for (Object value : message.getAllFields().values()) {
            if (value instanceof Message inner) {
                found |= resolveIn(inner, files);
            } else if (value instanceof List<?> list) {
                for (Object element : list) {
                    found |= element instanceof Message inner && resolveIn(inner, files);
                }
            }
        }
        return found;
    }

    /** The message with the external tensors where the store puts them; the same object if that changes nothing. */
    @SuppressWarnings("unchecked") // a tensor answers a tensor, any other message one built by its own builder
    static <M extends Message> M placed(M message, ExternalFiles files, TensorStore store) {
        if (message instanceof TensorProto tensor) {
            return Tensors.isExternal(tensor) ? (M) store.moved(tensor, files.resolve(tensor)) : message;
        }
        Message.Builder changed = null;
        for (Map.Entry<FieldDescriptor, Object> entry : message.getAllFields().entrySet()) {
            FieldDescriptor field = entry.getKey();
            if (field.getJavaType() != FieldDescriptor.JavaType.MESSAGE) {
                continue;
            }
            int count = field.isRepeated() ? message.getRepeatedFieldCount(field) : 1;
            for (int i = 0; i < count; i++) {
                Message old = (Message) (field.isRepeated() ? message.getRepeatedField(field, i) : entry.getValue());
                Message placed = placed(old, files, store);
                if (placed.equals(old)) {
                    continue;
                }
                changed = changed == null ? message.toBuilder() : changed;
                if (field.isRepeated()) {
                    changed.setRepeatedField(field, i, placed);
                } else {
                    changed.setField(field, placed);
                }
            }
        }
        return changed == null ? message : (M) changed.build();
    }
}
