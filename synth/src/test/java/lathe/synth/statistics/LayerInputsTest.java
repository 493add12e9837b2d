package lathe.synth.statistics;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import lathe.engine.graph.Attribute;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Node;
import lathe.engine.graph.Value;
import lathe.engine.layer.InputStatistics;
import lathe.engine.layer.Layer;
import lathe.engine.layer.Layers;
import lathe.engine.onnx.OnnxReader;
import lathe.engine.pipeline.StatisticsSource.Measurement;
import lathe.testdata.TestData;
import org.junit.jupiter.api.Test;

class LayerInputsTest {

    /** All that a graph computes, inside of an If that always runs it. */
    private static Graph inBody(Graph graph) {
        Node one = Node.of(
                "",
                "Constant",
                List.of(),
                List.of("always"),
                Map.of("value", new Attribute.OfTensor(Initializer.ofLongs("", new long[] {1}))));
        Node cast = Node.of("", "Cast", List.of("always"), List.of("condition"), Map.of("to", new Attribute.Int(9)));
        List<Value> found = graph.outputs().stream()
                .map(output -> Value.ofFloat(output.name() + "_of_body"))
                .toList();
        List<Node> nodes = new ArrayList<>(graph.nodes());
        graph.outputs()
                .forEach(output -> nodes.add(Node.of(
                        "", "Identity", List.of(output.name()), List.of(output.name() + "_of_body"), Map.of())));
        Graph body = body(graph, nodes, found);
        List<Node> nothing = graph.outputs().stream()
                .map(output -> Node.of(
                        "",
                        "Constant",
                        List.of(),
                        List.of(output.name() + "_nothing"),
                        Map.of("value", new Attribute.OfTensor(Initializer.ofFloats("", new float[1], 1)))))
                .toList();
        Graph other = body(
                graph,
                nothing,
                nothing.stream().map(node -> Value.ofFloat(node.output())).toList());
        List<String> outputs =
                graph.outputs().stream().map(output -> output.name() + "_out").toList();
        Node choice = Node.of("choice", "If", List.of("condition"), outputs, Map.of())
                .withAttribute("then_branch", new Attribute.OfGraph(body))
                .withAttribute("else_branch", new Attribute.OfGraph(other));
        // captures are found anew where bodies change
        Node known = choice.withBodies(same -> same == body ? body(graph, nodes, found) : same);
        return graph.with(
                List.of(one, cast, known),
                graph.initializers().values(),
                outputs.stream().map(Value::ofFloat).toList());
    }

    private static Graph body(Graph around, List<Node> nodes, List<Value> outputs) {
        return new Graph(nodes, List.of(), List.of(), outputs, around.opsets(), Map.of(), Map.of(), Optional.empty());
    }

    private static Map<String, double[]> grams(Graph graph) {
        List<Layer> layers = Layers.survey(graph).layers();
        NoiseFeeds feeds = NoiseFeeds.of(graph, 3);
        Batching batching = Batching.of(graph, g -> feeds, List.of());
        Map<String, double[]> found = new HashMap<>();
        try (Measurement measurement = NetworkMeasurement.of(batching, List.of(), 2, 0)) {
            Map<String, InputStatistics> statistics =
                    measurement.measure(layers, List.of()).layers();
            statistics.forEach((name, of) -> {
                int order = of.grams().get(0).order();
                double[] values = new double[order * order];
                for (int i = 0; i < values.length; i++) {
                    values[i] = of.grams().get(0).at(i / order, i % order);
                }
                found.put(name, values);
            });
        }
        return found;
    }

    @Test
    void hiddenStatesInABodyAreMeasuredAsOutside() {
        Graph graph = OnnxReader.read(TestData.bytes("odd/recurrent-lstm.onnx"));
        Map<String, double[]> outside = grams(graph);
        Map<String, double[]> inside = grams(inBody(graph));
        assertEquals(outside.keySet(), inside.keySet());
        outside.forEach((name, values) -> assertArrayEquals(values, inside.get(name), 1e-9, name));
    }
}
