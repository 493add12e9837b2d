package lathe.engine.metric;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import lathe.engine.graph.Attribute;
import lathe.engine.graph.Graph;
import lathe.engine.graph.TestGraph;
import lathe.engine.layer.Layers;
import lathe.engine.linalg.GramMatrix;
import org.junit.jupiter.api.Test;

/** Against what the definition gives, entry by entry. */
class OutputMetricsTest {

    private static final Map<String, Attribute> STRIDE_2 = Map.of("strides", new Attribute.Ints(List.of(2L, 2L)));

    private static Map<String, GramMatrix> of(Graph graph, Map<String, GramMatrix> coactivations) {
        return OutputMetrics.of(graph, Layers.survey(graph).layers(), coactivations);
    }

    private static float[] values(Graph graph, String name) {
        return graph.constant(name).orElseThrow().floats();
    }

    /** Σ over outputs and taps of w_i w_j, weights stored as outputs x inputs x taps. */
    private static double read(float[] weights, int inputs, int taps, int i, int j) {
        double sum = 0;
        for (int k = 0; k < weights.length / inputs / taps; k++) {
            for (int tap = 0; tap < taps; tap++) {
                sum += (double) weights[(k * inputs + i) * taps + tap] * weights[(k * inputs + j) * taps + tap];
            }
        }
        return sum;
    }

    /** What {@link GramMatrix#regularized} adds, as a share of the mean diagonal. */
    private static final double NOISE =
            GramMatrix.diagonal(new double[] {1}).regularized().at(0, 0) - 1;

    private interface Entries {
        double at(int i, int j);
    }

    /** Equal but for the damping of the diagonal. */
    private static void assertMetric(int outputs, Entries wanted, GramMatrix found) {
        assertEquals(outputs, found.order());
        double mean = 0;
        for (int i = 0; i < outputs; i++) {
            mean += wanted.at(i, i) / outputs;
        }
        for (int i = 0; i < outputs; i++) {
            for (int j = 0; j < outputs; j++) {
                double noise = i == j ? NOISE * mean : 0;
                assertEquals(wanted.at(i, j) + noise, found.at(i, j), 1e-5 * mean, i + ", " + j);
            }
        }
    }

    @Test
    void aReluMasksWhatTheNextLayerReads() {
        Graph graph = new TestGraph()
                .conv("a", "x", 2, 3)
                .node("Relu", "r", "a")
                .conv("y", "r", 3, 4)
                .build("y");
        GramMatrix passing = GramMatrix.of(3, new double[] {0.9, 0.2, 0.1, 0.2, 0.5, 0.4, 0.1, 0.4, 0.6});
        Map<String, GramMatrix> found = of(graph, Map.of("r", passing));
        float[] w = values(graph, "y_w");
        assertMetric(3, (i, j) -> passing.at(i, j) * read(w, 3, 9, i, j), found.get("a_node"));
        assertFalse(found.containsKey("y_node"), "outputs of the network count by themselves");
    }

    @Test
    void aDepthwiseLayerIsPassed() {
        Graph graph = new TestGraph()
                .conv("a", "x", 2, 3)
                .weights("dw", 3, 1, 2, 2)
                .node(
                        "Conv",
                        Map.of("group", new Attribute.Int(3), "strides", new Attribute.Ints(List.of(2L, 2L))),
                        "d",
                        "a",
                        "dw")
                .conv("y", "d", 3, 4)
                .build("y");
        Map<String, GramMatrix> found = of(graph, Map.of());
        float[] w = values(graph, "y_w");
        float[] d = values(graph, "dw");
        assertMetric(
                3,
                (i, j) -> {
                    double own = 0;
                    for (int tap = 0; tap < 4; tap++) {
                        own += (double) d[4 * i + tap] * d[4 * j + tap];
                    }
                    return own / 4 * read(w, 3, 9, i, j);
                },
                found.get("a_node"));
        assertFalse(found.containsKey("d_node"), "outputs of a depthwise layer do not interfere");
    }

    @Test
    void readersAddUpAndStridesCount() {
        Graph graph = new TestGraph()
                .conv("a", "x", 2, 3)
                .conv("b", "a", 3, 3)
                .node("Add", "s", "a", "b")
                .weights("w", 5, 3, 1, 1)
                .node("Conv", STRIDE_2, "y", "s", "w")
                .build("y");
        Map<String, GramMatrix> found = of(graph, Map.of());
        float[] b = values(graph, "b_w");
        float[] w = values(graph, "w");
        assertMetric(3, (i, j) -> read(w, 3, 1, i, j) / 4, found.get("b_node"));
        assertMetric(3, (i, j) -> read(w, 3, 1, i, j) / 4 + read(b, 3, 9, i, j), found.get("a_node"));
    }

    @Test
    void aConcatIsCutAtItsOffsets() {
        Graph graph = new TestGraph()
                .conv("a", "x", 2, 3)
                .conv("b", "x", 2, 2)
                .node("Concat", Map.of("axis", new Attribute.Int(1)), "c", "a", "b")
                .node("MaxPool", "p", "c")
                .conv("y", "p", 5, 4)
                .build("y");
        Map<String, GramMatrix> found = of(graph, Map.of());
        float[] w = values(graph, "y_w");
        assertMetric(3, (i, j) -> read(w, 5, 9, i, j), found.get("a_node"));
        assertMetric(2, (i, j) -> read(w, 5, 9, 3 + i, 3 + j), found.get("b_node"));
    }

    @Test
    void flattenedPositionsAreTaps() {
        Graph graph = new TestGraph()
                .conv("a", "x", 2, 3)
                .node("Flatten", "f", "a")
                .weights("w", 7, 12)
                .node("Gemm", Map.of("transB", new Attribute.Int(1)), "y", "f", "w")
                .build("y");
        float[] w = values(graph, "w");
        assertMetric(3, (i, j) -> read(w, 3, 4, i, j), of(graph, Map.of()).get("a_node"));
    }

    @Test
    void aGroupedLayerReadsGroupByGroup() {
        Graph graph = new TestGraph()
                .conv("a", "x", 2, 4)
                .weights("w", 6, 2, 1, 1)
                .node("Conv", Map.of("group", new Attribute.Int(2)), "y", "a", "w")
                .build("y");
        float[] w = values(graph, "w");
        float[] first = java.util.Arrays.copyOfRange(w, 0, 6);
        float[] second = java.util.Arrays.copyOfRange(w, 6, 12);
        assertMetric(
                4,
                (i, j) -> i / 2 != j / 2 ? 0 : read(i < 2 ? first : second, 2, 1, i % 2, j % 2),
                of(graph, Map.of()).get("a_node"));
    }

    @Test
    void unknownReadersAreLeftOut() {
        Graph sole = new TestGraph()
                .conv("a", "x", 2, 3)
                .node("Erf", "e", "a")
                .conv("y", "e", 3, 4)
                .build("y");
        assertFalse(of(sole, Map.of()).containsKey("a_node"));
        Graph both = new TestGraph()
                .conv("a", "x", 2, 3)
                .node("Erf", "e", "a")
                .conv("y", "a", 3, 4)
                .conv("z", "e", 3, 4)
                .build("y", "z");
        float[] w = values(both, "y_w");
        assertMetric(3, (i, j) -> read(w, 3, 9, i, j), of(both, Map.of()).get("a_node"));
    }

    /** A metric of all rows of this table would take 7 GB. */
    @Test
    void rowsOfATableAreNoChannels() {
        Graph graph = new TestGraph()
                .weights("table", 30_000, 2)
                .node("Cast", Map.of("to", new Attribute.Int(7)), "i", "x")
                .node("Gather", "y", "table", "i")
                .build("y");
        assertEquals(Map.of(), of(graph, Map.of()));
    }

    /** One of all classes of this classifier would take 4 GB. */
    @Test
    void wideOutputsAreLeftAlone() {
        Graph graph = new TestGraph()
                .conv("a", "x", 2, 3)
                .weights("w", 22_000, 3)
                .node("Gemm", Map.of("transB", new Attribute.Int(1)), "y", "a", "w")
                .node("Softmax", "s", "y")
                .build("s");
        assertEquals(java.util.Set.of("a_node"), of(graph, Map.of()).keySet());
    }

    @Test
    void outputsOfAMatMulAreNotOnTheAxisOfChannels() {
        Graph graph = new TestGraph()
                .weights("v", 5, 4)
                .node("MatMul", "a", "x", "v")
                .weights("w", 4, 6)
                .node("MatMul", "y", "a", "w")
                .build("y");
        assertEquals(Map.of(), of(graph, Map.of()));
    }

    /** An error of one position, put through the layer behind it: its energy is eᵀ G e but for the damping. */
    @Test
    void isTheEnergyOfWhatTheNextLayerMakesOfAnError() {
        Graph graph = new TestGraph()
                .conv("a", "x", 2, 4)
                .weights("w", 6, 4, 1, 1)
                .node("Conv", "y", "a", "w")
                .build("y");
        float[] w = values(graph, "w");
        double[] e = {0.3, -1, 0.5, 0.25};
        double energy = 0;
        for (int k = 0; k < 6; k++) {
            double y = 0;
            for (int i = 0; i < 4; i++) {
                y += w[k * 4 + i] * e[i];
            }
            energy += y * y;
        }
        GramMatrix g = of(graph, Map.of()).get("a_node");
        double damping = NOISE / (1 + NOISE) * g.meanDiagonal();
        assertEquals(energy, g.damped(-damping).energy(e), 1e-5 * energy);
        assertTrue(g.cholesky(new int[] {0, 1, 2, 3}).isPresent());
    }
}
