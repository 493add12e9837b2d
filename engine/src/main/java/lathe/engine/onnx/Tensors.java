package lathe.engine.onnx;

import ai.onnx.proto.OnnxMl.TensorProto;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
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
     * @param message the whole of it
     * @param read name, type, extents and elements as read
     */
    private record TensorOrigin(TensorProto message, Initializer read) implements Origin {

        boolean hasElementsOf(Initializer tensor) {
            return read.bytes() == tensor.bytes() && read.type() == tensor.type();
        }

        boolean says(Initializer tensor) {
            return hasElementsOf(tensor)
                    && read.name().equals(tensor.name())
                    && read.dims().equals(tensor.dims());
        }
    }

    static Initializer read(TensorProto message, ExternalFiles files) {
        Initializer read = new Initializer(
                message.getName(),
                ElementType.ofCode(message.getDataType()),
                message.getDimsList(),
                bytes(message, files),
                Optional.empty());
        Origin origin = new TensorOrigin(message, read);
        return new Initializer(read.name(), read.type(), read.dims(), read.bytes(), Optional.of(origin));
    }

    private static TensorBytes bytes(TensorProto tensor, ExternalFiles files) {
        if (tensor.hasSegment()) {
            throw new UnsupportedModelException("tensor '%s' is a segment of a larger one".formatted(tensor.getName()));
        }
        if (isExternal(tensor)) {
            return files.resolve(tensor);
        }
        OptionalLong expected = bytesByExtents(tensor);
        TensorBytes bytes = tensor.getRawData().isEmpty()
                ? new TypedBytes(tensor)
                : TensorBytes.of(tensor.getRawData().asReadOnlyByteBuffer());
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

    /**
     * Bytes that the elements take by type and extents; empty for a type whose elements have no fixed size, or an
     * unknown one.
     *
     * @throws UnsupportedModelException if an extent is negative or the product passes 63 bits
     */
    static OptionalLong bytesByExtents(TensorProto tensor) {
        List<Long> dims = tensor.getDimsList();
        if (dims.stream().anyMatch(dim -> dim < 0)) {
            throw new UnsupportedModelException(
                    "tensor '%s' has a negative extent in %s".formatted(tensor.getName(), dims));
        }
        ElementType type = ElementType.ofCode(tensor.getDataType());
        try {
            long bytes = type.bytes(dims.contains(0L) ? 0 : dims.stream().reduce(1L, Math::multiplyExact));
            return type.bits() == 0 ? OptionalLong.empty() : OptionalLong.of(bytes);
        } catch (ArithmeticException e) {
            throw new UnsupportedModelException(
                    "tensor '%s': extents %s overflow".formatted(tensor.getName(), dims), e);
        }
    }

    /** Bytes of the elements, wherever they are. */
    static long storedBytes(TensorProto tensor) {
        if (isExternal(tensor)) {
            return bytesByExtents(tensor).orElse(0);
        }
        return tensor.getRawData().isEmpty()
                ? new TypedBytes(tensor).size()
                : tensor.getRawData().size();
    }

    /** True if the elements lie in another file. */
    static boolean isExternal(TensorProto tensor) {
        return tensor.getDataLocation() == TensorProto.DataLocation.EXTERNAL;
    }

    /**
     * The message of an initializer, its elements where the store puts them: the one it was read from, if that says the
     * same.
     *
     * @throws IllegalArgumentException for a made tensor of strings or of unknown type, or one too large for the place
     */
    static TensorProto write(Initializer tensor, TensorStore store) {
        Optional<TensorOrigin> origin = originOf(tensor);
        TensorProto message = header(tensor, origin);
        TensorStore.Source source = sourceOf(origin);
        if (store.takes(tensor.bytes().size(), source)) {
            return store.placeOutside(message, tensor.bytes());
        }
        return source == TensorStore.Source.INSIDE ? message : TensorStore.inside(message, tensor.bytes());
    }

    /**
     * The message of a tensor inside a node. Its elements stay where they are: beside the model only if they lay there.
     *
     * @throws IllegalArgumentException as above
     */
    static TensorProto writeInNode(Initializer tensor, TensorStore store) {
        Optional<TensorOrigin> origin = originOf(tensor);
        TensorProto message = header(tensor, origin);
        return switch (sourceOf(origin)) {
            case INSIDE -> message;
            case OUTSIDE -> store.moved(message, tensor.bytes());
            case MADE -> TensorStore.inside(message, tensor.bytes());
        };
    }

    private static TensorStore.Source sourceOf(Optional<TensorOrigin> origin) {
        return origin.map(read -> isExternal(read.message()) ? TensorStore.Source.OUTSIDE : TensorStore.Source.INSIDE)
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
            return origin.get().message();
        }
        if (origin.isEmpty() && tensor.type().bits() == 0) {
            throw new IllegalArgumentException(
                    "tensor '%s' of type %s can only be copied from a file".formatted(tensor.name(), tensor.type()));
        }
        TensorProto old = origin.map(TensorOrigin::message)
                .orElseGet(() -> TensorProto.newBuilder()
                        .setDataType(tensor.type().code())
                        .build());
        return old.toBuilder()
                .setName(tensor.name())
                .clearDims()
                .addAllDims(tensor.dims())
                .build();
    }
}
