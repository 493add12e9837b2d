package lathe.cli.commands;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import lathe.engine.archive.Archive;
import lathe.engine.graph.Graph;
import lathe.engine.onnx.OnnxWriter;
import lathe.synth.network.TemporaryFolders;

/** The archive of a network: it is written to a temporary folder and packed. */
final class GraphArchive {

    private GraphArchive() {}

    static Archive of(Graph graph) {
        Path folder = TemporaryFolders.create();
        try {
            Path model = folder.resolve("model.onnx");
            OnnxWriter.write(graph, model);
            return Archive.of(model);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            TemporaryFolders.delete(folder);
        }
    }
}
