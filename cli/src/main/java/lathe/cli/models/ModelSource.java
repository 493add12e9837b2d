package lathe.cli.models;

import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import lathe.cli.shell.CommandException;
import lathe.cli.shell.Console;
import lathe.engine.archive.Archive;
import lathe.engine.graph.Graph;
import lathe.engine.graph.UnsupportedModelException;
import lathe.engine.onnx.OnnxReader;

/** Where a model comes from. */
public sealed interface ModelSource {

    /** What stands for standard input, and for standard output. */
    String STANDARD = "-";

    /** What to call it in messages. */
    String name();

    /**
     * Reads it.
     *
     * @throws CommandException if it is no model that can be read
     */
    Graph read() throws IOException;

    /**
     * Checks that it is still what was read.
     *
     * @throws CommandException if not
     */
    void checkUnchanged(Graph graph) throws IOException;

    /** Its size, with external data. */
    long bytes(Graph graph) throws IOException;

    /** True if it is an archive. */
    boolean isArchive() throws IOException;

    /** Its bytes, without external data. */
    InputStream open() throws IOException;

    /** How many these are. */
    long size() throws IOException;

    /**
     * Packs it as it is.
     *
     * @throws CommandException if it is no model that can be packed
     */
    Archive packed() throws IOException;

    /**
     * What was typed as a file.
     *
     * @throws CommandException if the file cannot be read
     */
    static ModelSource of(String typed, Console console) throws IOException {
        return typed.equals(STANDARD)
                ? new StandardInput(console.input().readAllBytes())
                : new OfFile(ModelFiles.existing(typed, "an ONNX model or an archive"));
    }

    /** A file. */
    record OfFile(Path file) implements ModelSource {
        @Override
        public String name() {
            return file.toString();
        }

        @Override
        public Graph read() throws IOException {
            return ModelFiles.read(file);
        }

        @Override
        public void checkUnchanged(Graph graph) throws IOException {
            ModelFiles.checkUnchanged(file, graph);
        }

        @Override
        public long bytes(Graph graph) throws IOException {
            return ModelFiles.bytes(file, graph);
        }

        @Override
        public boolean isArchive() throws IOException {
            return Archive.isArchive(file);
        }

        @Override
        public InputStream open() throws IOException {
            return new BufferedInputStream(Files.newInputStream(file));
        }

        @Override
        public long size() throws IOException {
            return Files.size(file);
        }

        @Override
        public Archive packed() throws IOException {
            return ModelFiles.readingOf(name(), () -> Archive.of(file));
        }
    }

    /** What came in through standard input. */
    record StandardInput(byte[] model) implements ModelSource {
        @Override
        public String name() {
            return "standard input";
        }

        @Override
        public Graph read() throws IOException {
            return blamed(() -> OnnxReader.read(isArchive() ? unpacked() : model));
        }

        private byte[] unpacked() throws IOException {
            ByteArrayOutputStream unpacked = new ByteArrayOutputStream();
            Archive.unpack(open(), unpacked);
            return unpacked.toByteArray();
        }

        private <T> T blamed(ModelFiles.Step<T> step) throws IOException {
            try {
                return step.run();
            } catch (UnsupportedModelException e) {
                String message = e.getMessage().replaceFirst("^the file(: | )", "");
                String hint = message.contains("was not read from a folder") ? "; name the model's file instead" : "";
                throw CommandException.badInput("%s: %s%s".formatted(name(), message, hint), e);
            }
        }

        @Override
        public void checkUnchanged(Graph graph) {
            // nobody else holds these bytes
        }

        @Override
        public long bytes(Graph graph) {
            return model.length;
        }

        @Override
        public boolean isArchive() {
            return Archive.isArchive(model);
        }

        @Override
        public InputStream open() {
            return new ByteArrayInputStream(model);
        }

        @Override
        public long size() {
            return model.length;
        }

        @Override
        public Archive packed() throws IOException {
            return blamed(() -> Archive.of(model));
        }
    }
}
