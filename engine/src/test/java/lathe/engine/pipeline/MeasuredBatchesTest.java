package lathe.engine.pipeline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import lathe.engine.graph.ChannelAffine;
import lathe.engine.graph.ClipBounds;
import lathe.engine.graph.Graph;
import lathe.engine.graph.MeasuredChannels;
import lathe.engine.graph.TestGraph;
import lathe.engine.graph.UnsupportedModelException;
import lathe.engine.layer.InputStatistics;
import lathe.engine.layer.Layer;
import lathe.engine.layer.Layers;
import lathe.engine.linalg.GramMatrix;
import lathe.engine.pipeline.StatisticsSource.Measurement;
import lathe.engine.pipeline.StatisticsSource.Statistics;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the solvers never get to see. */
class MeasuredBatchesTest {

    private static final Collection<SharedLayers> LAYERS = SharedLayers.group(Layers.survey(new TestGraph()
                    .weights("w", 2, 3)
                    .node("MatMul", "y", "x", "w")
                    .build("y"))
            .layers());

    /** Answers the same whatever is asked. */
    private record Fixed(Map<String, InputStatistics> layers) implements Measurement {
        @Override
        public Statistics measure(List<Layer> asked, Collection<String> values) {
            return new Statistics(layers, Map.of());
        }

        @Override
        public Map<String, GramMatrix> coactivations(Map<String, ClipBounds> activations) {
            return Map.of();
        }

        @Override
        public Map<String, MeasuredChannels> channelMoments(Map<String, Integer> axes) {
            return Map.of();
        }

        @Override
        public Optional<InputStatistics> moments(Layer layer, Graph changed) {
            return Optional.empty();
        }

        @Override
        public double outputError(Graph changed) {
            return 0;
        }

        @Override
        public Map<String, ChannelAffine> drift(Graph changed) {
            return Map.of();
        }

        @Override
        public List<String> assumptions() {
            return List.of();
        }

        @Override
        public void close() {
            // nothing is held
        }
    }

    private static MeasuredBatches measured(Map<String, InputStatistics> layers) {
        return new MeasuredBatches(
                LAYERS, new Fixed(layers), List.of(), 1, MemoryBudget.DEFAULT, ProgressListener.NONE);
    }

    private static InputStatistics statistics(double square, double mean) {
        GramMatrix gram = GramMatrix.of(2, new double[] {square, 0, 0, 1});
        return new InputStatistics(List.of(gram), List.of(new double[] {mean, 0}), 8);
    }

    @ParameterizedTest
    @ValueSource(doubles = {Double.NaN, Double.POSITIVE_INFINITY})
    void inputsThatAreNotFiniteAreRefused(double number) {
        for (InputStatistics seen : List.of(statistics(number, 0), statistics(1, number))) {
            UnsupportedModelException refused =
                    assertThrows(UnsupportedModelException.class, () -> measured(Map.of("y_node", seen)));
            assertEquals(
                    "layer 'y_node' gets NaN or infinite numbers on synthetic inputs; exclude it, or say which inputs"
                            + " the network expects",
                    refused.getMessage());
        }
    }

    @Test
    void aLayerThatNoInputReachesIsRefused() {
        UnsupportedModelException refused = assertThrows(UnsupportedModelException.class, () -> measured(Map.of()));
        assertTrue(refused.getMessage().contains("'y_node' gets no floats"), refused.getMessage());
    }

    @Test
    void finiteOnesAreHandedOn() {
        Map<SharedLayers, Integer> sizes =
                measured(Map.of("y_node", statistics(1, 0))).each("", (shared, statistics) -> statistics.size());
        assertEquals(List.of(1), List.copyOf(sizes.values()));
    }
}
