package lathe.engine.layer;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Node;
import lathe.engine.linalg.GramMatrix;
import lathe.engine.operator.WeightLayout;
import lathe.engine.operator.WeightSite;
import lathe.engine.tensor.WeightMatrix;

/**
 * Weights of a node that can be compressed, seen as a matrix.
 *
 * @param name unique in the graph: the node's name, or its output's where that is empty or not unique, and what tells the site
 *     from others of the node
 * @param site where the node uses them
 * @param weights the constant weights, FLOAT, all finite
 * @param bias the constant bias, FLOAT, {@code rows} numbers
 */
public record Layer(String name, WeightSite site, Initializer weights, Optional<Initializer> bias) {

    /** The node that uses the weights. */
    public Node node() {
        return site.node();
    }

    /** How the matrix lies in the tensor of weights. */
    public WeightLayout layout() {
        return site.layout();
    }

    /** The value the layer reads. */
    public String input() {
        return site.input();
    }

    /** The value the layer writes. */
    public String output() {
        return node().output();
    }

    /** True if what the layer reads are indices of its outputs, not numbers to multiply with. */
    public boolean readsIndices() {
        return site.observed().isIndices();
    }

    /** Number of groups. */
    public int groups() {
        return layout().groups();
    }

    /** Outputs, over all groups. */
    public int rows() {
        return layout().outputs();
    }

    /** Inputs of one group. */
    public int cols() {
        return layout().cols();
    }

    /** Columns of one input channel: taps of the kernel, 1 where there is no kernel. */
    public int taps() {
        return layout().taps();
    }

    /** Outputs of one group. */
    public int rowsPerGroup() {
        return rows() / groups();
    }

    /** Bytes of its weights and its bias. */
    public long bytes() {
        return bytes(true);
    }

    /**
     * Bytes of its weights and its bias.
     *
     * @param withWeights false for the bias alone, where the weights count with another layer
     */
    public long bytes(boolean withWeights) {
        return (withWeights ? weights.storedBytes() : 0)
                + bias.map(Initializer::storedBytes).orElse(0L);
    }

    /**
     * True if all of E[x xᵀ] is measured, false if only its diagonal, which is all there is where indices are read. A
     * fixed number of inputs decides, and not the memory at hand, so that a network is compressed to the same bytes
     * everywhere.
     */
    public boolean hasWholeGram() {
        return !readsIndices() && cols() <= GramMatrix.LARGEST_WHOLE;
    }

    /** Bytes of the Gram matrices of its input, or of their diagonals, one per group. */
    public long gramBytes() {
        return (long) groups() * cols() * (hasWholeGram() ? cols() : 1) * Double.BYTES;
    }

    /** The weights of each group, {@code rowsPerGroup x cols}. */
    public List<WeightMatrix> matrices() {
        return matrices(weights.floats());
    }

    /** Other weights of this layer as those matrices, from the order in which its own are stored. */
    public List<WeightMatrix> matrices(float[] stored) {
        int cols = cols();
        List<WeightMatrix> matrices = new ArrayList<>(groups());
        for (int group = 0; group < groups(); group++) {
            float[] values = new float[rowsPerGroup() * cols];
            for (int i = 0; i < values.length; i++) {
                int row = group * rowsPerGroup() + i / cols;
                values[i] = stored[layout().index(row, i % cols, cols)];
            }
            matrices.add(new WeightMatrix(rowsPerGroup(), cols, values));
        }
        return matrices;
    }

    /**
     * The layer's problem, one for each group.
     *
     * @param statistics of its input
     * @param limits limits that the kernel sets for the weights
     */
    public List<LayerProblem> problems(InputStatistics statistics, KernelLimits limits) {
        List<WeightMatrix> matrices = matrices();
        List<LayerProblem> problems = new ArrayList<>(groups());
        for (int group = 0; group < groups(); group++) {
            int start = group * rowsPerGroup();
            LayerProblem problem = new LayerProblem(
                            name,
                            matrices.get(group),
                            taps(),
                            statistics.grams().get(group),
                            statistics.means().get(group),
                            Arrays.copyOfRange(limits.scaleFloor(), start, start + rowsPerGroup()),
                            limits.pairs(),
                            false)
                    .withCentredErrors(statistics.meansKnown() && site().takesBias());
            problems.add(statistics
                    .drawn()
                    .map(drawn -> Arrays.copyOfRange(drawn, start, start + rowsPerGroup()))
                    .map(drawn -> problem.withOutputMetric(GramMatrix.diagonal(drawn)))
                    .orElse(problem));
        }
        return problems;
    }

    /** The layer's problem, one for each group, where neither scales nor codes are limited. */
    public List<LayerProblem> problems(InputStatistics statistics) {
        return problems(statistics, KernelLimits.none(rows()));
    }

    /** True of a convolution of several groups, each of one input channel and one output. */
    public boolean isDepthwise() {
        boolean windows = site.observed().match(found -> true, rows -> false, steps -> false, () -> false);
        return windows && groups() > 1 && cols() == taps() && rowsPerGroup() == 1;
    }

    /** The bias, zeros where there is none. */
    public float[] biasValues() {
        return bias.map(Initializer::floats).orElseGet(() -> new float[rows()]);
    }
}
