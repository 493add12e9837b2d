package lathe.synth.statistics;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Node;
import lathe.engine.graph.Value;
import lathe.engine.layer.InputStatistics;
import lathe.engine.layer.Layer;
import lathe.engine.layer.Layers;
import lathe.engine.pipeline.StatisticsSource.Statistics;
import lathe.engine.tensor.ElementType;
import lathe.synth.input.Feeds;
import lathe.synth.network.Tensor;
import org.junit.jupiter.api.Test;

class DrawSinkTest {

    private static final int SAMPLES = 7;

    /** Sample s is the indices s mod 4 and -1. */
    private record Indices() implements Feeds {
        @Override
        public int count() {
            return SAMPLES;
        }

        @Override
        public OptionalInt fixedBatch() {
            return OptionalInt.empty();
        }

        @Override
        public Map<String, Tensor> batch(int from, int count) {
            float[] ids = new float[2 * count];
            for (int i = 0; i < count; i++) {
                ids[2 * i] = (from + i) % 4;
                ids[2 * i + 1] = -1;
            }
            return Map.of("ids", Tensor.of(ids, count, 2));
        }

        @Override
        public List<String> assumptions() {
            return List.of();
        }
    }

    /** One table is indexed by the input, one by what a node makes of it: its absolute value. */
    private static Graph graph() {
        Value ids = new Value(
                "ids",
                ElementType.INT64,
                Optional.of(List.of(Value.Dim.dynamic("N"), Value.Dim.fixed(2))),
                Optional.empty());
        return new Graph(
                List.of(
                        Node.of("fed", "Gather", List.of("a", "ids"), List.of("x"), Map.of()),
                        Node.of("", "Abs", List.of("ids"), List.of("computed"), Map.of()),
                        Node.of("made", "Gather", List.of("b", "computed"), List.of("z"), Map.of()),
                        Node.of("", "Add", List.of("x", "z"), List.of("y"), Map.of())),
                List.of(
                        Initializer.ofFloats("a", new float[6 * 3], 6, 3),
                        Initializer.ofFloats("b", new float[4 * 3], 4, 3)),
                List.of(ids),
                List.of(Value.ofFloat("y")),
                Map.of("", 17L),
                Map.of(),
                Map.of(),
                Optional.empty());
    }

    @Test
    void countsHowOftenEachRowIsDrawn() {
        Graph graph = graph();
        List<Layer> layers = Layers.survey(graph).layers();
        assertEquals(2, layers.size());
        for (int threads : new int[] {1, 2}) {
            try (NetworkMeasurement measurement = NetworkMeasurement.asFed(graph, g -> new Indices(), threads, 0)) {
                Statistics found = measurement.measure(layers, List.of("y"));
                InputStatistics fed = found.layers().get("fed");
                assertEquals(2 * SAMPLES, fed.samples());
                assertArrayEquals(shares(2, 2, 2, 1, 0, 7), fed.drawn().orElseThrow(), 1e-15);
                InputStatistics made = found.layers().get("made");
                assertArrayEquals(shares(2, 2 + 7, 2, 1), made.drawn().orElseThrow(), 1e-15);
                assertEquals(SAMPLES * 2 * 3, found.values().get("y").count());
            }
        }
    }

    /** Each row counts one more than it was drawn. */
    private static double[] shares(int... counts) {
        double[] shares = new double[counts.length];
        for (int i = 0; i < shares.length; i++) {
            shares[i] = (counts[i] + 1.0) / (2 * SAMPLES + counts.length);
        }
        return shares;
    }
}
