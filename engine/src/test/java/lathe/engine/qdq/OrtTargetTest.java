package lathe.engine.qdq;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import lathe.engine.graph.Graph;
import lathe.engine.graph.TestGraph;
import lathe.engine.grid.FloatFormat;
import lathe.engine.grid.TableFormat;
import lathe.engine.grid.WeightFormat;
import lathe.engine.layer.Layer;
import lathe.engine.layer.Layers;
import lathe.engine.layer.SolvedLayer;
import lathe.engine.target.Placement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class OrtTargetTest {

    private static final Graph GRAPH = new TestGraph().conv("a", "x", 3, 5).build("a");

    private static final Layer LAYER = Layers.survey(GRAPH).layers().get(0);

    static Stream<Optional<WeightFormat>> formats() {
        WeightFormat eight = WeightFormat.perChannel(8);
        WeightFormat four = WeightFormat.perChannel(4);
        return Stream.of(
                Optional.empty(),
                Optional.of(eight),
                Optional.of(TableFormat.NF4),
                Optional.of(FloatFormat.E4M3.perBlock(16)),
                Optional.of(eight.asymmetric()),
                Optional.of(eight.perTensor()),
                Optional.of(four),
                Optional.of(four.asymmetric()));
    }

    @ParameterizedTest
    @MethodSource("formats")
    void knowsTheBytesOfALayerBeforeItIsSolved(Optional<WeightFormat> format) {
        for (WeightForm form : WeightForm.values()) {
            Placement placement = new OrtTarget(form, Processor.ANY).place(GRAPH, List.of());
            Graph written = placement.write(List.of(SolvedLayer.standIn(LAYER, format)), Map.of());
            long bytes = written.initializers().values().stream()
                    .filter(tensor -> !tensor.name().equals("t")) // levels, which all layers share
                    .mapToLong(tensor -> tensor.bytes().size())
                    .sum();
            assertEquals(bytes, placement.bytes(LAYER, format), form::toString);
        }
    }

    @Test
    void placesNothingWhereNoLayerIsToComputeInIntegers() {
        assertTrue(OrtTarget.DEFAULT.place(GRAPH, List.of()).valuesToMeasure().isEmpty());
        assertFalse(
                OrtTarget.DEFAULT.place(GRAPH, List.of(LAYER)).valuesToMeasure().isEmpty());
    }

    @Test
    void storesBlocksFromOperatorSet21On() {
        WeightFormat blocks = WeightFormat.perChannel(4).perBlock(16);
        assertFalse(OrtTarget.DEFAULT.canStore(blocks, 20));
        assertTrue(OrtTarget.DEFAULT.canStore(blocks, 21));
        assertTrue(OrtTarget.DEFAULT.canStore(blocks.perChannel(), OrtTarget.DEFAULT.leastOpset()));
    }
}
