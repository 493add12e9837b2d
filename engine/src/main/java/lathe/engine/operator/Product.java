package lathe.engine.operator;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import lathe.engine.graph.ConstantValues;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Node;

/** What Gemm and MatMul have in common: a product of weights with rows on their left, or with columns on their right. */
abstract class Product extends Operator {

    /** Axes of what meets the weights, from the end. */
    static final int LAST = -1;

    static final int SECOND_LAST = -2;

    private final boolean left;

    /** @param left true if the weights are the left operand, so that they meet columns */
    Product(String name, boolean left, OptionalInt bias) {
        super(name, left ? 1 : 0, left ? 0 : 1, bias);
        this.left = left;
    }

    final boolean isLeft() {
        return left;
    }

    /** Without a constant, the right operand counts as weights. */
    @Override
    boolean recognises(Graph graph, ConstantValues constants, Node node) {
        boolean onLeft = node.is(name())
                && constants.contains(node.inputs().get(0))
                && !constants.contains(node.inputs().get(1));
        return node.is(name()) && onLeft == left;
    }

    @Override
    String withoutConstant() {
        return "it multiplies two computed values";
    }

    @Override
    Optional<String> shapeObstacle(Node node, List<Long> dims) {
        return dims.size() >= 2
                ? Optional.empty()
                : Optional.of("its weights are a %s, not a matrix".formatted(dims.size() == 1 ? "vector" : "scalar"));
    }
}
