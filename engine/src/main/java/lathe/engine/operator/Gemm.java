package lathe.engine.operator;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import lathe.engine.graph.Attribute;
import lathe.engine.graph.Node;

/**
 * {@code alpha A B + beta C} with constant B, stored as inputs x outputs or, with {@code transB}, the other way round.
 * With {@code transA}, A is inputs x samples.
 */
final class Gemm extends Product {

    Gemm() {
        super("Gemm", OptionalInt.of(2));
    }

    private static boolean isSet(Node node, String attribute) {
        return node.integer(attribute).orElse(0) != 0;
    }

    @Override
    public WeightLayout layout(Node node, List<Long> dims) {
        return WeightLayout.of(dims, 1, isSet(node, "transB"));
    }

    @Override
    public Observed observed(Node node, List<Long> dims) {
        return new Observed.Rows(OptionalInt.of(2), isSet(node, "transA"));
    }

    @Override
    public float weightFactor(Node node) {
        return node.real("alpha", 1);
    }

    @Override
    public float biasFactor(Node node) {
        return node.real("beta", 1);
    }

    @Override
    Node withoutFactors(Node node) {
        if (weightFactor(node) == 1 && biasFactor(node) == 1) {
            return node;
        }
        Map<String, Attribute> attributes = new HashMap<>(node.attributes());
        attributes.remove("alpha");
        attributes.remove("beta");
        return Node.of(node.name(), node.opType(), node.inputs(), node.outputs(), attributes);
    }
}
