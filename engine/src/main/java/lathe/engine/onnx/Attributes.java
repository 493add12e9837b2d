package lathe.engine.onnx;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.AttributeProto.AttributeType;
import com.google.protobuf.ByteString;
import java.util.Optional;
import java.util.Set;
import lathe.engine.graph.Attribute;
import lathe.engine.graph.Origin;

/** Attributes of nodes: their protobuf message to an {@link Attribute} and back. */
final class Attributes {

    private Attributes() {}

    /** An attribute that is carried, not understood. */
    private record AttributeOrigin(AttributeProto message, ExternalFiles files) implements Origin {
        @Override
        public Set<String> names() {
            return Content.names(message);
        }

        @Override
        public Set<String> operators() {
            return Content.operators(message);
        }

        @Override
        public long constantBytes() {
            return Content.constantBytes(message);
        }
    }

    static Attribute read(AttributeProto message, ExternalFiles files) {
        return switch (type(message)) {
            case INT -> new Attribute.Int(message.getI());
            case INTS -> new Attribute.Ints(message.getIntsList());
            case FLOAT -> new Attribute.Real(message.getF());
            case FLOATS -> new Attribute.Reals(message.getFloatsList());
            case STRING ->
                message.getS().isValidUtf8()
                        ? new Attribute.Text(message.getS().toStringUtf8())
                        : opaque(message, files);
            case TENSOR ->
                message.hasT() ? new Attribute.OfTensor(Tensors.read(message.getT(), files)) : opaque(message, files);
            case GRAPH ->
                message.hasG() ? new Attribute.OfGraph(Bodies.read(message.getG(), files)) : opaque(message, files);
            default -> opaque(message, files);
        };
    }

    private static Attribute.Opaque opaque(AttributeProto message, ExternalFiles files) {
        return new Attribute.Opaque(new AttributeOrigin(message, files));
    }

    /** The type stated, or for files that state none, the one whose field is filled. */
    private static AttributeType type(AttributeProto message) {
        if (message.hasRefAttrName()) {
            return AttributeType.UNDEFINED;
        }
        if (message.hasType()) {
            return message.getType();
        }
        if (message.hasI()) {
            return AttributeType.INT;
        }
        if (message.getIntsCount() > 0) {
            return AttributeType.INTS;
        }
        if (message.hasF()) {
            return AttributeType.FLOAT;
        }
        if (message.getFloatsCount() > 0) {
            return AttributeType.FLOATS;
        }
        if (message.hasS()) {
            return AttributeType.STRING;
        }
        if (message.hasG()) {
            return AttributeType.GRAPH;
        }
        return message.hasT() ? AttributeType.TENSOR : AttributeType.UNDEFINED;
    }

    /** Inside of a function, the attribute of the call that an attribute refers to. */
    static Optional<String> reference(Attribute attribute) {
        return attribute instanceof Attribute.Opaque carried
                        && carried.origin() instanceof AttributeOrigin found
                        && found.message().hasRefAttrName()
                ? Optional.of(found.message().getRefAttrName())
                : Optional.empty();
    }

    static AttributeProto write(String name, Attribute attribute, TensorStore store) {
        AttributeProto.Builder message = AttributeProto.newBuilder().setName(name);
        if (attribute instanceof Attribute.Int found) {
            message.setType(AttributeType.INT).setI(found.value());
        } else if (attribute instanceof Attribute.Ints found) {
            message.setType(AttributeType.INTS).addAllInts(found.values());
        } else if (attribute instanceof Attribute.Real found) {
            message.setType(AttributeType.FLOAT).setF(found.value());
        } else if (attribute instanceof Attribute.Reals found) {
            message.setType(AttributeType.FLOATS).addAllFloats(found.values());
        } else if (attribute instanceof Attribute.Text found) {
            message.setType(AttributeType.STRING).setS(ByteString.copyFromUtf8(found.value()));
        } else if (attribute instanceof Attribute.OfTensor found) {
            message.setType(AttributeType.TENSOR).setT(Tensors.writeInNode(found.value(), store));
        } else if (attribute instanceof Attribute.OfGraph found) {
            message.setType(AttributeType.GRAPH).setG(Bodies.write(found.body(), store));
        } else if (attribute instanceof Attribute.Opaque found && found.origin() instanceof AttributeOrigin origin) {
            message.mergeFrom(Content.placed(origin.message(), origin.files(), store))
                    .setName(name);
        } else {
            throw new IllegalArgumentException("attribute '%s' cannot be written: %s".formatted(name, attribute));
        }
        return message.build();
    }
}
