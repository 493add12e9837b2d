package lathe.synth.network;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import lathe.engine.graph.Attribute;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Node;
import lathe.engine.graph.Value;
import lathe.engine.tensor.ElementType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RepeatableDrawsTest {

    private static final Map<String, Attribute> FLOAT = Map.of("dtype", new Attribute.Int(1));
    private static final Tensor IMAGE = Tensor.of(new float[6_000], 2, 3, 1_000);

    /** A network that draws, with an input that the node reads if it is one of its kind. */
    private static Graph drawing(String opType, long opset, Map<String, Attribute> attributes) {
        List<String> inputs = opType.endsWith("Like") ? List.of("x") : List.of();
        return new Graph(
                List.of(
                        Node.of("draw", opType, inputs, List.of("drawn"), attributes),
                        Node.of("add", "Add", List.of("x", "drawn"), List.of("y"), Map.of())),
                List.of(),
                List.of(new Value("x", ElementType.FLOAT, Optional.empty(), Optional.empty())),
                List.of(Value.ofFloat("y"), Value.ofFloat("drawn")),
                Map.of("", opset),
                Map.of(),
                Map.of(),
                Optional.empty());
    }

    private static Map<String, Tensor> run(Graph graph, Tensor input) {
        try (Network network = Network.of(graph, NetworkOptions.DEFAULT)) {
            assertEquals(
                    List.of("x"), network.inputs().stream().map(Value::name).toList());
            return network.run(Map.of("x", input));
        }
    }

    private static float[] drawn(Graph graph, Tensor input) {
        return run(graph, input).get("drawn").floats();
    }

    @ParameterizedTest
    @CsvSource({
        "RandomNormalLike, 9, 0, 1",
        "RandomNormalLike, 15, 0, 1",
        "RandomUniformLike, 13, 0.5, 0.2887",
        "RandomNormal, 13, 0, 1",
        "RandomUniform, 13, 0.5, 0.2887"
    })
    void drawsTheSameWhereItIsFedTheSameAndOtherNumbersWhereNot(
            String opType, long opset, double mean, double deviation) {
        Map<String, Attribute> attributes =
                opType.endsWith("Like") ? FLOAT : Map.of("shape", new Attribute.Ints(List.of(2L, 3L, 1_000L)));
        Graph graph = drawing(opType, opset, attributes);
        float[] first = drawn(graph, IMAGE);
        assertArrayEquals(first, drawn(graph, IMAGE), "another session");
        assertArrayEquals(
                new long[] {2, 3, 1_000}, run(graph, IMAGE).get("drawn").dims());
        float[] ones = IMAGE.floats().clone();
        Arrays.fill(ones, 1);
        float[] second = drawn(graph, Tensor.of(ones, 2, 3, 1_000));
        assertEquals(0, correlation(first, second, mean), 0.05);
        assertEquals(mean, mean(first), 0.05);
        assertEquals(deviation, Math.sqrt(correlation(first, first, mean)), 0.05);
    }

    private static double mean(float[] values) {
        double sum = 0;
        for (float value : values) {
            sum += value;
        }
        return sum / values.length;
    }

    private static double correlation(float[] a, float[] b, double mean) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += (a[i] - mean) * (b[i] - mean);
        }
        return sum / a.length;
    }

    @Test
    void meansAndDeviationsAreThoseOfTheNode() {
        Graph graph = drawing(
                "RandomNormalLike",
                13,
                Map.of(
                        "dtype",
                        new Attribute.Int(1),
                        "mean",
                        new Attribute.Real(5),
                        "scale",
                        new Attribute.Real(0.1f)));
        assertEquals(5, mean(drawn(graph, IMAGE)), 0.01);
    }

    @Test
    void aNodeWithoutATypeHasThatOfItsInput() {
        assertTrue(RepeatableDraws.isNeeded(drawing("RandomNormalLike", 15, Map.of())));
        assertEquals(6_000, drawn(drawing("RandomNormalLike", 15, Map.of()), IMAGE).length);
        assertFalse(RepeatableDraws.isNeeded(drawing("RandomNormalLike", 13, Map.of())), "no CastLike there");
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, 70_000})
    void drawsAnyNumberOfNumbers(long length) {
        Tensor input = Tensor.of(new float[(int) length], length);
        assertEquals(length, drawn(drawing("RandomUniformLike", 14, FLOAT), input).length);
    }

    @Test
    void threadsThatShareANetworkDrawTheSame() throws Exception {
        ExecutorService pool = Executors.newFixedThreadPool(4);
        try (Network network = Network.of(drawing("RandomNormalLike", 13, FLOAT), NetworkOptions.DEFAULT)) {
            float[] expected = network.run(Map.of("x", IMAGE)).get("y").floats();
            Callable<Map<String, Tensor>> again = () -> network.run(Map.of("x", IMAGE));
            for (Future<Map<String, Tensor>> run : pool.invokeAll(Collections.nCopies(16, again))) {
                assertArrayEquals(expected, run.get().get("y").floats());
            }
        } finally {
            pool.shutdown();
        }
    }
}
