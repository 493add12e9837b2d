package lathe.cli.models;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import lathe.cli.shell.CommandException;
import lathe.cli.shell.Console;
import lathe.engine.archive.Archive;
import lathe.engine.graph.Graph;
import lathe.engine.graph.UnsupportedModelException;
import lathe.engine.onnx.OnnxWriter;
import lathe.synth.network.TemporaryFolders;

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

    /** Writes an archive. */
    void write(Archive archive) throws IOException;

    /**
     * Files of a model.
     *
     * @param names of files, the model last; none where it went elsewhere
     * @param bytes of all of it
     */
    record Unpacked(List<String> names, long bytes) {}

    /**
     * Writes the model in an archive, once all of it has been read.
     *
     * @param force true to replace external data that is there
     * @throws CommandException if external data is there, and may not be replaced
     * @throws UnsupportedModelException if it is no archive, or one that cannot be unpacked there
     */
    Unpacked unpack(InputStream archive, boolean force) throws IOException;

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

        @Override
        public void write(Archive archive) throws IOException {
            archive.write(file);
        }

        @Override
        public Unpacked unpack(InputStream archive, boolean force) throws IOException {
            List<Path> files = Archive.unpack(archive, file, found -> {
                if (Files.exists(found)) {
                    ModelFiles.checkTarget(found, force);
                }
            });
            long bytes = 0;
            for (Path written : files) {
                bytes += Files.size(written);
            }
            return new Unpacked(files.stream().map(Path::toString).toList(), bytes);
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

        @Override
        public void write(Archive archive) throws IOException {
            try (InputStream content = archive.content()) {
                console.write(content, archive.bytes());
            }
        }

        @Override
        public Unpacked unpack(InputStream archive, boolean force) throws IOException {
            Path folder = TemporaryFolders.create();
            try {
                Path model = folder.resolve("model.onnx");
                try (OutputStream out = Files.newOutputStream(model)) {
                    Archive.unpack(archive, out);
                }
                try (InputStream content = Files.newInputStream(model)) {
                    console.write(content, Files.size(model));
                }
                return new Unpacked(List.of(), Files.size(model));
            } finally {
                TemporaryFolders.delete(folder);
            }
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
