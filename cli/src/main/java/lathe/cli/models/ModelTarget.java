package lathe.cli.models;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import lathe.cli.shell.CommandException;
import lathe.cli.shell.Console;
import lathe.engine.graph.Graph;
import lathe.engine.graph.UnsupportedModelException;
import lathe.engine.onnx.OnnxWriter;

/** Where a model goes. */
public sealed interface ModelTarget {

    /** What to call it in messages. */
    String name();

    /**
     * Checks that a model can go there.
     *
     * @throws CommandException if not
     */
    void check(boolean force);

    /** True if something is there that would be replaced. */
    boolean exists();

    /**
     * What was written.
     *
     * @param bytes it takes, with external data
     * @param sha256 hash of the model without its external data
     */
    record Written(long bytes, String sha256) {}

    /** Writes a model. */
    Written write(Graph graph) throws IOException;

    /** A file. */
    record OfFile(Path file) implements ModelTarget {
        @Override
        public String name() {
            return file.toString();
        }

        @Override
        public void check(boolean force) {
            ModelFiles.checkTarget(file, force);
        }

        @Override
        public boolean exists() {
            return Files.exists(file);
        }

        @Override
        public Written write(Graph graph) throws IOException {
            OnnxWriter.write(graph, file);
            return new Written(ModelFiles.bytes(file, graph), ModelFiles.sha256(file));
        }
    }

    /** Standard output; the model is one piece there, without external data. */
    record StandardOutput(Console console) implements ModelTarget {
        @Override
        public String name() {
            return "standard output";
        }

        @Override
        public void check(boolean force) {
            if (console.outputIsTerminal() && !force) {
                throw CommandException.badInput(
                        "standard output is a terminal, which cannot take a model; give --output FILE, or redirect it");
            }
        }

        @Override
        public boolean exists() {
            return false;
        }

        @Override
        public Written write(Graph graph) throws IOException {
            byte[] model = bytes(graph);
            console.write(model);
            return new Written(model.length, ModelFiles.sha256(model));
        }

        private byte[] bytes(Graph graph) {
            try {
                return OnnxWriter.toBytes(graph);
            } catch (IllegalArgumentException e) {
                throw new UnsupportedModelException(
                        "%s: %s; without external data it cannot go to %s, so give --output FILE"
                                .formatted("the result", e.getMessage(), name()),
                        e);
            }
        }
    }
}
