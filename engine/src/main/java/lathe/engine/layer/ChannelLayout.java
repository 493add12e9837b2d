package lathe.engine.layer;

import java.util.List;
import lathe.engine.graph.Node;

/**
 * How the weights of a Conv, ConvTranspose or Gemm lie in their tensor: one run of kernel taps for each output and
 * input channel that are joined. Channels count over all groups.
 *
 * @param first extent of the first axis
 * @param second extent of the second axis, which runs within a group
 * @param kernel the other extents
 * @param taps their product
 * @param groups number of groups
 * @param outputsFirst true if the first axis runs over outputs
 */
record ChannelLayout(int first, int second, long[] kernel, int taps, int groups, boolean outputsFirst) {

    /** Takes one weight: where it is stored, and the channels it joins. */
    interface Visitor {
        void visit(int index, int output, int input);
    }

    static ChannelLayout of(Node node, List<Long> dims) {
        long[] kernel = dims.stream().skip(2).mapToLong(Long::longValue).toArray();
        int taps = 1;
        for (long extent : kernel) {
            taps = Math.toIntExact(taps * extent);
        }
        boolean transposed = node.integer("transB").orElse(0) != 0;
        return new ChannelLayout(
                Math.toIntExact(dims.get(0)),
                Math.toIntExact(dims.get(1)),
                kernel,
                taps,
                Layers.groups(node),
                node.is("Conv") || (node.is("Gemm") && transposed));
    }

    boolean isValid() {
        return groups >= 1 && first % groups == 0;
    }

    int outputs() {
        return outputsFirst ? first : second * groups;
    }

    int inputs() {
        return outputsFirst ? second * groups : first;
    }

    int size() {
        return first * second * taps;
    }

    long[] dims() {
        long[] dims = new long[kernel.length + 2];
        dims[0] = first;
        dims[1] = second;
        System.arraycopy(kernel, 0, dims, 2, kernel.length);
        return dims;
    }

    /** Visits all weights in the order in which they are stored. */
    void forEach(Visitor visitor) {
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

    /** The layout of fewer channels; if there are several groups, each must have one input. */
    ChannelLayout with(int outputs, int inputs) {
        int newGroups = groups == 1 ? 1 : inputs;
        int newFirst = outputsFirst ? outputs : inputs;
        int newSecond = (outputsFirst ? inputs : outputs) / newGroups;
        return new ChannelLayout(newFirst, newSecond, kernel, taps, newGroups, outputsFirst);
    }
}
