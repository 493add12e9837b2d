package lathe.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import lathe.engine.graph.Graph;
import lathe.engine.graph.GraphEdit;
import lathe.engine.graph.Node;
import lathe.engine.onnx.OnnxReader;
import lathe.engine.onnx.OnnxWriter;
import lathe.testdata.TestData;

/** A small network whose layers have any names. */
public final class HostileNames {

    private HostileNames() {}

    /** Writes a network whose first layers have these names. */
    public static Path write(List<String> names, Path file) throws IOException {
        Graph graph = OnnxReader.read(TestData.bytes("fashion-resnet-folded.onnx"));
        GraphEdit edit = graph.edit();
        Iterator<String> next = names.iterator();
        for (Node node : graph.nodes()) {
            boolean layer = node.is("Conv") || node.is("Gemm");
            if (layer && next.hasNext()) {
                edit.replace(
                        node,
                        new Node(
                                next.next(),
                                node.opType(),
                                node.domain(),
                                node.inputs(),
                                node.outputs(),
                                node.attributes(),
                                node.captures(),
                                Optional.empty()));
            }
        }
        return Files.write(file, OnnxWriter.toBytes(edit.build()));
    }
}
