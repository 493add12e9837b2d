package lathe.synth.gradient;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Node;
import lathe.engine.graph.Value;
import lathe.engine.onnx.OnnxReader;
import lathe.engine.tensor.ElementType;
import lathe.synth.network.Network;
import lathe.synth.network.NetworkOptions;
import lathe.synth.network.Tensor;
import lathe.synth.network.ValueShapes;
import lathe.testdata.TestData;
import org.junit.jupiter.api.Test;

/** Against gradients that JAX computed: testdata/scripts/gradient_reference.py. */
class ReferenceGradientTest {

    private static final long[] X = {2, 3, 13, 12};
    private static final String JSON = new String(TestData.bytes("reference/gradients.json"), StandardCharsets.UTF_8);

    @Test
    void isTheGradientOfAnotherImplementation() {
        Graph network = OnnxReader.read(TestData.bytes("reference/gradients.onnx"));
        ValueShapes shapes = ValueShapes.of(
                network, Map.of("x", X), Map::of, InputGradient.differentiated(network, "x", List.of("y")));
        InputGradient gradient = InputGradient.of(withSeed(network), "x", Map.of("y", "given"), shapes);
        Graph backward = gradient.graph()
                .edit()
                .outputs(List.of(Value.ofFloat(gradient.gradient())))
                .build();
        try (Network running = Network.of(backward, NetworkOptions.DEFAULT)) {
            Map<String, Tensor> feeds =
                    Map.of("x", Tensor.of(numbers("x"), X), "seed", Tensor.of(numbers("seed"), 2, 5));
            float[] found = running.run(feeds).get(gradient.gradient()).floats();
            assertArrayEquals(numbers("gradient"), found, 2e-6f);
        }
    }

    /** The network with its seed as another input, passed on so that a node of the graph writes it. */
    private static Graph withSeed(Graph network) {
        Value seed = new Value(
                "seed",
                ElementType.FLOAT,
                Optional.of(List.of(Value.Dim.dynamic("batch"), Value.Dim.fixed(5))),
                Optional.empty());
        Node given = Node.of("given", "Identity", List.of("seed"), List.of("given"), Map.of());
        return new Graph(
                Stream.concat(network.nodes().stream(), Stream.of(given)).toList(),
                network.initializers().values(),
                Stream.concat(network.inputs().stream(), Stream.of(seed)).toList(),
                network.outputs(),
                network.opsets(),
                network.metadata(),
                network.statistics(),
                Optional.empty());
    }

    private static float[] numbers(String name) {
        Matcher list = Pattern.compile("\"%s\": \\[([^]]*)]".formatted(name)).matcher(JSON);
        if (!list.find()) {
            throw new IllegalArgumentException("no list '%s'".formatted(name));
        }
        double[] values = Stream.of(list.group(1).split(", ", -1))
                .mapToDouble(Double::parseDouble)
                .toArray();
        float[] floats = new float[values.length];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = (float) values[i];
        }
        return floats;
    }
}
