package lathe.engine.archive;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.SequenceInputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.zip.CRC32;
import lathe.engine.archive.Directory.Entry;
import lathe.engine.graph.UnsupportedModelException;
import lathe.engine.onnx.FileReplacement;
import lathe.engine.onnx.TensorSpan;
import lathe.engine.tensor.ElementType;

/**
 * A model's files in one, as small as their entropy allows and without loss: integers, floats and packed bits of tensors by an
 * adaptive range coder, all else by LZMA. Unpacked, the files have the bytes they had. {@code docs/format.md} describes the
 * format, of which this is version 1. Immutable and thread-safe.
 */
public final class Archive {

    private static final int BUFFER = 1 << 16;

    private final List<byte[]> sections;
    private final long bytesBefore;
    private final List<Part> parts;

    Archive(List<byte[]> sections, long bytesBefore, List<Part> parts) {
        this.sections = List.copyOf(sections);
        this.bytesBefore = bytesBefore;
        this.parts = List.copyOf(parts);
    }

    /**
     * A tensor of the model that is coded.
     *
     * @param bytes in the model's files
     * @param packedBytes in the archive, about
     * @param coding one word
     */
    public record Part(String name, ElementType type, List<Long> dims, long bytes, long packedBytes, String coding) {
        static Part of(TensorSpan span, CodingChoice.Choice choice) {
            return new Part(
                    span.name(),
                    span.type(),
                    span.dims(),
                    span.bytes(),
                    choice.bytes(),
                    choice.coding().word());
        }
    }

    /**
     * Packs a model with its external data. Any ONNX file will do, whatever its operator set. The archive is held in memory,
     * beside it one tensor. About 3 million weights per second.
     *
     * @throws java.nio.file.NoSuchFileException if there is no such file
     * @throws UnsupportedModelException if it is no ONNX model, or its external data is missing or outside its folder
     */
    public static Archive of(Path model) throws IOException {
        Path folder = Optional.ofNullable(model.getParent()).orElse(Path.of(""));
        List<TensorSpan> spans;
        try (InputStream in = Files.newInputStream(model)) {
            spans = TensorSpan.of(in);
        }
        Packer packer = new Packer();
        Map<String, List<TensorSpan>> outside = new TreeMap<>();
        for (TensorSpan span : spans) {
            span.location()
                    .ifPresent(name -> outside.computeIfAbsent(name, n -> new ArrayList<>())
                            .add(span));
        }
        for (Map.Entry<String, List<TensorSpan>> file : outside.entrySet()) {
            Path found = file.getValue().get(0).fileIn(folder);
            packer.add(file.getKey(), new FileSource(found), file.getValue());
        }
        return finished(packer, new FileSource(model), spans);
    }

    /**
     * The same for a model in memory.
     *
     * @throws UnsupportedModelException if it is no ONNX model, or has external data
     */
    public static Archive of(byte[] model) {
        try {
            List<TensorSpan> spans = TensorSpan.of(new ByteArrayInputStream(model));
            spans.stream().flatMap(span -> span.location().stream()).findFirst().ifPresent(location -> {
                throw new UnsupportedModelException(
                        "external data in '%s', but the model was not read from a folder".formatted(location));
            });
            return finished(new Packer(), new ArraySource(model), spans);
        } catch (IOException e) {
            throw new UncheckedIOException(e); // nothing is read but memory
        }
    }

    private static Archive finished(Packer packer, Packer.Source model, List<TensorSpan> spans) throws IOException {
        packer.add(
                "",
                model,
                spans.stream().filter(span -> span.location().isEmpty()).toList());
        Archive archive = packer.finish();
        try {
            Unpacker unpacker = new Unpacker(archive.content());
            for (int i = 0; i < unpacker.directory().files().size(); i++) {
                unpacker.next(OutputStream.nullOutputStream());
            }
        } catch (UnsupportedModelException e) {
            throw new UnsupportedModelException("the model changed while it was being packed", e);
        }
        return archive;
    }

    private record FileSource(Path file) implements Packer.Source {
        @Override
        public long size() throws IOException {
            return Files.size(file);
        }

        @Override
        public byte[] read(long offset, int length) throws IOException {
            try (FileChannel channel = FileChannel.open(file)) {
                ByteBuffer bytes = ByteBuffer.allocate(length);
                while (bytes.hasRemaining()) {
                    if (channel.read(bytes, offset + bytes.position()) < 0) {
                        throw new EOFException("%s: was cut short while it was being packed".formatted(file));
                    }
                }
                return bytes.array();
            }
        }
    }

    private record ArraySource(byte[] bytes) implements Packer.Source {
        @Override
        public long size() {
            return bytes.length;
        }

        @Override
        public byte[] read(long offset, int length) {
            return Arrays.copyOfRange(bytes, (int) offset, (int) offset + length);
        }
    }

    /** Bytes of the archive. */
    public long bytes() {
        return pieces().stream().mapToLong(piece -> piece.length).sum();
    }

    /** Bytes of the model's files. */
    public long bytesBefore() {
        return bytesBefore;
    }

    /** Tensors that are coded, in the order of the archive. */
    public List<Part> parts() {
        return parts;
    }

    /** The whole archive. */
    public InputStream content() {
        return new SequenceInputStream(Collections.enumeration(
                pieces().stream().map(ByteArrayInputStream::new).toList()));
    }

    private List<byte[]> pieces() {
        List<byte[]> pieces = new ArrayList<>();
        pieces.add(Unpacker.MAGIC);
        pieces.add(new byte[] {Unpacker.VERSION, 0});
        for (byte[] section : sections) {
            CRC32 crc = new CRC32();
            crc.update(section);
            pieces.add(number(section.length));
            pieces.add(section);
            pieces.add(number((int) crc.getValue()));
        }
        return pieces;
    }

    private static byte[] number(int value) {
        return ByteBuffer.allocate(Integer.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(value)
                .array();
    }

    /**
     * Writes the archive to a temporary file beside the target and renames it onto the target.
     *
     * @throws java.nio.file.NoSuchFileException if the target's folder does not exist
     * @throws IOException if the target is a directory or cannot be written
     */
    public void write(Path file) throws IOException {
        try (FileReplacement files = new FileReplacement();
                InputStream content = content()) {
            files.add(file, channel -> content.transferTo(Channels.newOutputStream(channel)));
            files.commit();
        }
    }

    /** True if a file begins as archives do. */
    public static boolean isArchive(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            return isArchive(in.readNBytes(Unpacker.MAGIC.length));
        }
    }

    /** True if bytes begin as archives do. */
    public static boolean isArchive(byte[] bytes) {
        return Unpacker.isArchive(bytes);
    }

    /**
     * Unpacks a model without external data, such as for a session of ONNX Runtime: 15 million weights per second and more.
     * Holds one tensor of at most 64 MiB. What is written is complete only when this returns.
     *
     * @throws UnsupportedModelException if it is no archive, a damaged one, one of a later version, or has external data
     */
    public static void unpack(InputStream archive, OutputStream model) throws IOException {
        Unpacker unpacker = new Unpacker(archive);
        List<Entry> files = unpacker.directory().files();
        if (files.size() > 1) {
            throw new UnsupportedModelException("has external data in '%s'; unpack it into a folder"
                    .formatted(files.get(0).name()));
        }
        unpacker.next(model);
    }

    private static List<Path> targets(Directory directory, Path model) {
        List<Path> targets = new ArrayList<>();
        for (Entry file : directory.files()) {
            Path target = file.name().isEmpty() ? model : model.resolveSibling(TensorSpan.path(file.name()));
            if (targets.contains(target)) {
                throw new UnsupportedModelException(
                        "holds external data in '%s'; unpack it under another name".formatted(file.name()));
            }
            targets.add(target);
        }
        return targets;
    }

    /**
     * Unpacks a model and its external data, as {@link lathe.engine.onnx.OnnxWriter#write} writes them: the target is the old file or the
     * complete new one, and on failure nothing is left. Replaces files that are there. Folders that external data lies in
     * are created.
     *
     * @throws java.nio.file.NoSuchFileException if the target's folder does not exist
     * @throws IOException if a file cannot be read or written
     * @throws UnsupportedModelException if it is no archive, a damaged one, or one of a later version
     */
    public static void unpack(Path archive, Path model) throws IOException {
        try (InputStream in = new BufferedInputStream(Files.newInputStream(archive))) {
            unpack(in, model, file -> {});
        }
    }

    /**
     * The same from a stream, which is not closed.
     *
     * @param check is told each file before anything is written; what it throws ends the unpacking
     * @return the files, the model last
     */
    public static List<Path> unpack(InputStream archive, Path model, Consumer<Path> check) throws IOException {
        Unpacker unpacker = new Unpacker(archive);
        List<Path> targets = targets(unpacker.directory(), model);
        targets.forEach(check);
        List<Path> created = new ArrayList<>();
        boolean done = false;
        try (FileReplacement files = new FileReplacement()) {
            for (Path target : targets) {
                createFolders(
                        model.toAbsolutePath().getParent(),
                        target.toAbsolutePath().getParent(),
                        created);
                files.add(target, channel -> {
                    OutputStream out = new BufferedOutputStream(Channels.newOutputStream(channel), BUFFER);
                    unpacker.next(out);
                    out.flush();
                });
            }
            files.commit();
            done = true;
            return targets;
        } finally {
            Collections.reverse(created);
            for (Path folder : done ? List.<Path>of() : created) {
                Files.deleteIfExists(folder);
            }
        }
    }

    /** Creates a folder and those above it, up to one that has to be there. */
    private static void createFolders(Path top, Path folder, List<Path> created) throws IOException {
        if (folder.startsWith(top) && Files.isDirectory(top) && !Files.isDirectory(folder)) {
            createFolders(top, folder.getParent(), created);
            created.add(Files.createDirectory(folder));
        }
    }
}
