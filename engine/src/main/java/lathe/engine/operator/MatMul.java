package lathe.engine.operator;

import java.util.List;
import java.util.OptionalInt;
import lathe.engine.graph.Node;

/** {@code A B} with constant B stored as inputs x outputs; A of any rank. */
final class MatMul extends Product {

    MatMul() {
        super("MatMul", OptionalInt.empty());
    }

    @Override
    public WeightLayout layout(Node node, List<Long> dims) {
        return WeightLayout.of(dims, 1, false);
    }

    @Override
    public Observed observed(Node node, List<Long> dims) {
        return new Observed.Rows(OptionalInt.empty(), false);
    }
}
