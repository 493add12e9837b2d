package lathe.engine.onnx;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.AttributeProto.AttributeType;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import com.google.protobuf.ByteString;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import lathe.engine.tensor.ElementType;

/** Small ONNX models as protobuf messages, made without Lathe's own writer. */
final class TestModel {

    private TestModel() {}

    /** A model of opset 13 with one input {@code x} and one output {@code y}, both float vectors. */
    static ModelProto.Builder model(GraphProto.Builder graph) {
        return ModelProto.newBuilder()
                .setIrVersion(7)
                .setProducerName("test")
                .addOpsetImport(OperatorSetIdProto.newBuilder().setDomain("").setVersion(13))
                .setGraph(graph.setName("g").addInput(value("x")).addOutput(value("y")));
    }

    /** {@code y = x + w}, the weights as given. */
    static ModelProto.Builder addition(TensorProto.Builder weights) {
        return model(GraphProto.newBuilder()
                .addNode(node("add", "Add", List.of("x", "w"), "y"))
                .addInitializer(weights));
    }

    static NodeProto.Builder node(String name, String opType, List<String> inputs, String... outputs) {
        return NodeProto.newBuilder()
                .setName(name)
                .setOpType(opType)
                .addAllInput(inputs)
                .addAllOutput(List.of(outputs));
    }

    static ValueInfoProto.Builder value(String name) {
        TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
        shape.addDimBuilder().setDimParam("n");
        TypeProto.Tensor.Builder tensor =
                TypeProto.Tensor.newBuilder().setElemType(1).setShape(shape);
        return ValueInfoProto.newBuilder()
                .setName(name)
                .setType(TypeProto.newBuilder().setTensorType(tensor));
    }

    /** A float vector {@code w} in {@code raw_data}. */
    static TensorProto.Builder floats(String name, float... values) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values);
        return empty(name, ElementType.FLOAT, values.length).setRawData(ByteString.copyFrom(bytes.array()));
    }

    /** A tensor without elements. */
    static TensorProto.Builder empty(String name, ElementType type, long... dims) {
        TensorProto.Builder tensor = TensorProto.newBuilder().setName(name).setDataType(type.code());
        for (long dim : dims) {
            tensor.addDims(dim);
        }
        return tensor;
    }

    /** A float vector that lies in a file. */
    static TensorProto.Builder external(String name, String location, long offset, long elements) {
        return empty(name, ElementType.FLOAT, elements)
                .setDataLocation(TensorProto.DataLocation.EXTERNAL)
                .addExternalData(entry("location", location))
                .addExternalData(entry("offset", Long.toString(offset)))
                .addExternalData(entry("length", Long.toString(4 * elements)));
    }

    static StringStringEntryProto entry(String key, String value) {
        return StringStringEntryProto.newBuilder().setKey(key).setValue(value).build();
    }

    /** An If on {@code condition} whose two branches are this body. */
    static NodeProto.Builder branch(String condition, GraphProto body, String output) {
        return node("if", "If", List.of(condition), output)
                .addAttribute(graph("then_branch", body))
                .addAttribute(graph("else_branch", body));
    }

    static AttributeProto graph(String name, GraphProto body) {
        return AttributeProto.newBuilder()
                .setName(name)
                .setType(AttributeType.GRAPH)
                .setG(body)
                .build();
    }
}
