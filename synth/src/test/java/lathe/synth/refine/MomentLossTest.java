package lathe.synth.refine;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import lathe.engine.graph.ChannelStatistics;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Node;
import lathe.engine.graph.Value;
import lathe.engine.tensor.ElementType;
import lathe.synth.gradient.InputGradient;
import lathe.synth.network.GraphSlice;
import lathe.synth.network.Network;
import lathe.synth.network.NetworkOptions;
import lathe.synth.network.Tensor;
import lathe.synth.network.ValueShapes;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;

class MomentLossTest {

    private static final long[] DIMS = {6, 2, 5, 4};
    private static final double STEP = 0.02;

    /** Of a smooth network of two values with statistics, one with positions and one without. */
    @Property(tries = 10, seed = "5", shrinking = ShrinkingMode.OFF)
    void coefficientsAreTheGradientOfItsValue(@ForAll Random random) {
        Graph network = network(random);
        Tensor images = images(normal(random, 240));
        float[] way = normal(random, 240);
        ValueShapes shapes = ValueShapes.of(
                network, Map.of("x", DIMS), Map::of, InputGradient.differentiated(network, "x", List.of("a", "b")));
        MomentLoss loss = MomentLoss.of(network, shapes);
        InputGradient gradient = InputGradient.of(loss.graph(), "x", loss.seeds(), shapes);
        Graph measuring = GraphSlice.of(loss.graph(), loss.outputs());
        Graph backward = GraphSlice.of(gradient.graph(), List.of(gradient.gradient()));
        try (Network forth = Network.of(measuring, NetworkOptions.DEFAULT);
                Network back = Network.of(backward, NetworkOptions.DEFAULT)) {
            IntFunction<MeanOutputs> at = k ->
                    MeanOutputs.of((int) DIMS[0], loss.outputs(), run(forth, moved(images, way, k * STEP), Map.of()));
            float[] slope = run(back, images, loss.coefficients(at.apply(0)))
                    .get(gradient.gradient())
                    .floats();
            double expected = IntStream.range(0, way.length)
                            .mapToDouble(i -> (double) slope[i] * way[i])
                            .sum()
                    / DIMS[0];
            double near = loss.value(at.apply(1)) - loss.value(at.apply(-1));
            double far = loss.value(at.apply(2)) - loss.value(at.apply(-2));
            double difference = (8 * near - far) / (12 * STEP);
            assertEquals(difference, expected, 1e-3 * Math.abs(difference));
        }
    }

    private static Graph network(Random random) {
        return new Graph(
                List.of(
                        node("Conv", "a", "x", "kernel"),
                        node("Tanh", "curved", "a"),
                        node("Flatten", "flat", "curved"),
                        node("MatMul", "b", "flat", "matrix")),
                List.of(
                        Initializer.ofFloats("kernel", normal(random, 24), 3, 2, 2, 2),
                        Initializer.ofFloats("matrix", normal(random, 108), 36, 3)),
                List.of(new Value(
                        "x",
                        ElementType.FLOAT,
                        Optional.of(List.of(
                                Value.Dim.dynamic("batch"),
                                Value.Dim.fixed(DIMS[1]),
                                Value.Dim.fixed(DIMS[2]),
                                Value.Dim.fixed(DIMS[3]))),
                        Optional.empty())),
                List.of(Value.ofFloat("b")),
                Map.of("", 13L),
                Map.of(),
                Map.of("a", statistics(random), "b", statistics(random)),
                Optional.empty());
    }

    private static ChannelStatistics statistics(Random random) {
        float[] deviations = normal(random, 3);
        IntStream.range(0, 3).forEach(c -> deviations[c] = 0.5f + Math.abs(deviations[c]));
        return new ChannelStatistics(normal(random, 3), deviations);
    }

    private static Node node(String operator, String output, String... inputs) {
        return Node.of(output, operator, List.of(inputs), List.of(output), Map.of());
    }

    private static Map<String, Tensor> run(Network network, Tensor images, Map<String, Tensor> coefficients) {
        Map<String, Tensor> feeds = new HashMap<>(coefficients);
        feeds.put("x", images);
        return network.run(feeds);
    }

    private static Tensor moved(Tensor images, float[] way, double by) {
        float[] values = images.floats().clone();
        for (int i = 0; i < values.length; i++) {
            values[i] += (float) (by * way[i]);
        }
        return images(values);
    }

    private static Tensor images(float[] values) {
        return Tensor.of(values, DIMS);
    }

    private static float[] normal(Random random, int count) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }
}
