package lathe.cli.commands;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import lathe.engine.archive.Archive;
import lathe.engine.graph.Graph;
import lathe.engine.onnx.OnnxWriter;

/** The archive of a network: it is written to a temporary folder and packed. */
final class GraphArchive {

    private GraphArchive() {}

    static Archive of(Graph graph) {
        try {
            Path folder = Files.createTempDirectory("lathe");
            try {
                Path model = folder.resolve("model.onnx");
                OnnxWriter.write(graph, model);
                return Archive.of(model);
            } finally {
                try (Stream<Path> files = Files.list(folder)) {
                    for (Path file : files.toList()) {
                        Files.delete(file);
                    }
                }
                Files.delete(folder);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
