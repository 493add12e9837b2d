package lathe.engine.allocate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.Optional;
import lathe.engine.allocate.LayerTable.Choice;
import lathe.engine.graph.TestGraph;
import lathe.engine.grid.WeightFormat;
import lathe.engine.layer.Layer;
import lathe.engine.layer.Layers;
import lathe.engine.prune.LayerShare;
import lathe.engine.task.LayerConfig;
import org.junit.jupiter.api.Test;

class LayerTableTest {

    private static final Layer LAYER = Layers.survey(
                    new TestGraph().conv("a", "x", 3, 3).build("a"))
            .layers()
            .get(0);

    private static final CostModel BITS = (layer, config) -> config.bits();

    private static List<Integer> costs(LayerTable table) {
        return table.choices().stream().map(choice -> (int) choice.cost()).toList();
    }

    private static LayerTable fallbacks(LayerConfig config) {
        return LayerTable.ofFallbacks(LAYER, config, 0.5, BITS);
    }

    @Test
    void fallsBackToWiderCodesThenToFloats() {
        assertEquals(List.of(2, 4, 8, 32), costs(fallbacks(LayerConfig.of(WeightFormat.perChannel(2)))));
        assertEquals(List.of(5, 8, 32), costs(fallbacks(LayerConfig.of(WeightFormat.perChannel(5)))));
        assertEquals(List.of(8, 32), costs(fallbacks(LayerConfig.of(WeightFormat.perChannel(8)))));
    }

    @Test
    void aPrunedLayerFallsBackToAllItsWeights() {
        LayerConfig pruned = LayerConfig.of(WeightFormat.perChannel(4)).withSparsity(Optional.of(new LayerShare(0.5)));
        assertEquals(List.of(4, 32), costs(fallbacks(pruned)));
        assertEquals(LayerConfig.UNCHANGED, fallbacks(pruned).choices().get(1).config());
    }

    @Test
    void eachBitMoreIsToQuarterTheError() {
        LayerTable table = fallbacks(LayerConfig.of(WeightFormat.perChannel(2)));
        assertEquals(
                List.of(0.5, 0.5 / 16, 0.5 / 4096, 0.0),
                table.choices().stream().map(Choice::error).toList());
    }

    @Test
    void refusesALayerWithoutChoices() {
        assertThrows(IllegalArgumentException.class, () -> new LayerTable("a", List.of()));
    }
}
