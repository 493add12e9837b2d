package lathe.engine.onnx;

import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import java.util.List;
import java.util.Optional;
import lathe.engine.graph.Origin;
import lathe.engine.graph.Value;
import lathe.engine.tensor.ElementType;

/** Graph inputs and outputs: their protobuf message to a {@link Value} and back. */
final class Values {

    private Values() {}

    /** What a file said of a value, and the value it was read as. */
    private record ValueOrigin(Field field, ValueInfoProto message) implements Origin {}

    static Value read(Field field, ValueInfoProto message) {
        return valueOf(message, Optional.of(new ValueOrigin(field, message)));
    }

    /** The field of this number that holds the value: the one it was read from, if it says the same. */
    static Field write(int number, Value value) {
        ValueInfoProto.Builder message = ValueInfoProto.newBuilder();
        if (value.origin().orElse(null) instanceof ValueOrigin origin) {
            if (origin.field().number() == number
                    && valueOf(origin.message(), value.origin()).equals(value)) {
                return origin.field();
            }
            message.mergeFrom(origin.message());
            if (!typeOf(value).equals(typeOf(valueOf(origin.message(), Optional.empty())))) {
                message.setType(typeOf(value));
            }
        } else {
            message.setType(typeOf(value));
        }
        return Field.of(number, message.setName(value.name()).build().toByteString());
    }

    private static Value valueOf(ValueInfoProto message, Optional<Origin> origin) {
        if (!message.getType().hasTensorType()) {
            return new Value(message.getName(), ElementType.UNKNOWN, Optional.empty(), origin);
        }
        TypeProto.Tensor tensor = message.getType().getTensorType();
        Optional<List<Value.Dim>> dims = tensor.hasShape()
                ? Optional.of(tensor.getShape().getDimList().stream()
                        .map(Values::dimOf)
                        .toList())
                : Optional.empty();
        return new Value(message.getName(), ElementType.ofCode(tensor.getElemType()), dims, origin);
    }

    /** A negative extent is how some exporters write a dynamic axis. */
    private static Value.Dim dimOf(TensorShapeProto.Dimension dim) {
        return dim.hasDimValue() && dim.getDimValue() >= 0
                ? Value.Dim.fixed(dim.getDimValue())
                : Value.Dim.dynamic(dim.getDimParam());
    }

    private static TypeProto typeOf(Value value) {
        TypeProto.Tensor.Builder tensor =
                TypeProto.Tensor.newBuilder().setElemType(value.type().code());
        value.dims().ifPresent(dims -> {
            TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
            dims.forEach(dim -> shape.addDim(dimensionOf(dim)));
            tensor.setShape(shape);
        });
        return TypeProto.newBuilder().setTensorType(tensor).build();
    }

    private static TensorShapeProto.Dimension dimensionOf(Value.Dim dim) {
        TensorShapeProto.Dimension.Builder dimension = TensorShapeProto.Dimension.newBuilder();
        dim.extent().ifPresent(dimension::setDimValue);
        if (dim.extent().isEmpty() && !dim.symbol().isEmpty()) {
            dimension.setDimParam(dim.symbol());
        }
        return dimension.build();
    }
}
