package lathe.engine.pipeline;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import lathe.engine.graph.TestGraph;
import lathe.engine.layer.Layer;
import lathe.engine.layer.Layers;
import org.junit.jupiter.api.Test;

class ExclusionTest {

    private static final List<Layer> LAYERS = Layers.survey(new TestGraph()
                    .conv("/features/a", "x", 3, 3)
                    .conv("/features/b[0]", "/features/a", 3, 3)
                    .build("/features/b[0]"))
            .layers();

    private static List<String> keptBy(String... globs) {
        return outputs(Exclusion.of(excluding(globs), LAYERS));
    }

    private static List<String> outputs(Exclusion exclusion) {
        return exclusion.layers().stream().map(Layer::output).toList();
    }

    private static CompressionOptions excluding(String... globs) {
        return CompressionOptions.DEFAULT.withExclude(List.of(globs));
    }

    private static LayerOverride bits(String glob, int bits) {
        return LayerOverride.of(glob).withBits(bits);
    }

    @Test
    void aStarCrossesSlashes() {
        assertEquals(List.of(), keptBy("*"));
        assertEquals(List.of("/features/b[0]"), keptBy("*a_node"));
        assertEquals(List.of("/features/b[0]"), keptBy("/features/?_node"));
    }

    @Test
    void otherCharactersStandForThemselves() {
        assertEquals(List.of("/features/a"), keptBy("*b[0]_node"));
        assertEquals(2, keptBy("features.a").size());
    }

    @Test
    void saysWhichGlobMatchedNothing() {
        Exclusion exclusion = Exclusion.of(excluding("nothing", "*a_node"), LAYERS);
        assertEquals(List.of("no layer's name matches the excluded 'nothing'"), exclusion.warnings());
        assertEquals("excluded by '*a_node'", exclusion.skipped().get(0).reason());
    }

    @Test
    void aCharacterOutsideTheBasicPlaneIsOneCharacter() {
        Layer layer = Layers.survey(
                        new TestGraph().conv("\uD83D\uDE00", "x", 3, 3).build("\uD83D\uDE00"))
                .layers()
                .get(0);
        assertTrue(LayerGlob.of("\uD83D\uDE00_node").matches(layer));
        assertTrue(LayerGlob.of("?_node").matches(layer));
        assertFalse(LayerGlob.of("??_node").matches(layer));
    }

    @Test
    void theLastOverrideThatNamesBitsDecidesWhetherALayerStaysInFloat() {
        CompressionOptions options = CompressionOptions.DEFAULT.withOverrides(
                List.of(LayerOverride.of("*").inFloat(), bits("*a_node", 4), LayerOverride.of("*"), bits("none", 8)));
        Exclusion exclusion = Exclusion.of(options, LAYERS);
        assertEquals(List.of("/features/a"), outputs(exclusion));
        assertEquals("kept in float by '*'", exclusion.skipped().get(0).reason());
        assertEquals(List.of(), exclusion.warnings());
    }

    @Test
    void whatIsExcludedStaysSoWhateverItsOwnOptionsSay() {
        CompressionOptions options = excluding("*a_node").withOverrides(List.of(bits("*", 4)));
        assertEquals(List.of("/features/b[0]"), outputs(Exclusion.of(options, LAYERS)));
    }
}
