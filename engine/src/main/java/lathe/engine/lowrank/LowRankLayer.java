package lathe.engine.lowrank;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import lathe.engine.graph.Attribute;
import lathe.engine.graph.Graph;
import lathe.engine.graph.GraphEdit;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Node;
import lathe.engine.layer.ChannelBlock;
import lathe.engine.layer.ChannelCounts;
import lathe.engine.layer.InputStatistics;
import lathe.engine.layer.Layer;
import lathe.engine.layer.LayerProblem;
import lathe.engine.linalg.PrincipalComponents;
import lathe.engine.tensor.WeightMatrix;

/**
 * A Conv or Gemm by the principal components of its outputs: y = W x + b becomes U_rᵀ (U_r W) x + b', U_r the r directions in
 * which y varies most, and b' keeps the mean of y. Of all matrices of rank r, U_rᵀ U_r W loses least of the variance of y
 * (Zhang et al., arXiv 1505.06798, section 3.1, without the nonlinearity). The first of the two layers keeps the kernel, the
 * second has 1 x 1. Immutable and thread-safe.
 */
final class LowRankLayer {

    /** Up to so many wide blocks, the half of one that is left idle costs as much as the smaller rank saves. */
    private static final int FEW = 2;

    private static final Map<String, Attribute> TRANSPOSED = Map.of("transB", new Attribute.Int(1));

    private final Layer layer;
    private final double[] weights;
    private final double[] mean;
    private final PrincipalComponents components;
    private final double energy;

    private LowRankLayer(Layer layer, double[] weights, double[] mean, PrincipalComponents components, double energy) {
        this.layer = layer;
        this.weights = weights;
        this.mean = mean;
        this.components = components;
        this.energy = energy;
    }

    /** True of what this class writes: layers with one group, constant biases and weights that no other layer reads. */
    static boolean suits(Graph graph, Layer layer) {
        Node node = layer.node();
        boolean operator = node.is("Conv") || node.is("Gemm");
        boolean bias = node.input(2).isEmpty() || layer.bias().isPresent();
        return operator
                && bias
                && layer.groups() == 1
                && graph.enclosing(node).isEmpty()
                && graph.consumers(node.inputs().get(1)).size() == 1
                && layer.hasWholeGram();
    }

    /**
     * Finds the components.
     *
     * @param layer that {@link #suits}
     * @return empty if the layer's outputs do not vary, or are not finite
     */
    static Optional<LowRankLayer> of(Layer layer, InputStatistics statistics) {
        if (!statistics.isFinite()) {
            return Optional.empty();
        }
        LayerProblem problem = layer.problems(statistics).get(0);
        WeightMatrix matrix = problem.weights();
        double[] weights = matrix.rows(0, matrix.rows());
        double energy = 0;
        for (double row : problem.gram().energies(weights, matrix.rows())) {
            energy += row;
        }
        double[] mean = problem.centredErrors() ? problem.mean() : new double[matrix.cols()];
        double all = energy;
        return energy > 0
                ? PrincipalComponents.of(
                                weights, matrix.rows(), problem.errorGram().shrunk())
                        .map(found -> new LowRankLayer(layer, weights, mean, found, all))
                : Optional.empty();
    }

    Layer layer() {
        return layer;
    }

    /**
     * The ranks with which the two layers multiply less than the one, rising: multiples of a block, and small ones of a
     * wide one.
     */
    int[] ranks(ChannelBlock block) {
        int rows = layer.rows();
        int cols = layer.cols();
        int wide = block.wide().size();
        return IntStream.rangeClosed(1, rows / block.size())
                .map(i -> block.size() * i)
                .filter(rank -> rank > FEW * wide || rank % wide == 0)
                .filter(rank -> (long) rank * (rows + cols) < (long) rows * cols)
                .toArray();
    }

    /** Multiplications of the two layers, as a part of those of the one. */
    double macs(int rank) {
        return rank * ((double) layer.rows() + layer.cols()) / ((double) layer.rows() * layer.cols());
    }

    /** The share of the energy of the outputs that a rank loses. */
    double loss(int rank) {
        return components.lost(rank) / energy;
    }

    /** The layer with weights of a rank in the form that it has. */
    void writeInPlace(int rank, GraphEdit edit) {
        double[] product = components.approximation(rank, weights, layer.cols());
        rewire(edit, product, storedDims(layer.rows()), bias(product));
    }

    /** Two layers in the place of the one. */
    void write(int rank, GraphEdit edit) {
        double[] first = components.project(rank, weights, layer.cols());
        double[] second = components.back(rank);
        Node node = layer.node();
        boolean conv = node.is("Conv");
        String between = edit.freshName(node.output() + "_components");
        String narrow =
                edit.putFresh(Initializer.ofFloats(layer.weights().name() + "_first", floats(first), storedDims(rank)));
        long[] dims = new long[conv ? layer.weights().rank() : 2];
        Arrays.fill(dims, 1);
        dims[0] = layer.rows();
        dims[1] = rank;
        String wide = edit.putFresh(Initializer.ofFloats(layer.weights().name() + "_second", floats(second), dims));
        String bias = edit.putFresh(Initializer.ofFloats(
                layer.weights().name() + "_bias",
                bias(components.approximation(rank, weights, layer.cols())),
                layer.rows()));
        Node narrowing = conv ? node : Node.of(node.name(), "Gemm", node.inputs(), node.outputs(), TRANSPOSED);
        edit.replace(
                node,
                narrowing
                        .withName(layer.name())
                        .withInputs(List.of(layer.input(), narrow))
                        .withOutputs(List.of(between)));
        Map<String, Attribute> attributes = conv ? Map.of() : TRANSPOSED;
        edit.insertAfter(
                node,
                Node.of(
                        layer.name() + ChannelCounts.SECOND,
                        conv ? "Conv" : "Gemm",
                        List.of(between, wide, bias),
                        node.outputs(),
                        attributes));
    }

    private void rewire(GraphEdit edit, double[] values, long[] dims, float[] bias) {
        Node node = layer.node();
        String name = edit.putFresh(Initializer.ofFloats(layer.weights().name() + "_low_rank", floats(values), dims));
        String shift = edit.putFresh(Initializer.ofFloats(layer.weights().name() + "_bias", bias, bias.length));
        List<String> inputs = new ArrayList<>(List.of(layer.input(), name, shift));
        edit.replace(
                node,
                node.is("Conv")
                        ? node.withInputs(inputs)
                        : Node.of(node.name(), "Gemm", inputs, node.outputs(), TRANSPOSED));
    }

    /** Extents of weights with so many outputs; those of a Gemm are stored output by output. */
    private long[] storedDims(int rows) {
        if (!layer.node().is("Conv")) {
            return new long[] {rows, layer.cols()};
        }
        long[] dims = layer.weights().dims().stream().mapToLong(Long::longValue).toArray();
        dims[0] = rows;
        return dims;
    }

    /** b + (W - Ŵ) E[x], Ŵ the approximation of W. */
    private float[] bias(double[] approximation) {
        int cols = layer.cols();
        float[] bias = layer.biasValues().clone();
        for (int row = 0; row < bias.length; row++) {
            double shift = 0;
            for (int col = 0; col < cols; col++) {
                shift += (weights[row * cols + col] - approximation[row * cols + col]) * mean[col];
            }
            bias[row] += (float) shift;
        }
        return bias;
    }

    private static float[] floats(double[] values) {
        float[] floats = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            floats[i] = (float) values[i];
        }
        return floats;
    }
}
