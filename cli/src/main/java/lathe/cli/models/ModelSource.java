package lathe.cli.models;

import java.io.IOException;
import java.nio.file.Path;
import lathe.cli.shell.CommandException;
import lathe.cli.shell.Console;
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

    /**
     * What was typed as a file.
     *
     * @throws CommandException if the file cannot be read
     */
    static ModelSource of(String typed, Console console) throws IOException {
        return typed.equals(STANDARD)
                ? new StandardInput(console.input().readAllBytes())
                : new OfFile(ModelFiles.existing(typed, "an ONNX model"));
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
    }

    /** What came in through standard input. */
    record StandardInput(byte[] model) implements ModelSource {
        @Override
        public String name() {
            return "standard input";
        }

        @Override
        public Graph read() {
            try {
                return OnnxReader.read(model);
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
    }
}
