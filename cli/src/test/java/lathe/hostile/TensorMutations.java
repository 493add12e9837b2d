package lathe.hostile;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import com.google.protobuf.ByteString;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Spoils constants: extents, types, numbers, and where they lie. */
final class TensorMutations {

    private static final int FLOAT = TensorProto.DataType.FLOAT.getNumber();

    private TensorMutations() {}

    /** Extents that the elements do not fill. */
    static void lyingExtents(ModelProto.Builder model, Choices choices) {
        TensorProto.Builder tensor = tensor(model, choices);
        if (tensor == null) {
            return;
        }
        int rank = tensor.getDimsCount();
        if (rank == 0 || choices.oneIn(4)) {
            tensor.clearDims().addAllDims(NastyValues.integers(choices));
        } else {
            tensor.setDims(choices.below(rank), NastyValues.integer(choices));
        }
    }

    /** The same elements under other extents: of another rank, or with axes of 1 and 0. */
    static void otherExtents(ModelProto.Builder model, Choices choices) {
        TensorProto.Builder tensor = tensor(model, choices);
        if (tensor == null) {
            return;
        }
        List<Long> dims = new ArrayList<>(tensor.getDimsList());
        switch (choices.below(5)) {
            case 0 -> {
                long elements = dims.stream().reduce(1L, (a, b) -> a * b);
                dims = List.of(elements);
            }
            case 1 -> dims.add(choices.below(dims.size() + 1), 1L);
            case 2 -> Collections.reverse(dims);
            case 3 -> {
                dims.add(choices.below(dims.size() + 1), 0L);
                tensor.clearRawData().clearFloatData();
            }
            default -> {
                if (dims.size() > 1) {
                    int place = choices.below(dims.size() - 1);
                    long merged = dims.get(place) * dims.get(place + 1);
                    dims.remove(place);
                    dims.set(place, merged);
                }
            }
        }
        tensor.clearDims().addAllDims(dims);
    }

    /** A whole new tensor of a few extents and elements that go with them. */
    static void otherTensor(ModelProto.Builder model, Choices choices) {
        TensorProto.Builder tensor = tensor(model, choices);
        if (tensor != null) {
            String name = tensor.getName();
            tensor.clear().mergeFrom(tensor(name, choices).build());
        }
    }

    /** One float, or all of them, that should not be there. */
    static void oddNumbers(ModelProto.Builder model, Choices choices) {
        TensorProto.Builder tensor = tensor(model, choices);
        if (tensor == null || tensor.getDataType() != FLOAT) {
            return;
        }
        ByteBuffer bytes = ByteBuffer.wrap(tensor.getRawData().toByteArray()).order(ByteOrder.LITTLE_ENDIAN);
        int count = bytes.capacity() / Float.BYTES;
        if (count == 0) {
            return;
        }
        float value = NastyValues.real(choices);
        if (choices.oneIn(3)) {
            for (int i = 0; i < count; i++) {
                bytes.putFloat(i * Float.BYTES, value);
            }
        } else {
            bytes.putFloat(choices.below(count) * Float.BYTES, value);
        }
        tensor.setRawData(ByteString.copyFrom(bytes.array()));
    }

    /** Elements of another type, or a type that is none. */
    static void otherType(ModelProto.Builder model, Choices choices) {
        TensorProto.Builder tensor = tensor(model, choices);
        if (tensor != null) {
            tensor.setDataType(choices.oneIn(8) ? (int) NastyValues.integer(choices) : choices.below(26));
        }
    }

    /** Elements that lie, or are said to lie, in another file. */
    static void external(ModelProto.Builder model, Choices choices) {
        TensorProto.Builder tensor = tensor(model, choices);
        if (tensor == null) {
            return;
        }
        tensor.setDataLocation(TensorProto.DataLocation.EXTERNAL)
                .clearExternalData()
                .addExternalData(entry("location", NastyValues.location(choices)));
        if (choices.oneIn(2)) {
            tensor.addExternalData(entry("offset", Long.toString(NastyValues.extent(choices))));
        }
        if (choices.oneIn(2)) {
            tensor.addExternalData(entry(
                    "length",
                    choices.oneIn(3) ? NastyValues.text(choices) : Long.toString(NastyValues.extent(choices))));
        }
        if (choices.oneIn(2)) {
            tensor.clearRawData().clearFloatData();
        }
    }

    private static StringStringEntryProto entry(String key, String value) {
        return StringStringEntryProto.newBuilder().setKey(key).setValue(value).build();
    }

    /** A small tensor that is in order, of any extents and one of four types. */
    static TensorProto.Builder tensor(String name, Choices choices) {
        TensorProto.Builder tensor = TensorProto.newBuilder().setName(name);
        int elements = 1;
        for (int i = choices.below(6); i > 0; i--) {
            int extent = choices.below(5);
            tensor.addDims(extent);
            elements *= extent;
        }
        TensorProto.DataType type = choices.of(List.of(
                TensorProto.DataType.FLOAT,
                TensorProto.DataType.FLOAT,
                TensorProto.DataType.INT64,
                TensorProto.DataType.FLOAT16,
                TensorProto.DataType.STRING));
        tensor.setDataType(type.getNumber());
        for (int i = 0; i < elements; i++) {
            switch (type) {
                case FLOAT -> tensor.addFloatData(choices.below(64) / 16f - 2);
                case INT64 -> tensor.addInt64Data(choices.below(8));
                case FLOAT16 -> tensor.addInt32Data(choices.below(1 << 16));
                default -> tensor.addStringData(ByteString.copyFromUtf8("s"));
            }
        }
        return tensor;
    }

    private static TensorProto.Builder tensor(ModelProto.Builder model, Choices choices) {
        GraphProto.Builder graph = model.getGraphBuilder();
        int count = graph.getInitializerCount();
        return count == 0 ? null : graph.getInitializerBuilder(choices.below(count));
    }
}
