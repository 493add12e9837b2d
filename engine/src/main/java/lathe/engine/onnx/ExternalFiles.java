package lathe.engine.onnx;

import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import lathe.engine.graph.UnsupportedModelException;
import lathe.engine.tensor.TensorBytes;

/**
 * The files beside a model that its tensors may lie in. Only files inside the model's folder are opened, whatever path
 * the model names and wherever links lead. Thread-safe.
 */
final class ExternalFiles {

    /** Windows of 1 GiB in steps of half that. */
    private static final int WINDOW = 1 << 30;

    private final Optional<Path> folder;
    private final int window;
    private final Map<Path, MappedFile> files = new HashMap<>();
    private final Map<Reference, MappedBytes> known = new HashMap<>();

    private ExternalFiles(Optional<Path> folder, int window) {
        this.folder = folder;
        this.window = window;
    }

    /** For a model that lies in this folder. */
    static ExternalFiles in(Path folder) {
        return in(folder, WINDOW);
    }

    /** As above, with windows of another size. */
    static ExternalFiles in(Path folder, int window) {
        return new ExternalFiles(Optional.of(folder), window);
    }

    /** For a model that lies in no folder. */
    static ExternalFiles none() {
        return new ExternalFiles(Optional.empty(), WINDOW);
    }

    /** What a tensor says of its place; {@code length} is -1 where it neither says nor implies one. */
    private record Reference(String location, long offset, long length) {}

    private static final Comparator<Reference> IN_ORDER = Comparator.comparing(Reference::location)
            .thenComparingLong(Reference::offset)
            .thenComparingLong(Reference::length);

    /** True if no tensor lies in a file so far. */
    synchronized boolean isEmpty() {
        return known.isEmpty();
    }

    /** The parts of files that belong to the model, by the files' names and places there; without empty tensors. */
    synchronized List<DataPart> parts() {
        return known.entrySet().stream()
                .filter(entry -> entry.getValue().size() > 0)
                .sorted(Map.Entry.comparingByKey(IN_ORDER))
                .map(entry -> new DataPart(entry.getKey().offset(), entry.getValue()))
                .toList();
    }

    /**
     * The elements of a tensor that lies in another file. Asked again, it answers the same, whatever has become of the
     * file since.
     *
     * @throws UnsupportedModelException if the file is missing, outside the folder, or too short
     */
    synchronized TensorBytes resolve(TensorProto tensor) {
        String location =
                entry(tensor, "location").orElseThrow(() -> failure(tensor, "names no file for its external data"));
        Path model = folder.orElseThrow(() ->
                failure(tensor, "lies in the file '%s', but the model was not read from a folder".formatted(location)));
        long offset = number(tensor, "offset").orElse(0);
        OptionalLong expected = Tensors.bytesByExtents(tensor);
        long length = number(tensor, "length").orElse(expected.orElse(-1));
        if (expected.isPresent() && expected.getAsLong() != length) {
            throw failure(
                    tensor,
                    "takes %d bytes by its extents %s, %d by its entry for the file '%s'"
                            .formatted(expected.getAsLong(), tensor.getDimsList(), length, location));
        }
        Reference reference = new Reference(location, offset, length);
        MappedBytes bytes = known.get(reference);
        if (bytes == null) {
            bytes = map(tensor, model, reference);
            known.put(reference, bytes);
        }
        return bytes;
    }

    private MappedBytes map(TensorProto tensor, Path model, Reference reference) {
        String location = reference.location();
        long offset = reference.offset();
        try {
            MappedFile file = open(tensor, model, location);
            long length = reference.length() >= 0 ? reference.length() : Math.max(0, file.size() - offset);
            if (offset > file.size() || length > file.size() - offset) {
                throw failure(
                        tensor,
                        "takes %d bytes from byte %d on of the file '%s', which has %d"
                                .formatted(length, offset, location, file.size()));
            }
            return file.bytes(offset, length);
        } catch (IOException e) {
            throw new UnsupportedModelException(
                    "tensor '%s': file '%s' cannot be read".formatted(tensor.getName(), location), e);
        }
    }

    private MappedFile open(TensorProto tensor, Path model, String location) throws IOException {
        Path real = find("tensor '%s'".formatted(tensor.getName()), model, location);
        MappedFile mapped = files.get(real);
        if (mapped == null) {
            mapped = new MappedFile(real, window);
            files.put(real, mapped);
        }
        return mapped;
    }

    /**
     * The real path of the file that a tensor of a model in this folder names.
     *
     * @param tensor what lies there, for messages
     * @throws UnsupportedModelException if there is none, or it lies outside the folder
     */
    static Path find(String tensor, Path model, String location) throws IOException {
        Path file = model.resolve(path(tensor, location));
        if (!Files.isRegularFile(file)) {
            throw new UnsupportedModelException(
                    "%s lies in the file '%s', which is not in the model's folder".formatted(tensor, location));
        }
        Path real = file.toRealPath();
        if (!real.startsWith(model.toRealPath())) {
            throw new UnsupportedModelException(
                    "%s lies in '%s', a link that leaves the model's folder".formatted(tensor, location));
        }
        return real;
    }

    /** The path that a tensor names, relative to the model's folder; must not lead out of it. */
    static Path path(String tensor, String location) {
        try {
            Path path = Path.of(location);
            boolean climbs = false;
            for (Path part : path) {
                climbs |= part.toString().equals("..");
            }
            if (location.isEmpty() || path.isAbsolute() || path.getRoot() != null || climbs) {
                throw new UnsupportedModelException(
                        "%s lies in '%s', outside the model's folder".formatted(tensor, location));
            }
            return path;
        } catch (InvalidPathException e) {
            throw new UnsupportedModelException("%s lies in a file without a valid name".formatted(tensor), e);
        }
    }

    private static OptionalLong number(TensorProto tensor, String key) {
        Optional<String> text = entry(tensor, key);
        if (text.isEmpty()) {
            return OptionalLong.empty();
        }
        try {
            long number = Long.parseLong(text.get());
            if (number >= 0) {
                return OptionalLong.of(number);
            }
        } catch (NumberFormatException e) {
            // said below
        }
        throw failure(tensor, "has the external %s '%s'".formatted(key, text.get()));
    }

    private static Optional<String> entry(TensorProto tensor, String key) {
        return tensor.getExternalDataList().stream()
                .filter(entry -> entry.getKey().equals(key))
                .map(StringStringEntryProto::getValue)
                .findFirst();
    }

    private static UnsupportedModelException failure(TensorProto tensor, String what) {
        return new UnsupportedModelException("tensor '%s' %s".formatted(tensor.getName(), what));
    }
}
