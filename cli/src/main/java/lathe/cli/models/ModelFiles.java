package lathe.cli.models;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import lathe.cli.shell.CommandException;
import lathe.engine.archive.Archive;
import lathe.engine.graph.Graph;
import lathe.engine.graph.UnsupportedModelException;
import lathe.engine.onnx.OnnxReader;
import lathe.engine.onnx.OnnxWriter;
import lathe.engine.onnx.Sha256;
import lathe.engine.onnx.SourceHashes;
import lathe.engine.pipeline.NothingToCompressException;
import lathe.synth.input.InputOptions;
import lathe.synth.network.Network;
import lathe.synth.network.NetworkOptions;
import lathe.synth.network.TemporaryFolders;

/** Files that the command line names: checked, read, and described when something is wrong with them. */
public final class ModelFiles {

    /** How the names of models and of archives end. */
    public static final String ONNX = ".onnx";

    public static final String ARCHIVE = ".lathe";

    private ModelFiles() {}

    /** The path that was typed. */
    public static Path path(String typed) {
        try {
            return Path.of(typed);
        } catch (InvalidPathException e) {
            throw CommandException.badInput("%s: not a file name".formatted(typed), e);
        }
    }

    /** A file that is there and can be read. */
    public static Path existing(String typed, String what) {
        Path file = path(typed);
        if (!Files.exists(file)) {
            throw CommandException.badInput("%s: no such file; %s is needed".formatted(typed, what));
        }
        if (Files.isDirectory(file)) {
            throw CommandException.badInput("%s: a folder; %s is needed".formatted(typed, what));
        }
        if (!Files.isReadable(file)) {
            throw CommandException.badInput("%s: may not be read; check its permissions".formatted(typed));
        }
        return file;
    }

    /** A file's name without the ending of a model or an archive. */
    public static String stem(Path file) {
        String name = file.getFileName().toString();
        String ending = name.endsWith(ARCHIVE) ? ARCHIVE : ONNX;
        return name.endsWith(ending) ? name.substring(0, name.length() - ending.length()) : name;
    }

    /** Reads a model, or the model in an archive. */
    public static Graph read(Path file) throws IOException {
        try {
            return readingOf(file.toString(), () -> graph(file));
        } catch (NoSuchFileException e) {
            throw CommandException.badInput(
                    "%s: its external data %s is missing; put it beside the model".formatted(file, e.getFile()), e);
        }
    }

    private static Graph graph(Path file) throws IOException {
        if (!Archive.isArchive(file)) {
            return OnnxReader.read(file);
        }
        Path folder = TemporaryFolders.create();
        try {
            Path model = folder.resolve("model.onnx");
            Archive.unpack(file, model);
            return OnnxReader.read(model);
        } finally {
            TemporaryFolders.delete(folder);
        }
    }

    /** Does something with a file, and names it where it is to blame. */
    public static <T> T readingOf(String file, Step<T> step) throws IOException {
        try {
            return step.run();
        } catch (UnsupportedModelException e) {
            String message = e.getMessage().replaceFirst("^the file: ", "");
            throw CommandException.badInput("%s: %s".formatted(file, message), e);
        }
    }

    /** Loads a model, or the model in an archive, to run it, as {@link Network#of(Graph, NetworkOptions)} does. */
    public static Network open(Path file, NetworkOptions options) throws IOException {
        try {
            Graph graph = read(file);
            boolean asItIs = !Archive.isArchive(file) && Network.runsAsItIs(graph);
            return asItIs ? Network.of(file, options) : Network.of(graph, options);
        } catch (UnsupportedModelException e) {
            throw CommandException.impossible("%s: %s".formatted(file, e.getMessage()), e);
        }
    }

    /**
     * Checks that a file can be put there.
     *
     * @throws CommandException if it is there already and {@code force} is false, or its folder is missing or closed
     */
    public static void checkTarget(Path file, boolean force) {
        checkTarget(file, force, "--output");
    }

    /** The same for the file that another option names. */
    public static void checkTarget(Path file, boolean force, String option) {
        if (Files.isDirectory(file)) {
            throw CommandException.badInput("%s: a folder; name a file with %s".formatted(file, option));
        }
        if (Files.exists(file) && !force) {
            throw CommandException.badInput(
                    "%s: exists already; choose another name with %s, or replace it with --force"
                            .formatted(file, option));
        }
        Path folder = file.toAbsolutePath().getParent();
        if (folder == null || !Files.isDirectory(folder)) {
            throw CommandException.badInput(
                    "%s: the folder %s does not exist; create it first".formatted(file, folder));
        }
        if (!Files.isWritable(folder)) {
            throw CommandException.badInput(
                    "%s: the folder %s may not be written to; choose another with %s".formatted(file, folder, option));
        }
    }

    /**
     * Checks that a model's files are still what they were when it was read.
     *
     * @throws CommandException if not
     */
    public static void checkUnchanged(Path file, Graph read) throws IOException {
        boolean same;
        try {
            same = SourceHashes.of(graph(file)).equals(SourceHashes.of(read));
        } catch (UnsupportedModelException | NoSuchFileException e) {
            same = false;
        }
        if (!same) {
            throw CommandException.impossible(
                    "%s: changed while it was being compressed, so nothing was written; run again once nobody writes to it"
                            .formatted(file),
                    null);
        }
    }

    /** Size of a model, with the external data it refers to; of an archive, once it is unpacked. */
    public static long bytes(Path file, Graph graph) throws IOException {
        if (Archive.isArchive(file)) {
            return OnnxWriter.size(graph);
        }
        long constants = graph.initializers().values().stream()
                .mapToLong(constant -> constant.bytes().size())
                .sum();
        long alone = Files.size(file);
        return alone >= constants ? alone : alone + constants;
    }

    /** Hash of a file's bytes, lower-case hexadecimal. */
    public static String sha256(Path file) throws IOException {
        Sha256 sha = new Sha256();
        Files.copy(file, Channels.newOutputStream(sha));
        return sha.hex();
    }

    /** The same of bytes in memory. */
    public static String sha256(byte[] bytes) {
        Sha256 sha = new Sha256();
        sha.write(ByteBuffer.wrap(bytes));
        return sha.hex();
    }

    /** A step that works on a model, and may fail because of it. */
    public interface Step<T> {
        T run() throws IOException;
    }

    /**
     * Runs a step and names the model where it is to blame.
     *
     * @param shapeGiven false if dynamic axes got an extent by assumption, which then may be what is wrong
     */
    public static <T> T blaming(Path model, boolean shapeGiven, Step<T> step) throws IOException {
        return blaming(model.toString(), shapeGiven, step);
    }

    /** The same of a model that need not be a file. */
    public static <T> T blaming(String model, boolean shapeGiven, Step<T> step) throws IOException {
        try {
            return step.run();
        } catch (NothingToCompressException e) {
            throw CommandException.impossible("%s: %s".formatted(model, e.getMessage()), e);
        } catch (UnsupportedModelException e) {
            String hint = shapeGiven ? "" : "; perhaps it needs another shape than assumed: give --input-shape";
            throw CommandException.impossible("%s: %s%s".formatted(model, e.getMessage(), hint), e);
        }
    }

    /** True if no axis of an input gets an extent by assumption: the options or the model say all of them. */
    public static boolean knowsShapes(InputOptions inputs, Graph graph) {
        return !inputs.shapes().isEmpty() || !hasDynamicAxes(graph);
    }

    /** True if an axis other than the first is left open by the file. */
    private static boolean hasDynamicAxes(Graph graph) {
        return graph.requiredInputs().stream()
                .flatMap(input -> input.dims().orElse(List.of()).stream().skip(1))
                .anyMatch(dim -> dim.extent().isEmpty() || dim.extent().getAsLong() < 1);
    }
}
