package lathe.engine.operator;

import java.util.ArrayList;
import java.util.List;

/**
 * How a weight matrix is stored in its tensor: {@code stack x outputs x inputs x kernel}, or with inputs before outputs. Each of
 * these may be several axes of the tensor, or a part of one; a Reshape to {@link #axes} gives it one axis. Outputs and
 * input channels count over the whole stack and over all groups; a column of the matrix is an (input of the group, tap).
 * Immutable.
 *
 * @param dims extents of the tensor
 * @param stack number of matrices one after the other in the tensor; 0 where there is no axis for them
 * @param first outputs of one of them, or inputs where these are stored first
 * @param second the other of the two
 * @param kernel extents of the kernel
 * @param groups number of groups: 1, as many as there are matrices, or what divides the outputs of the only one
 * @param outputsFirst true if outputs are stored before inputs
 */
public record WeightLayout(
        List<Long> dims, int stack, int first, int second, List<Long> kernel, int groups, boolean outputsFirst) {

    public WeightLayout {
        dims = List.copyOf(dims);
        kernel = List.copyOf(kernel);
    }

    /** Takes one weight: where it is stored, and the channels it joins. */
    public interface Visitor {
        void visit(int index, int output, int input);
    }

    /**
     * The layout of a tensor of these extents, at least two, of which all but the first two are those of a kernel. The first
     * axis runs over the channels of all groups, the second over those of one.
     */
    static WeightLayout of(List<Long> dims, int groups, boolean outputsFirst) {
        int first = Math.toIntExact(dims.get(0));
        int second = Math.toIntExact(dims.get(1));
        List<Long> kernel = dims.subList(2, dims.size());
        return !outputsFirst && groups > 1 && first % groups == 0
                ? new WeightLayout(dims, groups, first / groups, second, kernel, groups, false)
                : new WeightLayout(dims, 0, first, second, kernel, groups, outputsFirst);
    }

    /** The layout of a stack of matrices of outputs x inputs, which are one matrix below the other in each group. */
    static WeightLayout ofStack(List<Long> dims, int groups) {
        return ofProduct(dims, 1, 1, true).withGroups(groups);
    }

    /**
     * The layout of a matrix, or of a batch of matrices, each of which is a group.
     *
     * @param batchAxes number of axes of the batch, in front; 0 for one matrix
     * @param firstAxes number of axes behind these that are outputs, or inputs if {@code outputsFirst} is false
     */
    static WeightLayout ofProduct(List<Long> dims, int batchAxes, int firstAxes, boolean outputsFirst) {
        int batch = product(dims.subList(0, batchAxes));
        int first = product(dims.subList(batchAxes, batchAxes + firstAxes));
        int second = product(dims.subList(batchAxes + firstAxes, dims.size()));
        return new WeightLayout(dims, batchAxes == 0 ? 0 : batch, first, second, List.of(), batch, outputsFirst);
    }

    private WeightLayout withGroups(int count) {
        return new WeightLayout(dims, stack, first, second, kernel, count, outputsFirst);
    }

    private static int product(List<Long> extents) {
        long product = 1; // no stream: index() comes here for each weight
        for (long extent : extents) {
            product = Math.multiplyExact(product, extent);
        }
        return Math.toIntExact(product);
    }

    private int matrices() {
        return Math.max(1, stack);
    }

    /** True if groups divide the channels of the first axis. */
    public boolean isValid() {
        return groups >= 1 && matrices() * first % groups == 0;
    }

    /** Output channels: rows of the matrix. */
    public int outputs() {
        return matrices() * (outputsFirst ? first : second);
    }

    /** Input channels. */
    public int inputs() {
        return groups * (outputsFirst ? second : first);
    }

    /** Columns of one input channel: the product of the kernel's extents, 1 where there is no kernel. */
    public int taps() {
        return product(kernel);
    }

    /** Columns of the matrix of a group. */
    public int cols() {
        return inputs() / groups * taps();
    }

    /** Number of weights. */
    public int size() {
        return matrices() * first * second * taps();
    }

    /** Extents of the tensor with one axis for the stack, if any, one for outputs, one for inputs, and those of the kernel. */
    public List<Long> axes() {
        List<Long> axes = new ArrayList<>();
        if (stack > 0) {
            axes.add((long) stack);
        }
        axes.add((long) first);
        axes.add((long) second);
        axes.addAll(kernel);
        return axes;
    }

    /** True if one axis of the tensor runs over all outputs, and another over all inputs of a group. */
    public boolean hasPlainAxes() {
        return stack == 0 && axes().equals(dims);
    }

    /** The one of {@link #axes} that runs over the outputs of a matrix. */
    public int outputAxis() {
        return (stack > 0 ? 1 : 0) + (outputsFirst ? 0 : 1);
    }

    /** The one of {@link #axes} that runs over the input channels of a group. */
    public int inputAxis() {
        return (stack > 0 ? 1 : 0) + (outputsFirst ? 1 : 0);
    }

    /** Extents of a tensor of one number per output that spreads over {@link #axes}: 1 on the axes of inputs and kernel. */
    public List<Long> dimsAlongOutputs() {
        List<Long> along = axes();
        along.set(inputAxis(), 1L);
        int axis = outputAxis();
        along.subList(axis + 1, along.size()).replaceAll(extent -> 1L);
        return stack > 0 ? along : along.subList(axis, along.size());
    }

    /**
     * Position in the tensor of one entry of the matrix.
     *
     * @param cols columns of the matrix: {@link #cols()}, or fewer where inputs are cut into blocks
     */
    public int index(int row, int col, int cols) {
        if (outputsFirst) {
            return row * cols + col;
        }
        int taps = taps();
        return ((row / second * (cols / taps) + col / taps) * second + row % second) * taps + col % taps;
    }

    /** Visits all weights in the order in which they are stored. */
    public void forEach(Visitor visitor) {
        int taps = taps();
        int perGroup = matrices() * first / groups;
        int index = 0;
        for (int a = 0; a < matrices() * first; a++) {
            int start = a / perGroup * second;
            for (int b = start; b < start + second; b++) {
                for (int tap = 0; tap < taps; tap++) {
                    visitor.visit(index++, outputsFirst ? a : b, outputsFirst ? b : a);
                }
            }
        }
    }
}
