package lathe.engine.operator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;
import lathe.engine.graph.Attribute;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Node;
import lathe.engine.graph.TestGraph;
import lathe.engine.layer.Inventory;
import lathe.engine.layer.Layer;
import lathe.engine.layer.Layers;
import lathe.engine.onnx.OnnxReader;
import lathe.testdata.TestData;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RecurrentTest {

    private static final int STATES = 8;
    private static final int INPUTS = 6;

    private static Graph odd(String name) {
        return OnnxReader.read(TestData.bytes("odd/recurrent-%s.onnx".formatted(name)));
    }

    private static List<Layer> layers(Graph graph) {
        return Layers.survey(graph).layers().stream()
                .filter(layer -> layer.name().startsWith("recurrent"))
                .toList();
    }

    /** Where ONNX stores the weight of a gate's row: direction by direction, gates below each other. */
    @ParameterizedTest
    @CsvSource({"lstm, 4, 2", "gru, 3, 2", "rnn, 1, 1"})
    void aRowIsAnOutputOfAGateInADirection(String name, int gates, int directions) {
        Graph graph = odd(name);
        List<Layer> found = layers(graph);
        assertEquals(
                List.of("recurrent/W", "recurrent/R"),
                found.stream().map(Layer::name).toList());
        Layer inputs = found.get(0);
        Layer states = found.get(1);
        assertEquals(1, inputs.groups());
        assertEquals(directions, states.groups());
        assertEquals(INPUTS, inputs.cols());
        assertEquals(STATES, states.cols());
        float[] w = graph.constant(inputs.node(), 1).orElseThrow().floats();
        float[] r = graph.constant(inputs.node(), 2).orElseThrow().floats();
        int rows = gates * STATES;
        for (int direction = 0; direction < directions; direction++) {
            for (int row = 0; row < rows; row++) {
                for (int col = 0; col < INPUTS; col++) {
                    assertEquals(
                            w[(direction * rows + row) * INPUTS + col],
                            inputs.matrices().get(0).at(direction * rows + row, col));
                }
                for (int col = 0; col < STATES; col++) {
                    assertEquals(
                            r[(direction * rows + row) * STATES + col],
                            states.matrices().get(direction).at(row, col));
                }
            }
        }
        for (Layer layer : found) {
            assertEquals(directions * rows, layer.rows());
            assertFalse(layer.site().takesBias());
            assertEquals(Optional.empty(), layer.bias());
            long[] dims =
                    layer.weights().dims().stream().mapToLong(Long::longValue).toArray();
            assertEquals(List.of(dims[0], dims[1], dims[2]), layer.layout().dims());
            assertEquals(
                    List.of(dims[0], dims[1], 1L),
                    layer.layout().dimsAlongOutputs(),
                    "a number for each gate's output");
            assertEquals(2, layer.layout().inputAxis());
        }
    }

    @Test
    void aNodeWithoutANameOrAFirstOutputIsCalledAfterWhatItWrites() {
        Graph graph = new TestGraph()
                .weights("w", 1, 3, 2)
                .weights("r", 1, 3, 3)
                .node(Node.of("", "RNN", List.of("x", "w", "r"), List.of("", "last"), hidden(3)))
                .build("last");
        assertEquals(
                List.of("last/W", "last/R"),
                Layers.survey(graph).layers().stream().map(Layer::name).toList());
    }

    private static Map<String, Attribute> hidden(long size) {
        return Map.of("hidden_size", new Attribute.Int(size));
    }

    private static List<String> reasons(Graph graph) {
        return Layers.survey(graph).skipped().stream()
                .map(Layers.Skipped::reason)
                .toList();
    }

    @Test
    void saysWhyAMatrixIsSkipped() {
        assertTrue(reasons(odd("batch-first"))
                .contains("it has the batch on its first axis (layout = 1), which ONNX Runtime does not run"));
        Graph graph = new TestGraph()
                .weights("w", 1, 8, 2)
                .weights("r", 2, 8, 2)
                .node("LSTM", hidden(2), "y", "x", "w", "r")
                .weights("v", 8, 2)
                .weights("u", 1, 8, 3)
                .node("LSTM", hidden(2), "z", "x", "v", "u")
                .build("y", "z");
        assertEquals(
                List.of("y_node/W"),
                Layers.survey(graph).layers().stream().map(Layer::name).toList());
        assertEquals(
                List.of(
                        "its weights of shape 2x8x2 are not 1 x 8 x 2",
                        "its weights of shape 8x2 are not 1 x 8 x inputs",
                        "its weights of shape 1x8x3 are not 1 x 8 x 2"),
                reasons(graph));
        Layers.Survey survey = Layers.survey(graph);
        Inventory left = Inventory.of(graph, survey.layers(), survey.skipped());
        assertEquals(8 * 2 * 4, left.layerBytes());
        assertEquals(
                List.of("y_node/R", "z_node/R", "z_node/W"),
                left.left().stream().map(Inventory.Left::name).sorted().toList());
    }

    /** Each weight once for each step of each sequence. */
    @Test
    void multiplicationsAreCountedForEachStep() {
        Graph graph = odd("lstm");
        long steps = 9;
        long batch = 3;
        List<Multiplication> found = Multiplication.of(graph).stream()
                .filter(site -> site.node().is("LSTM"))
                .toList();
        Function<String, Optional<List<Long>>> shapes = value -> graph.constant(value)
                .map(constant -> constant.dims())
                .or(() -> Optional.of(List.of(steps, batch, (long) INPUTS)));
        assertEquals(
                List.of("recurrent/W", "recurrent/R"),
                found.stream().map(Multiplication::name).toList());
        assertEquals(
                OptionalLong.of(steps * batch * 2L * 32 * INPUTS), found.get(0).macs(shapes));
        assertEquals(
                OptionalLong.of(steps * batch * 2L * 32 * STATES), found.get(1).macs(shapes));
        assertEquals(OptionalLong.of(steps * batch * INPUTS), found.get(0).inputs(shapes));
        assertEquals(OptionalLong.of(steps * batch * 2L * STATES), found.get(1).inputs(shapes));
    }
}
