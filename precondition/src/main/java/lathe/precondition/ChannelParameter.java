package lathe.precondition;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import lathe.engine.graph.Graph;
import lathe.engine.graph.GraphEdit;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Node;
import lathe.engine.tensor.ElementType;

/**
 * The second input of a node that applies one constant number to each channel of the first, axis 1: the slopes of a
 * PRelu, what Min compares with.
 *
 * @param values one value per channel
 * @param rank number of axes of the first input
 */
record ChannelParameter(float[] values, int rank) {

    /** Reads it, one value for all channels included; empty if it is no FLOAT constant or varies along other axes. */
    static Optional<ChannelParameter> of(Graph graph, Node node, int channels, int rank) {
        return graph.constant(node, 1)
                .filter(constant -> constant.type() == ElementType.FLOAT)
                .filter(constant -> constant.rank() <= rank)
                .filter(constant -> constant.elements() == 1 || isPerChannel(constant, channels, rank))
                .map(constant -> spread(constant.floats(), channels, rank));
    }

    private static boolean isPerChannel(Initializer constant, int channels, int rank) {
        int axis = constant.rank() - rank + 1;
        return axis >= 0 && constant.elements() == channels && constant.dims().get(axis) == channels;
    }

    /** One number for all channels, or one a channel. */
    static ChannelParameter spread(float[] read, int channels, int rank) {
        float[] values = Arrays.copyOf(read, channels);
        Arrays.fill(values, read.length, channels, read[0]);
        return new ChannelParameter(values, rank);
    }

    /** Each number multiplied by the factor of its channel. */
    ChannelParameter times(double[] factors) {
        float[] scaled = new float[values.length];
        for (int c = 0; c < values.length; c++) {
            scaled[c] = (float) (factors[c] * values[c]);
        }
        return new ChannelParameter(scaled, rank);
    }

    /** Makes a node read these numbers as its second input. */
    void writeTo(GraphEdit edit, Node node) {
        long[] dims = new long[rank - 1];
        Arrays.fill(dims, 1);
        dims[0] = values.length;
        Node now = edit.current(node);
        String name = edit.freshName(node.output() + "_channels");
        List<String> inputs = new ArrayList<>(now.inputs());
        inputs.set(1, name);
        edit.put(Initializer.ofFloats(name, values, dims));
        edit.replace(node, now.withInputs(inputs));
    }
}
