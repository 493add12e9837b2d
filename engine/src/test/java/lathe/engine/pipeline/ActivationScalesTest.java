package lathe.engine.pipeline;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.HashMap;
import java.util.Map;
import lathe.engine.graph.Graph;
import lathe.engine.graph.TestGraph;
import lathe.engine.grid.ActivationRange;
import lathe.engine.grid.Histogram;
import lathe.engine.layer.Layers;
import lathe.engine.qdq.OrtTarget;
import org.junit.jupiter.api.Test;

class ActivationScalesTest {

    private static final Graph CLASSIFIER = new TestGraph()
            .conv("a", "x", 3, 4)
            .node("Relu", "r", "a")
            .node("GlobalAveragePool", "pooled", "r")
            .node("Flatten", "flat", "pooled")
            .weights("w", 4, 10)
            .node("Gemm", "logits", "flat", "w")
            .build("logits");

    /** As {@link #CLASSIFIER}, written as some exporters do. */
    private static final Graph REDUCING = new TestGraph()
            .conv("a", "x", 3, 4)
            .node("Relu", "r", "a")
            .node("ReduceMean", "flat", "r")
            .weights("w", 4, 10)
            .node("Gemm", "logits", "flat", "w")
            .build("logits");

    private static Histogram upTo(float most) {
        Histogram seen = new Histogram();
        for (int i = 0; i <= 1000; i++) {
            seen.add(most * i / 1000);
        }
        return seen;
    }

    private static ActivationScales scales(Graph graph, float all, String average, float averages) {
        Map<String, Histogram> seen = new HashMap<>(Map.of("x", upTo(1), "r", upTo(all)));
        seen.put(average, upTo(averages));
        return ActivationScales.choose(
                graph,
                OrtTarget.DEFAULT.place(graph, Layers.survey(graph).layers()),
                seen,
                value -> 8,
                ActivationRange.MIN_MAX);
    }

    @Test
    void averagesMayReachTwiceAsFarAsSeen() {
        assertEquals(
                4, scales(CLASSIFIER, 10, "pooled", 2).byValue().get("pooled").high(), 1e-5);
        assertEquals(4, scales(REDUCING, 10, "flat", 2).byValue().get("flat").high(), 1e-5);
    }

    @Test
    void averagesReachNoFurtherThanWhatIsAveraged() {
        assertEquals(
                3, scales(CLASSIFIER, 3, "pooled", 2).byValue().get("pooled").high(), 1e-5);
        assertEquals(
                2, scales(CLASSIFIER, 2, "pooled", 2).byValue().get("pooled").high(), 1e-5);
    }

    @Test
    void averagesReachAsFarAsSeenAtLeast() {
        assertEquals(
                2, scales(CLASSIFIER, 1, "pooled", 2).byValue().get("pooled").high(), 1e-5);
    }

    @Test
    void allElseReachesAsFarAsSeen() {
        ActivationScales scales = scales(CLASSIFIER, 10, "pooled", 2);
        assertEquals(10, scales.byValue().get("r").high(), 1e-5);
        assertEquals(1, scales.byValue().get("x").high(), 1e-5);
    }
}
