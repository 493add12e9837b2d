package lathe.cli.commands;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import lathe.cli.CommandRun;
import lathe.engine.graph.Graph;
import lathe.engine.graph.GraphEdit;
import lathe.engine.graph.Node;
import lathe.engine.graph.Value;
import lathe.engine.onnx.OnnxReader;
import lathe.synth.network.Network;
import lathe.synth.network.NetworkOptions;
import lathe.synth.network.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExactIntegersTest {

    @TempDir
    Path folder;

    private static String note(double usual, double exact) {
        return ExactIntegers.of(Map.of("y", usual), Map.of("y", exact)).note();
    }

    @Test
    void aFileThatOverflowsIsNamedWithWhatToDo() {
        String note = note(16.3, 36.1);
        for (String said : new String[] {
            "output 'y' 16.3 dB instead of 36.1", "without VNNI", "session.x64quantprecision=1", "compress the original"
        }) {
            assertTrue(note.contains(said), note);
        }
        assertTrue(note(Double.NaN, 36.1).contains("instead of 36.1"));
        assertTrue(note(20, Double.POSITIVE_INFINITY).contains("instead of exact"));
    }

    @Test
    void figuresWithinOneDecibelAreTheSame() {
        assertEquals("", note(35.2, 36.1));
        assertEquals("", note(37, 36.1));
        assertEquals("", note(Double.POSITIVE_INFINITY, Double.POSITIVE_INFINITY));
        assertEquals("", note(Double.NaN, Double.NaN));
    }

    /** Without zero points ONNX Runtime would end the process. */
    @Test
    void aFileWithoutZeroPointsRunsInExactArithmetic() throws IOException {
        Path model = CommandRun.testFile("fashion-mobilenet.onnx", folder);
        Path small = folder.resolve("small.onnx");
        CommandRun.of("compress", model, "-o", small, "--images", 4).ok();
        Graph graph = withoutZeroPoints(OnnxReader.read(small));
        ExactIntegers same = ExactIntegers.run(
                graph, NetworkOptions.DEFAULT, Map.of("y", 30.0), network -> Map.of("y", 30.0 + run(network)));
        assertEquals("", same.note());
        assertEquals(1, same.outputs().size());
    }

    private static double run(Network network) {
        float[] image = new float[28 * 28];
        return network.run(Map.of(network.inputs().get(0).name(), Tensor.of(image, 1, 1, 28, 28)))
                        .isEmpty()
                ? 9
                : 0;
    }

    private static Graph withoutZeroPoints(Graph graph) {
        GraphEdit edit = graph.edit();
        for (Node node : graph.nodes()) {
            boolean weights =
                    node.is("DequantizeLinear") && graph.constant(node, 0).isPresent();
            if (weights) {
                edit.replace(node, node.withInputs(node.inputs().subList(0, 2)));
            }
        }
        return edit.build();
    }

    /** As ONNX Runtime refuses under this option what it takes without it, such as weights that layers share. */
    @Test
    void aSessionThatIsRefusedIsALine() {
        Graph model = new Graph(
                List.of(new Node(
                        "n", "NoSuchOperator", "", List.of("x"), List.of("y"), Map.of(), List.of(), Optional.empty())),
                List.of(),
                List.of(Value.ofFloat("x")),
                List.of(Value.ofFloat("y")),
                Map.of("", 13L),
                Map.of(),
                Map.of(),
                Optional.empty());
        ExactIntegers refused =
                ExactIntegers.run(model, NetworkOptions.DEFAULT, Map.of("y", 30.0), network -> Map.of("y", 30.0));
        assertEquals(0, refused.outputs().size());
        assertTrue(refused.note().startsWith("not checked in exact integer arithmetic"), refused::note);
        assertEquals(1, refused.note().lines().count());
    }
}
