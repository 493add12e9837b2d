package lathe.engine.thinning;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import lathe.engine.graph.GraphEdit;
import lathe.engine.layer.InputStatistics;
import lathe.engine.layer.Layer;
import lathe.engine.linalg.GramMatrix;
import lathe.engine.tensor.WeightMatrix;

/**
 * A layer that reads channels while some of them go, repaired by least squares: what it reads of a channel that goes is
 * predicted from those that stay, and its bias keeps the mean of each output. Losses are parts of the energy of its outputs
 * around their mean. Not thread-safe.
 */
final class ThinnedReader {

    /** Rows whose energies are found at once. */
    private static final int ROWS = 256;

    private final Reader reader;
    private final List<double[]> means;
    private final List<BlockElimination> groups;
    private final double energy;

    private ThinnedReader(Reader reader, List<double[]> means, List<BlockElimination> groups, double energy) {
        this.reader = reader;
        this.means = means;
        this.groups = groups;
        this.energy = energy;
    }

    /**
     * The layer with all its channels. Takes the inverse of a matrix of the order of its columns.
     *
     * @param statistics of its input, of which only the means are kept
     * @param damping ridge λ as a part of the mean of H's diagonal
     */
    static ThinnedReader of(Reader reader, InputStatistics statistics, double damping) {
        Layer layer = reader.layer();
        List<WeightMatrix> matrices = layer.matrices();
        List<BlockElimination> groups = new ArrayList<>();
        double energy = 0;
        for (int group = 0; group < matrices.size(); group++) {
            GramMatrix gram = statistics.grams().get(group);
            GramMatrix moments =
                    layer.site().takesBias() ? gram.centred(statistics.means().get(group)) : gram;
            GramMatrix shrunk = moments.shrunk();
            double mean = shrunk.meanDiagonal();
            WeightMatrix weights = matrices.get(group);
            groups.add(BlockElimination.of(
                    weights,
                    shrunk.damped(mean > 0 ? damping * mean : 1),
                    reader.columns().get(group)));
            for (int row = 0; row < weights.rows(); row += ROWS) {
                int end = Math.min(row + ROWS, weights.rows());
                energy += Arrays.stream(moments.energies(weights.rows(row, end), end - row))
                        .sum();
            }
        }
        return new ThinnedReader(reader, statistics.means(), groups, energy);
    }

    /** The same state, to try changes on. */
    ThinnedReader copy() {
        return new ThinnedReader(
                reader, means, groups.stream().map(BlockElimination::copy).toList(), energy);
    }

    /** What it costs to remove a class, a part of the energy of the outputs; 0 for one that is not read. */
    double loss(int number) {
        double loss = groups.stream().mapToDouble(group -> group.loss(number)).sum();
        return energy > 0 ? loss / energy : 0;
    }

    /** Removes a class. */
    void remove(int number) {
        groups.forEach(group -> group.eliminate(number));
    }

    /** Writes the repaired weights, and the bias, which takes what the channels that are gone were on average. */
    void writeTo(GraphEdit edit) {
        Layer layer = reader.layer();
        List<WeightMatrix> old = layer.matrices();
        float[] values = new float[layer.weights().floats().length];
        float[] bias = layer.biasValues().clone();
        for (int row = 0; row < layer.rows(); row++) {
            int group = row / layer.rowsPerGroup();
            double shift = 0;
            for (int col = 0; col < layer.cols(); col++) {
                float weight = (float) groups.get(group).weight(row % layer.rowsPerGroup(), col);
                shift += means.get(group)[col] * (old.get(group).at(row % layer.rowsPerGroup(), col) - weight);
                values[layer.layout().index(row, col, layer.cols())] = weight;
            }
            bias[row] += (float) shift;
        }
        Reader.write(layer, values, bias, edit);
    }
}
