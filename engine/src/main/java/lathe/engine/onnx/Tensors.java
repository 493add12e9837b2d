package lathe.engine.onnx;

import ai.onnx.proto.OnnxMl.TensorProto;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Collection;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Supplier;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Origin;
import lathe.engine.graph.UnsupportedModelException;
import lathe.engine.tensor.ElementType;
import lathe.engine.tensor.TensorBytes;

/** Constant tensors: their protobuf message to an {@link Initializer} and back. */
final class Tensors {

    private Tensors() {}

    /**
     * What a file said of a tensor.
     *
     * @param field the field of the graph that holds it; empty for a tensor inside a node
     * @param message gives the whole message
     * @param external true if the elements lie in another file
     * @param read name, type, extents and elements as read
     */
    private record TensorOrigin(
            Optional<Field> field, Supplier<TensorProto> message, boolean external, Initializer read)
            implements Origin {

        boolean hasElementsOf(Initializer tensor) {
            return read.bytes() == tensor.bytes() && read.type() == tensor.type();
        }

        boolean says(Initializer tensor) {
            return hasElementsOf(tensor)
                    && read.name().equals(tensor.name())
                    && read.dims().equals(tensor.dims());
        }
    }

    /** Reads an initializer of the graph. */
    static Initializer read(Field field, TensorProto message, ExternalFiles files) {
        return read(Optional.of(field), message, () -> parsed(field), files);
    }

    /** Reads a tensor that stands inside a node. */
    static Initializer read(TensorProto message, ExternalFiles files) {
        return read(Optional.empty(), message, () -> message, files);
    }

    private static Initializer read(
            Optional<Field> field, TensorProto message, Supplier<TensorProto> again, ExternalFiles files) {
        Initializer read = new Initializer(
                message.getName(),
                ElementType.ofCode(message.getDataType()),
                message.getDimsList(),
                bytes(message, again, files),
                Optional.empty());
        Origin origin = new TensorOrigin(field, again, isExternal(message), read);
        return new Initializer(read.name(), read.type(), read.dims(), read.bytes(), Optional.of(origin));
    }

    private static TensorProto parsed(Field field) {
        try {
            return WireMessage.parse(TensorProto.parser(), field.payload());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static TensorBytes bytes(TensorProto tensor, Supplier<TensorProto> again, ExternalFiles files) {
        if (tensor.hasSegment()) {
            throw new UnsupportedModelException("tensor '%s' is a segment of a larger one".formatted(tensor.getName()));
        }
        if (isExternal(tensor)) {
            return files.resolve(tensor);
        }
        OptionalLong expected = TensorExtent.bytes(tensor);
        TensorBytes bytes =
                tensor.getRawData().isEmpty() ? TypedBytes.of(again, tensor) : new RawBytes(tensor.getRawData());
        if (expected.isPresent() && bytes.size() != expected.getAsLong()) {
            throw new UnsupportedModelException("tensor '%s': %d bytes where extents %s of %s take %d"
                    .formatted(
                            tensor.getName(),
                            bytes.size(),
                            tensor.getDimsList(),
                            ElementType.ofCode(tensor.getDataType()),
                            expected.getAsLong()));
        }
        return bytes;
    }

    /** True if the elements lie in another file. */
    static boolean isExternal(TensorProto tensor) {
        return tensor.getDataLocation() == TensorProto.DataLocation.EXTERNAL;
    }

    /**
     * The field of this number that holds a tensor: the one it was read from, if that says the same.
     *
     * @throws IllegalArgumentException for a made tensor of strings or of unknown type, or one too large for the place
     */
    static Field write(int number, Initializer tensor, TensorStore store) {
        Optional<TensorOrigin> origin = originOf(tensor);
        Optional<Field> field = origin.filter(read -> read.says(tensor)).flatMap(TensorOrigin::field);
        TensorStore.Source source = sourceOf(origin);
        boolean outside = store.takes(tensor.bytes().size(), source);
        if (source == TensorStore.Source.INSIDE && !outside && field.isPresent()) {
            return field.get();
        }
        TensorProto message = header(tensor, origin);
        if (outside) {
            TensorProto placed = store.placeOutside(message, tensor.bytes());
            return field.isPresent() && placed.equals(message) ? field.get() : Field.of(number, placed.toByteString());
        }
        if (source == TensorStore.Source.INSIDE) {
            return Field.of(number, message.toByteString());
        }
        try {
            return Field.of(number, TensorStore.inside(message, tensor.bytes()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * The message of a tensor inside a node. Its elements stay where they are: beside the model only if they lay there.
     *
     * @throws IllegalArgumentException as above
     */
    static TensorProto write(Initializer tensor, TensorStore store) {
        Optional<TensorOrigin> origin = originOf(tensor);
        TensorProto message = header(tensor, origin);
        return switch (sourceOf(origin)) {
            case INSIDE -> message;
            case OUTSIDE -> store.moved(message, tensor.bytes());
            case MADE ->
                message.toBuilder()
                        .setRawData(TensorStore.raw(message, tensor.bytes()))
                        .build();
        };
    }

    /** Bytes that would come into the model: of tensors that so far lie elsewhere. Costs no more than asking sizes. */
    static long newInside(Collection<Initializer> tensors, TensorStore store) {
        return tensors.stream()
                .filter(tensor -> {
                    TensorStore.Source source = sourceOf(originOf(tensor));
                    return source != TensorStore.Source.INSIDE
                            && !store.takes(tensor.bytes().size(), source);
                })
                .mapToLong(tensor -> tensor.bytes().size())
                .sum();
    }

    private static TensorStore.Source sourceOf(Optional<TensorOrigin> origin) {
        return origin.map(read -> read.external() ? TensorStore.Source.OUTSIDE : TensorStore.Source.INSIDE)
                .orElse(TensorStore.Source.MADE);
    }

    private static Optional<TensorOrigin> originOf(Initializer tensor) {
        return tensor.origin()
                .filter(TensorOrigin.class::isInstance)
                .map(TensorOrigin.class::cast)
                .filter(origin -> origin.hasElementsOf(tensor));
    }

    /** The message as read, under the tensor's name and extents, or a new one without elements. */
    private static TensorProto header(Initializer tensor, Optional<TensorOrigin> origin) {
        if (origin.filter(read -> read.says(tensor)).isPresent()) {
            return origin.get().message().get();
        }
        if (origin.isEmpty() && tensor.type().bits() == 0) {
            throw new IllegalArgumentException(
                    "tensor '%s' of type %s can only be copied from a file".formatted(tensor.name(), tensor.type()));
        }
        TensorProto.Builder message = origin.map(read -> read.message().get().toBuilder())
                .orElseGet(TensorProto::newBuilder)
                .setName(tensor.name())
                .clearDims()
                .addAllDims(tensor.dims());
        return origin.isPresent()
                ? message.build()
                : message.setDataType(tensor.type().code()).build();
    }
}
