package lathe.engine.operator;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import lathe.engine.graph.Attribute;
import lathe.engine.graph.Node;

/**
 * {@code alpha A B + beta C} with constant B, stored as inputs x outputs or, with {@code transB}, the other way round. With
 * {@code transA}, A is inputs x samples. Or with constant A, stored as outputs x inputs or, with {@code transA}, the other way
 * round; then C runs along samples and is no bias.
 */
final class Gemm extends Product {

    Gemm(boolean left) {
        super("Gemm", left, left ? OptionalInt.empty() : OptionalInt.of(2));
    }

    private static boolean isSet(Node node, String attribute) {
        return node.integer(attribute).orElse(0) != 0;
    }

    @Override
    Optional<String> shapeObstacle(Node node, List<Long> dims) {
        return dims.size() > 2 ? Optional.of("its weights are no matrix") : super.shapeObstacle(node, dims);
    }

    @Override
    public WeightLayout layout(Node node, List<Long> dims) {
        return WeightLayout.of(dims, 1, isLeft() ? !isSet(node, "transA") : isSet(node, "transB"));
    }

    @Override
    public Observed observed(Node node, List<Long> dims) {
        WeightLayout layout = layout(node, dims);
        OptionalInt rank = OptionalInt.of(2);
        if (!isLeft()) {
            int axis = isSet(node, "transA") ? SECOND_LAST : LAST;
            return Observed.Rows.ofMatrix(rank, axis, layout.inputs(), layout.outputs());
        }
        Observed.Axis axis = new Observed.Axis(isSet(node, "transB") ? LAST : SECOND_LAST, layout.inputs());
        return new Observed.Rows(rank, List.of(axis), List.of(), List.of((long) layout.outputs(), 1L), false);
    }

    @Override
    public float weightFactor(Node node) {
        return node.real("alpha", 1);
    }

    @Override
    public float biasFactor(Node node) {
        return node.real("beta", 1);
    }

    /** C of a constant A stays as it is, and so does its factor. */
    @Override
    Node withoutFactors(Node node) {
        if (weightFactor(node) == 1 && (isLeft() || biasFactor(node) == 1)) {
            return node;
        }
        Map<String, Attribute> attributes = new HashMap<>(node.attributes());
        attributes.remove("alpha");
        if (!isLeft()) {
            attributes.remove("beta");
        }
        return Node.of(node.name(), node.opType(), node.inputs(), node.outputs(), attributes);
    }
}
