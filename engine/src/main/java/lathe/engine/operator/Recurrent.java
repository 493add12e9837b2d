package lathe.engine.operator;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Collectors;
import lathe.engine.graph.Node;

/**
 * What LSTM, GRU and RNN have in common: in every step, W times the inputs plus R times the hidden states of the step before,
 * for all gates at once and for each direction. W is stored as directions x (gates * hidden size) x inputs, R as directions
 * x (gates * hidden size) x hidden size.
 *
 * <p>All directions read the same inputs, so W is one matrix; each has its own hidden states, so R is one group for each. Of a
 * sequence x(1) ... x(T), R meets the states h(0) ... h(T - 1); H is measured over h(1) ... h(T), which the node writes. The
 * bias, the sum of two vectors per direction, is left as it is.
 */
abstract class Recurrent extends Operator {

    private static final int INPUT_WEIGHTS = 1;
    private static final int HIDDEN_WEIGHTS = 2;

    private final int gates;
    private final boolean hidden;

    /**
     * One of the two matrices of an operator.
     *
     * @param gates matrices below each other
     * @param hidden true for R, false for W
     */
    Recurrent(String name, int gates, boolean hidden) {
        super(name, 0, hidden ? HIDDEN_WEIGHTS : INPUT_WEIGHTS, OptionalInt.empty());
        this.gates = gates;
        this.hidden = hidden;
    }

    @Override
    public String suffix() {
        return hidden ? "/R" : "/W";
    }

    @Override
    Optional<String> shapeObstacle(Node node, List<Long> dims) {
        if (node.integer("layout").orElse(0) != 0) {
            return Optional.of("it has the batch on its first axis (layout = 1), which ONNX Runtime does not run");
        }
        long directions = node.text("direction", "forward").equals("bidirectional") ? 2 : 1;
        long size = node.integer("hidden_size").orElse(dims.size() == 3 ? dims.get(1) / gates : 0);
        boolean fits = dims.size() == 3
                && dims.get(0) == directions
                && dims.get(1) == gates * size
                && (!hidden || dims.get(2) == size);
        return fits
                ? Optional.empty()
                : Optional.of("its weights of shape %s are not %d x %d x %s"
                        .formatted(
                                dims.stream().map(String::valueOf).collect(Collectors.joining("x")),
                                directions,
                                gates * size,
                                hidden ? size : "inputs"));
    }

    @Override
    public WeightLayout layout(Node node, List<Long> dims) {
        return WeightLayout.ofStack(dims, hidden ? Math.toIntExact(dims.get(0)) : 1);
    }

    @Override
    public Observed observed(Node node, List<Long> dims) {
        return new Observed.Steps(hidden);
    }
}
