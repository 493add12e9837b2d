package lathe.engine.pipeline;

import static org.junit.jupiter.api.Assertions.assertEquals;

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
        return Exclusion.of(List.of(globs), LAYERS).layers().stream()
                .map(layer -> layer.output())
                .toList();
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
        Exclusion exclusion = Exclusion.of(List.of("nothing", "*a_node"), LAYERS);
        assertEquals(List.of("no layer's name matches the excluded 'nothing'"), exclusion.warnings());
        assertEquals("excluded by '*a_node'", exclusion.skipped().get(0).reason());
    }
}
