package lathe.engine.onnx;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import lathe.engine.graph.Attribute;
import lathe.engine.graph.Node;
import lathe.engine.graph.Origin;
import lathe.engine.graph.UnsupportedModelException;

/** Nodes: their protobuf message to a {@link Node} and back. */
final class Nodes {

    private Nodes() {}

    /**
     * What a file said of a node.
     *
     * @param message the whole of it
     * @param attributes as read
     * @param files what its external tensors lie in
     */
    private record NodeOrigin(NodeProto message, Map<String, Attribute> attributes, ExternalFiles files)
            implements Origin {

        /** The key of torch.onnx for the Python stack behind a node, the bulk of what it notes. */
        private static final String STACK_TRACE = "pkg.torch.onnx.stack_trace";

        private static boolean isNote(StringStringEntryProto entry) {
            return entry.getKey().equals(STACK_TRACE);
        }

        @Override
        public long noteBytes() {
            return message.getMetadataPropsList().stream()
                    .filter(NodeOrigin::isNote)
                    .mapToLong(StringStringEntryProto::getSerializedSize)
                    .sum();
        }

        @Override
        public Origin withoutNotes() {
            NodeProto.Builder rest = message.toBuilder().clearMetadataProps();
            message.getMetadataPropsList().stream()
                    .filter(entry -> !isNote(entry))
                    .forEach(rest::addMetadataProps);
            return new NodeOrigin(rest.build(), attributes, files);
        }
    }

    private static final NodeOrigin MADE =
            new NodeOrigin(NodeProto.getDefaultInstance(), Map.of(), ExternalFiles.none());

    static Node read(NodeProto message, ExternalFiles files) {
        Map<String, Attribute> attributes = new LinkedHashMap<>();
        for (AttributeProto attribute : message.getAttributeList()) {
            if (attributes.put(attribute.getName(), Attributes.read(attribute, files)) != null) {
                throw new UnsupportedModelException("attribute '%s' stands there twice".formatted(attribute.getName()));
            }
        }
        Map<String, Attribute> read = Map.copyOf(attributes);
        return new Node(
                message.getName(),
                message.getOpType(),
                message.getDomain(),
                message.getInputList(),
                message.getOutputList(),
                read,
                List.copyOf(Content.captures(message)),
                Optional.of(new NodeOrigin(message, read, files)));
    }

    /** Which of several functions of one name the node calls; empty for most nodes. */
    static String overload(Node node) {
        return node.origin().orElse(null) instanceof NodeOrigin found
                ? found.message().getOverload()
                : "";
    }

    /** The message that the node was read from with what has changed, or a new one. */
    static NodeProto write(Node node, TensorStore store) {
        NodeOrigin origin = node.origin().orElse(null) instanceof NodeOrigin found ? found : MADE;
        NodeProto old = origin.message();
        NodeProto.Builder message = old.toBuilder();
        if (!node.inputs().equals(old.getInputList())) {
            message.clearInput().addAllInput(node.inputs());
        }
        if (!node.outputs().equals(old.getOutputList())) {
            message.clearOutput().addAllOutput(node.outputs());
        }
        if (!node.name().equals(old.getName())) {
            message.setName(node.name());
        }
        if (!node.opType().equals(old.getOpType())) {
            message.setOpType(node.opType());
        }
        if (!node.domain().equals(old.getDomain())) {
            message.setDomain(node.domain());
        }
        return message.clearAttribute()
                .addAllAttribute(attributes(origin, node, store).values())
                .build();
    }

    /** First those that the node had, then new ones by name. */
    private static Map<String, AttributeProto> attributes(NodeOrigin origin, Node node, TensorStore store) {
        Map<String, AttributeProto> messages = new LinkedHashMap<>();
        for (AttributeProto old : origin.message().getAttributeList()) {
            Attribute wanted = node.attributes().get(old.getName());
            if (wanted != null && wanted.equals(origin.attributes().get(old.getName()))) {
                messages.put(old.getName(), Content.placed(old, origin.files(), store));
            } else if (wanted != null) {
                messages.put(old.getName(), Attributes.write(old.getName(), wanted, store));
            }
        }
        Set<String> names = new TreeSet<>(node.attributes().keySet());
        for (String name : names) {
            if (!messages.containsKey(name)) {
                messages.put(name, Attributes.write(name, node.attributes().get(name), store));
            }
        }
        return messages;
    }
}
