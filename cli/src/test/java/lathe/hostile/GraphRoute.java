package lathe.hostile;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import com.google.protobuf.ByteString;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.UnsupportedModelException;
import lathe.engine.layer.Layers;
import lathe.engine.onnx.OnnxReader;
import lathe.engine.onnx.OnnxWriter;
import lathe.engine.pipeline.GraphPass;
import lathe.engine.qdq.OrtTarget;
import lathe.engine.target.Placement;
import lathe.precondition.GraphPasses;
import lathe.synth.input.InputException;
import lathe.synth.input.InputOptions;
import lathe.synth.input.InputPlan;

/**
 * What Lathe does to a network before it is run: read, written back, folded, surveyed, planned, and rewritten in one way
 * more, which the file's bytes choose.
 * Each of these answers or throws an {@link UnsupportedModelException}; anything else that comes out is a failure.
 */
final class GraphRoute {

    private static final List<GraphPass> PASSES = List.of(
            GraphPasses.batchNormFold(),
            GraphPasses.opsetRaise(13),
            GraphPasses.opsetRaise(21),
            GraphPasses.opsetRaise(25),
            GraphPasses.crossLayerEqualization(),
            GraphPasses.crossLayerEqualizationThroughClips());

    private final HostileFolder folder;

    GraphRoute(HostileFolder folder) {
        this.folder = folder;
    }

    /** True if the file was read, false if it was refused as it should be. */
    boolean accepts(byte[] model) throws IOException {
        Optional<Graph> graph = read(model);
        GraphPass pass = PASSES.get(Math.floorMod(Arrays.hashCode(model), PASSES.size()));
        graph.ifPresent(read -> use(read, pass));
        return graph.isPresent();
    }

    private Optional<Graph> read(byte[] model) throws IOException {
        boolean external = new String(model, StandardCharsets.ISO_8859_1).contains("location");
        Path file = folder.path().resolve("model.onnx");
        try {
            Graph graph = external ? OnnxReader.read(Files.write(file, model)) : OnnxReader.read(model);
            graph.initializers().values().forEach(GraphRoute::checkElements);
            if (!external) {
                checkWritten(model, OnnxWriter.toBytes(graph));
            }
            return Optional.of(graph);
        } catch (UnsupportedModelException e) {
            checkMessage(e);
            return Optional.empty();
        }
    }

    /** With the content that was read, nodes perhaps in another order, and then with the same bytes. */
    private static void checkWritten(byte[] model, byte[] written) throws IOException {
        if (!Arrays.equals(model, written)) {
            assertEquals(content(model), content(written), "written as it was read, or with its nodes in order");
            assertArrayEquals(written, OnnxWriter.toBytes(OnnxReader.read(written)), "written as it was read");
        }
    }

    private static ModelProto content(byte[] bytes) throws IOException {
        ModelProto.Builder model = ModelProto.parseFrom(bytes).toBuilder();
        List<NodeProto> nodes = new ArrayList<>(model.getGraph().getNodeList());
        nodes.sort(Comparator.comparing(NodeProto::toByteString, ByteString.unsignedLexicographicalComparator()));
        model.getGraphBuilder().clearNode().addAllNode(nodes);
        return model.build();
    }

    private static void checkElements(Initializer tensor) {
        ByteBuffer buffer = tensor.bytes().buffer();
        byte[] bytes = new byte[Math.min(64, buffer.remaining())];
        buffer.get(bytes);
        assertFalse(HostileFolder.isSecret(bytes), "a tensor was read from outside the model's folder");
    }

    private static void use(Graph graph, GraphPass pass) {
        refusing(() -> plan(graph, InputOptions.DEFAULT.withImages(1)));
        refusing(() -> {
            Graph folded = GraphPasses.batchNormFold().apply(graph).graph();
            plan(folded);
            Graph rewritten = pass.apply(folded).graph();
            OnnxReader.read(OnnxWriter.toBytes(rewritten));
        });
    }

    /** What the plan needs to be told is an argument of the caller's, and names the setting. */
    private static void plan(Graph graph, InputOptions options) {
        try {
            InputPlan.of(graph, options);
        } catch (InputException e) {
            assertEquals(InputException.Setting.SHAPE, e.setting(), e::toString);
        }
    }

    private static void plan(Graph graph) {
        Placement placement =
                OrtTarget.DEFAULT.place(graph, Layers.survey(graph).layers());
        for (String value : placement.valuesToMeasure()) {
            placement.averageOf(value);
        }
    }

    private static void refusing(Runnable step) {
        try {
            step.run();
        } catch (UnsupportedModelException e) {
            checkMessage(e);
        }
    }

    private static void checkMessage(UnsupportedModelException e) {
        assertFalse(e.getMessage() == null || e.getMessage().isBlank(), "refused without a word");
    }
}
