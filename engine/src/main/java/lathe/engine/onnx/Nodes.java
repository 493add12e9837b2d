package lathe.engine.onnx;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
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

    private static final int INPUT = NodeProto.INPUT_FIELD_NUMBER;
    private static final int OUTPUT = NodeProto.OUTPUT_FIELD_NUMBER;
    private static final int NAME = NodeProto.NAME_FIELD_NUMBER;
    private static final int OP_TYPE = NodeProto.OP_TYPE_FIELD_NUMBER;
    private static final int DOMAIN = NodeProto.DOMAIN_FIELD_NUMBER;
    private static final int ATTRIBUTE = NodeProto.ATTRIBUTE_FIELD_NUMBER;

    private Nodes() {}

    /**
     * What a file said of a node.
     *
     * @param field the field of the graph that holds it
     * @param files what its external tensors lie in; empty if it has none
     * @param attributes as read
     */
    private record NodeOrigin(Field field, Optional<ExternalFiles> files, Map<String, Attribute> attributes)
            implements Origin {}

    static Node read(Field field, NodeProto message, ExternalFiles files) {
        Map<String, Attribute> attributes = new LinkedHashMap<>();
        for (AttributeProto attribute : message.getAttributeList()) {
            if (attributes.put(attribute.getName(), Attributes.read(attribute, files)) != null) {
                throw new UnsupportedModelException("attribute '%s' stands there twice".formatted(attribute.getName()));
            }
        }
        boolean external = ExternalTensors.resolveIn(message, files);
        Map<String, Attribute> read = Map.copyOf(attributes);
        return new Node(
                message.getName(),
                message.getOpType(),
                message.getDomain(),
                message.getInputList(),
                message.getOutputList(),
                read,
                List.copyOf(Captures.of(message)),
                Optional.of(new NodeOrigin(field, external ? Optional.of(files) : Optional.empty(), read)));
    }

    /** The field of this number that holds a node: the one it was read from, or that with what has changed. */
    static Field write(int number, Node node, TensorStore store) {
        if (!(node.origin().orElse(null) instanceof NodeOrigin origin)) {
            return Field.of(number, made(node, store).toByteString());
        }
        try {
            return changed(number, origin, node, store);
        } catch (IOException e) {
            throw Damage.in(node.toString(), e);
        }
    }

    private static NodeProto made(Node node, TensorStore store) {
        NodeProto.Builder message = NodeProto.newBuilder()
                .addAllInput(node.inputs())
                .addAllOutput(node.outputs())
                .setOpType(node.opType());
        if (!node.name().isEmpty()) {
            message.setName(node.name());
        }
        if (!node.domain().isEmpty()) {
            message.setDomain(node.domain());
        }
        for (String name : new TreeSet<>(node.attributes().keySet())) {
            message.addAttribute(Attributes.write(name, node.attributes().get(name), store));
        }
        return message.build();
    }

    private static Field changed(int number, NodeOrigin origin, Node node, TensorStore store) throws IOException {
        WireMessage old = WireMessage.of(origin.field().payload());
        WireMessage changed = old.with(INPUT, texts(old, INPUT, node.inputs()))
                .with(OUTPUT, texts(old, OUTPUT, node.outputs()))
                .with(NAME, text(old, NAME, node.name()))
                .with(OP_TYPE, text(old, OP_TYPE, node.opType()))
                .with(DOMAIN, text(old, DOMAIN, node.domain()))
                .with(ATTRIBUTE, attributes(old, origin, node, store));
        return changed.equals(old) ? origin.field() : Field.of(number, changed.toByteString());
    }

    /** The old fields where they say what is wanted, new ones where not. */
    private static List<Field> texts(WireMessage old, int number, List<String> wanted) {
        List<Field> before = old.all(number);
        List<Field> fields = new ArrayList<>(wanted.size());
        for (int i = 0; i < wanted.size(); i++) {
            boolean same = i < before.size() && before.get(i).text().equals(wanted.get(i));
            fields.add(same ? before.get(i) : Field.of(number, wanted.get(i)));
        }
        return fields;
    }

    /** The last field of a number is the one that counts. */
    private static List<Field> text(WireMessage old, int number, String wanted) {
        List<Field> before = old.all(number);
        String said = before.isEmpty() ? "" : before.get(before.size() - 1).text();
        return said.equals(wanted) ? before : List.of(Field.of(number, wanted));
    }

    private static List<Field> attributes(WireMessage old, NodeOrigin origin, Node node, TensorStore store)
            throws IOException {
        if (origin.attributes().equals(node.attributes()) && origin.files().isEmpty()) {
            return old.all(ATTRIBUTE);
        }
        List<Field> fields = new ArrayList<>();
        Set<String> missing =
                new LinkedHashSet<>(new TreeSet<>(node.attributes().keySet()));
        for (Field field : old.all(ATTRIBUTE)) {
            AttributeProto message = WireMessage.parse(AttributeProto.parser(), field.payload());
            String name = message.getName();
            Attribute wanted = node.attributes().get(name);
            missing.remove(name);
            if (wanted != null && wanted.equals(origin.attributes().get(name))) {
                fields.add(kept(field, message, origin, store));
            } else if (wanted != null) {
                fields.add(attribute(name, wanted, store));
            }
        }
        missing.forEach(name -> fields.add(attribute(name, node.attributes().get(name), store)));
        return fields;
    }

    private static Field kept(Field field, AttributeProto message, NodeOrigin origin, TensorStore store) {
        if (origin.files().isEmpty()) {
            return field;
        }
        AttributeProto placed = ExternalTensors.placed(message, origin.files().get(), store);
        return placed.equals(message) ? field : Field.of(ATTRIBUTE, placed.toByteString());
    }

    private static Field attribute(String name, Attribute attribute, TensorStore store) {
        return Field.of(ATTRIBUTE, Attributes.write(name, attribute, store).toByteString());
    }
}
