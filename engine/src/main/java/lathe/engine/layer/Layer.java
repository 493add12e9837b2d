package lathe.engine.layer;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Node;
import lathe.engine.linalg.GramMatrix;
import lathe.engine.tensor.WeightMatrix;

/**
 * A node whose weights can be compressed, seen as a matrix.
 *
 * @param name unique in the graph: the node's name, or its output's where that is empty or not unique
 * @param node the node
 * @param op what the node computes
 * @param weights the constant weights, FLOAT, all finite
 * @param bias the constant bias, FLOAT, {@code rows} numbers
 * @param groups number of groups
 * @param rows outputs, over all groups
 * @param cols inputs of one group
 */
public record Layer(
        String name,
        Node node,
        Op op,
        Initializer weights,
        Optional<Initializer> bias,
        int groups,
        int rows,
        int cols) {

    /** The value the layer reads. */
    public String input() {
        return node.inputs().get(0);
    }

    /** The value the layer writes. */
    public String output() {
        return node.output();
    }

    /** Outputs of one group. */
    public int rowsPerGroup() {
        return rows / groups;
    }

    /** Bytes of its weights and its bias. */
    public long bytes() {
        return Float.BYTES
                * (weights.elements() + bias.map(Initializer::elements).orElse(0L));
    }

    /**
     * True if all of E[x xᵀ] is measured, false if only its diagonal. A fixed number of inputs decides, and not the
     * memory at hand, so that a network is compressed to the same bytes everywhere.
     */
    public boolean hasWholeGram() {
        return cols <= GramMatrix.LARGEST_WHOLE;
    }

    /** Bytes of the Gram matrices of its input, or of their diagonals, one per group. */
    public long gramBytes() {
        return (long) groups * cols * (hasWholeGram() ? cols : 1) * Double.BYTES;
    }

    /** The weights of each group, {@code rowsPerGroup x cols}. */
    public List<WeightMatrix> matrices() {
        return matrices(weights.floats());
    }

    /** Other weights of this layer as those matrices, from the order in which its own are stored. */
    public List<WeightMatrix> matrices(float[] stored) {
        List<WeightMatrix> matrices = new ArrayList<>(groups);
        for (int group = 0; group < groups; group++) {
            float[] values = new float[rowsPerGroup() * cols];
            for (int i = 0; i < values.length; i++) {
                int row = group * rowsPerGroup() + i / cols;
                values[i] = stored[op.storedIndex(row, i % cols, rows, cols)];
            }
            matrices.add(new WeightMatrix(rowsPerGroup(), cols, values));
        }
        return matrices;
    }

    /**
     * The layer's problem, one for each group.
     *
     * @param statistics of its input
     * @param limits what the kernel that reads the weights asks of them
     */
    public List<LayerProblem> problems(InputStatistics statistics, KernelLimits limits) {
        List<WeightMatrix> matrices = matrices();
        List<LayerProblem> problems = new ArrayList<>(groups);
        for (int group = 0; group < groups; group++) {
            int start = group * rowsPerGroup();
            problems.add(new LayerProblem(
                    name,
                    matrices.get(group),
                    op.taps(),
                    statistics.grams().get(group),
                    statistics.means().get(group),
                    Arrays.copyOfRange(limits.scaleFloor(), start, start + rowsPerGroup()),
                    limits.pairs(),
                    false));
        }
        return problems;
    }

    /** The layer's problem, one for each group, where neither scales nor codes are limited. */
    public List<LayerProblem> problems(InputStatistics statistics) {
        return problems(statistics, KernelLimits.none(rows));
    }

    /** True for a Conv of several groups, each of one input channel and one output. */
    public boolean isDepthwise() {
        return op instanceof Op.Conv && groups > 1 && cols == op.taps() && rowsPerGroup() == 1;
    }

    /** The bias, zeros where there is none. */
    public float[] biasValues() {
        return bias.map(Initializer::floats).orElseGet(() -> new float[rows]);
    }
}
