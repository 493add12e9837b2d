package lathe.engine.operator;

import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/**
 * How a weight matrix is stored in its tensor: one run of kernel taps for each output and input channel that are
 * joined. Channels count over all groups; a column of the matrix is an (input of the group, tap). Immutable by
 * agreement: the array is not copied.
 *
 * @param first extent of the first axis
 * @param second extent of the second axis, which runs within a group
 * @param kernel the other extents
 * @param groups number of groups
 * @param outputsFirst true if the first axis runs over outputs
 * @param stack number of matrices that the first axis is cut into, along an axis of their own before it; 0 where the tensor has
 *     no such axis
 */
public record WeightLayout(int first, int second, long[] kernel, int groups, boolean outputsFirst, int stack) {

    /** Takes one weight: where it is stored, and the channels it joins. */
    public interface Visitor {
        void visit(int index, int output, int input);
    }

    /** The layout of a tensor of these extents, at least two. */
    static WeightLayout of(List<Long> dims, int groups, boolean outputsFirst) {
        long[] kernel = dims.stream().skip(2).mapToLong(Long::longValue).toArray();
        return new WeightLayout(
                Math.toIntExact(dims.get(0)), Math.toIntExact(dims.get(1)), kernel, groups, outputsFirst, 0);
    }

    /** The layout of a stack of matrices of outputs x inputs, which are one matrix below the other in each group. */
    static WeightLayout ofStack(List<Long> dims, int groups) {
        int stack = Math.toIntExact(dims.get(0));
        int first = Math.toIntExact(Math.multiplyExact(dims.get(0), dims.get(1)));
        return new WeightLayout(first, Math.toIntExact(dims.get(2)), new long[0], groups, true, stack);
    }

    /** True if the tensor is a stack of matrices: outputs run over its first two axes. */
    public boolean isStack() {
        return stack > 0;
    }

    /** True if groups divide the channels of the first axis. */
    public boolean isValid() {
        return groups >= 1 && first % groups == 0;
    }

    /** Output channels: rows of the matrix. */
    public int outputs() {
        return outputsFirst ? first : second * groups;
    }

    /** Input channels. */
    public int inputs() {
        return outputsFirst ? second * groups : first;
    }

    /** Columns of one input channel: the product of the kernel's extents, 1 where there is no kernel. */
    public int taps() {
        int taps = 1;
        for (long extent : kernel) {
            taps = Math.toIntExact(taps * extent);
        }
        return taps;
    }

    /** Columns of the matrix of a group. */
    public int cols() {
        return inputs() / groups * taps();
    }

    /** Number of weights. */
    public int size() {
        return first * second * taps();
    }

    /** Extents of the tensor. */
    public long[] dims() {
        LongStream matrix = isStack() ? LongStream.of(stack, first / stack, second) : LongStream.of(first, second);
        return LongStream.concat(matrix, LongStream.of(kernel)).toArray();
    }

    /** The axis of the tensor that runs over outputs; the last of them in a stack. */
    public int outputAxis() {
        return outputsFirst && !isStack() ? 0 : 1;
    }

    /** The axis of the tensor that runs over the input channels of a group. */
    public int inputAxis() {
        return isStack() ? 2 : 1 - outputAxis();
    }

    /** Extents of a tensor of one number per output that spreads over the weights: 1 on the axes behind {@link #outputAxis}. */
    public List<Long> dimsAlongOutputs() {
        long[] dims = dims();
        return IntStream.range(isStack() ? 0 : outputAxis(), dims.length)
                .mapToObj(axis -> axis <= outputAxis() ? dims[axis] : 1L)
                .toList();
    }

    /**
     * Position in the tensor of one entry of the matrix.
     *
     * @param cols columns of the matrix: {@link #cols()}, or fewer where inputs are cut into blocks
     */
    public int index(int row, int col, int cols) {
        int taps = taps();
        return outputsFirst ? row * cols + col : (col / taps * outputs() + row) * taps + col % taps;
    }

    /** Visits all weights in the order in which they are stored. */
    public void forEach(Visitor visitor) {
        int taps = taps();
        int index = 0;
        for (int a = 0; a < first; a++) {
            int group = a / (first / groups);
            for (int b = group * second; b < (group + 1) * second; b++) {
                for (int tap = 0; tap < taps; tap++) {
                    visitor.visit(index++, outputsFirst ? a : b, outputsFirst ? b : a);
                }
            }
        }
    }

    /** The layout of fewer channels, of no stack; if there are several groups, each must have one input. */
    public WeightLayout with(int outputs, int inputs) {
        int newGroups = groups == 1 ? 1 : inputs;
        int newFirst = outputsFirst ? outputs : inputs;
        int newSecond = (outputsFirst ? inputs : outputs) / newGroups;
        return new WeightLayout(newFirst, newSecond, kernel, newGroups, outputsFirst, 0);
    }
}
