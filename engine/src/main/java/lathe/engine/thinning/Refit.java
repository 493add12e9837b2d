package lathe.engine.thinning;

import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import lathe.engine.graph.Graph;
import lathe.engine.graph.GraphEdit;
import lathe.engine.layer.InputStatistics;
import lathe.engine.layer.Layer;
import lathe.engine.layer.Layers;
import lathe.engine.linalg.GramMatrix;
import lathe.engine.linalg.PrincipalSolver;
import lathe.engine.tensor.WeightMatrix;

/**
 * Layers of a network of which channels are gone, fitted again, one after the other, to what the original's layers write: a layer
 * reads z where the original's reads x, since the layers before it changed, and with its weights V and those of the original W
 *
 * <p>V + (E[W x zᵀ] - V H) (H + λ I)⁻¹,  H = E[z zᵀ],
 *
 * <p>minimize E|W x - V' z|² + λ |V' - V|², all of it around means. So a layer makes up for what was lost before it, as far as that
 * can be seen in what it reads (He et al., ICCV 2017, section 3.2, who choose channels that way, too). λ is the mean of H's
 * diagonal: with a tenth of that, what is left of the synthetic inputs' own statistics costs more than is gained (bench/RESULTS.md).
 *
 * <p>Layers of one group are fitted, whose weights no other layer reads; the others stay as they are. Each takes a run of both
 * networks up to it, and O(cols³ + rows cols²).
 */
public final class Refit {

    private Refit() {}

    /**
     * Fits the layers from the first on that changed.
     *
     * @param original all layers of it have the same nodes and shapes as in the changed graph
     * @param changed weights that are 0 in all outputs stay 0
     * @param moments of a layer of the original and a changed graph: second moments and means of the vector of z and W x, z first;
     *     empty where that is never computed
     */
    public static Graph of(Graph original, Graph changed, BiFunction<Layer, Graph, Optional<InputStatistics>> moments) {
        Map<String, Layer> after =
                Layers.survey(changed).layers().stream().collect(Collectors.toMap(Layer::name, Function.identity()));
        Graph now = changed;
        boolean same = true;
        for (Layer layer : Layers.survey(original).layers()) {
            Layer there = after.get(layer.name());
            same = same
                    && Arrays.equals(layer.weights().floats(), there.weights().floats());
            if (!same && suits(original, layer)) {
                Graph before = now;
                now = moments.apply(layer, now)
                        .filter(InputStatistics::isFinite)
                        .flatMap(found -> fitted(before, layer, there, found))
                        .orElse(before);
            }
        }
        return now;
    }

    private static boolean suits(Graph graph, Layer layer) {
        return layer.groups() == 1
                && layer.hasWholeGram()
                && !layer.readsIndices()
                && !layer.site().observed().isHidden()
                && graph.enclosing(layer.node()).isEmpty()
                && graph.producer(layer.input()).isPresent()
                && graph.consumers(layer.node().inputs().get(1)).size() == 1;
    }

    private static Optional<Graph> fitted(Graph graph, Layer original, Layer layer, InputStatistics found) {
        WeightMatrix old = layer.matrices().get(0);
        int rows = layer.rows();
        int cols = layer.cols();
        double[] means = found.means().get(0);
        boolean bias = layer.site().takesBias();
        GramMatrix joint =
                bias ? found.grams().get(0).centred(means) : found.grams().get(0);
        int[] read = IntStream.range(0, cols)
                .filter(col -> IntStream.range(0, rows).anyMatch(row -> old.at(row, col) != 0))
                .toArray();
        GramMatrix h = joint.principal(read);
        double ridge = h.meanDiagonal();
        if (ridge == 0) {
            return Optional.empty();
        }
        double[] weights = new double[rows * read.length];
        Arrays.setAll(weights, i -> old.at(i / read.length, read[i % read.length]));
        double[] change = h.times(weights, rows);
        Arrays.setAll(change, i -> joint.at(cols + i / read.length, read[i % read.length]) - change[i]);
        try (PrincipalSolver solver = h.damped(ridge).principalSolver(read.length)) {
            solver.solve(IntStream.range(0, read.length).toArray(), change, rows);
        }
        float[] values = layer.weights().floats().clone();
        float[] shifts = original.biasValues().clone();
        for (int row = 0; row < rows; row++) {
            double shift = means[cols + row];
            for (int i = 0; i < read.length; i++) {
                int at = row * read.length + i;
                float weight = (float) (weights[at] + change[at]);
                values[layer.layout().index(row, read[i], cols)] = weight;
                shift -= weight * means[read[i]];
            }
            shifts[row] += (float) shift;
        }
        GraphEdit edit = graph.edit();
        Reader.write(layer, values, shifts, edit);
        return Optional.of(edit.build());
    }
}
