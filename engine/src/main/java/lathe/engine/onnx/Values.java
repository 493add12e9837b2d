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

    /** What a file said of a value. */
    private record ValueOrigin(ValueInfoProto message) implements Origin {}

    static Value read(ValueInfoProto message) {
        return valueOf(message, Optional.of(new ValueOrigin(message)));
    }

    /** The message that the value was read from with what has changed, or a new one. */
    static ValueInfoProto write(Value value) {
        ValueInfoProto.Builder message = ValueInfoProto.newBuilder();
        if (value.origin().orElse(null) instanceof ValueOrigin origin) {
            Value read = valueOf(origin.message(), value.origin());
            if (read.equals(value)) {
                return origin.message();
            }
            message.mergeFrom(origin.message());
            if (typeOf(read).equals(typeOf(value))) {
                return message.setName(value.name()).build();
            }
        }
        return message.setName(value.name()).setType(typeOf(value)).build();
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
