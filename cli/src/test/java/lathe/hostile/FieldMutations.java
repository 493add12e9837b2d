package lathe.hostile;

import ai.onnx.proto.OnnxMl.ModelProto;
import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import java.util.ArrayList;
import java.util.List;

/** Spoils any field of any message of a model, without knowing what it means. */
final class FieldMutations {

    private FieldMutations() {}

    /** Walks down from the model by chance and spoils the field it ends at. */
    static void anyField(ModelProto.Builder model, Choices choices) {
        spoil(model, choices, 0);
    }

    private static void spoil(Message.Builder message, Choices choices, int depth) {
        List<FieldDescriptor> set = new ArrayList<>(message.getAllFields().keySet());
        if (set.isEmpty() || choices.oneIn(12)) {
            spoilField(message, choices.of(message.getDescriptorForType().getFields()), choices);
            return;
        }
        FieldDescriptor field = choices.of(set);
        boolean inner = field.getJavaType() == FieldDescriptor.JavaType.MESSAGE;
        if (!inner || depth > 12 || choices.oneIn(8)) {
            spoilField(message, field, choices);
        } else if (field.isRepeated()) {
            int index = choices.below(message.getRepeatedFieldCount(field));
            spoil(message.getRepeatedFieldBuilder(field, index), choices, depth + 1);
        } else {
            spoil(message.getFieldBuilder(field), choices, depth + 1);
        }
    }

    private static void spoilField(Message.Builder message, FieldDescriptor field, Choices choices) {
        if (field.isRepeated()) {
            spoilList(message, field, choices);
        } else if (choices.oneIn(3)) {
            message.clearField(field);
        } else {
            message.setField(field, value(message, field, choices));
        }
    }

    private static void spoilList(Message.Builder message, FieldDescriptor field, Choices choices) {
        int count = message.getRepeatedFieldCount(field);
        if (count == 0) {
            message.addRepeatedField(field, value(message, field, choices));
            return;
        }
        int one = choices.below(count);
        Object old = message.getRepeatedField(field, one);
        switch (choices.below(6)) {
            case 0 -> message.clearField(field);
            case 1 -> message.addRepeatedField(field, old);
            case 2 -> message.addRepeatedField(field, value(message, field, choices));
            case 3 -> {
                int other = choices.below(count);
                message.setRepeatedField(field, one, message.getRepeatedField(field, other));
                message.setRepeatedField(field, other, old);
            }
            case 4 -> {
                List<Object> kept = new ArrayList<>((List<?>) message.getField(field));
                kept.remove(one);
                message.setField(field, kept);
            }
            default -> message.setRepeatedField(field, one, value(message, field, choices));
        }
    }

    private static Object value(Message.Builder message, FieldDescriptor field, Choices choices) {
        return switch (field.getJavaType()) {
            case INT -> (int) NastyValues.integer(choices);
            case LONG -> NastyValues.integer(choices);
            case FLOAT -> NastyValues.real(choices);
            case DOUBLE -> (double) NastyValues.real(choices);
            case BOOLEAN -> choices.oneIn(2);
            case STRING -> NastyValues.text(choices);
            case BYTE_STRING -> bytes(choices);
            case ENUM ->
                choices.of(List.<EnumValueDescriptor>copyOf(field.getEnumType().getValues()));
            case MESSAGE -> message.newBuilderForField(field).build();
        };
    }

    private static ByteString bytes(Choices choices) {
        byte[] bytes = new byte[choices.of(List.of(0, 1, 3, 4, 8, 36, 64))];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) choices.below(256);
        }
        return ByteString.copyFrom(bytes);
    }
}
