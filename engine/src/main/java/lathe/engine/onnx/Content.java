package lathe.engine.onnx;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.SparseTensorProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import com.google.protobuf.Descriptors.FieldDescriptor.JavaType;
import com.google.protobuf.Message;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What messages hold that are carried without being understood: bodies of If, Loop and Scan nodes, functions... */
final class Content {

    private Content() {}

    /** The message and all messages in it, at any depth; tensors are not looked into. */
    private static Stream<Message> messages(Message message) {
        if (message instanceof TensorProto) {
            return Stream.of(message);
        }
        return Stream.concat(
                Stream.of(message),
                message.getAllFields().values().stream()
                        .flatMap(value -> value instanceof List<?> list ? list.stream() : Stream.of(value))
                        .filter(Message.class::isInstance)
                        .flatMap(inner -> messages((Message) inner)));
    }

    private static <M extends Message> Stream<M> all(Class<M> kind, Message message) {
        return messages(message).filter(kind::isInstance).map(kind::cast);
    }

    /**
     * Finds all tensors with external data, so that they can be written later.
     *
     * @throws lathe.engine.graph.UnsupportedModelException if the file of one is missing or too short
     */
    static void resolve(Message message, ExternalFiles files) {
        all(TensorProto.class, message).filter(Tensors::isExternal).forEach(files::resolve);
    }

    /** The message with its external tensors where the store puts them. */
    @SuppressWarnings("unchecked") // a tensor answers a tensor, any other message one built by its own builder
    static <M extends Message> M placed(M message, ExternalFiles files, TensorStore store) {
        if (files.isEmpty()) {
            return message;
        }
        if (message instanceof TensorProto tensor) {
            return Tensors.isExternal(tensor) ? (M) store.moved(tensor, files.resolve(tensor)) : message;
        }
        Message.Builder placed = message.toBuilder();
        message.getAllFields().forEach((field, value) -> {
            if (field.getJavaType() == JavaType.MESSAGE) {
                placed.setField(
                        field,
                        value instanceof List<?> list
                                ? list.stream()
                                        .map(inner -> placed((Message) inner, files, store))
                                        .toList()
                                : placed((Message) value, files, store));
            }
        });
        return (M) placed.build();
    }

    /** Bytes of all tensors, and of the numbers in the attributes of Constant nodes. */
    static long constantBytes(Message message) {
        long tensors =
                all(TensorProto.class, message).mapToLong(Tensors::storedBytes).sum();
        return tensors
                + all(NodeProto.class, message)
                        .filter(node -> node.getOpType().equals("Constant"))
                        .flatMap(node -> node.getAttributeList().stream())
                        .mapToLong(Content::numbers)
                        .sum();
    }

    private static long numbers(AttributeProto attribute) {
        long longs = (attribute.hasI() ? 1L : 0) + attribute.getIntsCount();
        long floats = (attribute.hasF() ? 1L : 0) + attribute.getFloatsCount();
        return Long.BYTES * longs + Float.BYTES * floats;
    }

    /** The standard operators. */
    static Set<String> operators(Message message) {
        return all(NodeProto.class, message)
                .filter(node -> Opsets.isStandard(node.getDomain()))
                .map(NodeProto::getOpType)
                .collect(Collectors.toSet());
    }

    /** Every name of a value or a node. */
    static Set<String> names(Message message) {
        Set<String> names = new HashSet<>();
        all(NodeProto.class, message).forEach(node -> {
            names.add(node.getName());
            names.addAll(node.getInputList());
            names.addAll(node.getOutputList());
        });
        all(GraphProto.class, message).forEach(graph -> {
            names.addAll(constants(graph));
            names.addAll(values(graph.getInputList()));
            names.addAll(values(graph.getOutputList()));
        });
        names.remove("");
        return names;
    }

    /** The values of the enclosing graph that the bodies of a node read, at any depth, in order of first use. */
    static Set<String> captures(NodeProto node) {
        Set<String> captured = new LinkedHashSet<>();
        for (AttributeProto attribute : node.getAttributeList()) {
            if (attribute.hasG()) {
                captured.addAll(readFromOutside(attribute.getG()));
            }
            attribute.getGraphsList().forEach(body -> captured.addAll(readFromOutside(body)));
        }
        return captured;
    }

    private static Set<String> readFromOutside(GraphProto body) {
        Set<String> defined = new HashSet<>(constants(body));
        defined.addAll(values(body.getInputList()));
        defined.add("");
        body.getNodeList().forEach(node -> defined.addAll(node.getOutputList()));
        Set<String> read = new LinkedHashSet<>();
        for (NodeProto node : body.getNodeList()) {
            read.addAll(node.getInputList());
            read.addAll(captures(node));
        }
        read.addAll(values(body.getOutputList()));
        read.removeAll(defined);
        return read;
    }

    private static List<String> values(Collection<ValueInfoProto> values) {
        return values.stream().map(ValueInfoProto::getName).toList();
    }

    /** The names of a graph's initializers, dense and sparse. */
    private static List<String> constants(GraphProto graph) {
        return Stream.concat(
                        graph.getInitializerList().stream(),
                        graph.getSparseInitializerList().stream().map(SparseTensorProto::getValues))
                .map(TensorProto::getName)
                .toList();
    }
}
