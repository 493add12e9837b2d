package lathe.engine.operator;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Collectors;
import lathe.engine.graph.Node;

/** What Gemm and MatMul have in common: a product with a matrix on the right. */
abstract class Product extends Operator {

    Product(String name, OptionalInt bias) {
        super(name, 0, 1, bias);
    }

    @Override
    String withoutConstant() {
        return "it multiplies two computed values";
    }

    @Override
    String withConstantData() {
        return "its constant is the left operand, which is not supported as weights";
    }

    @Override
    Optional<String> shapeObstacle(Node node, List<Long> dims) {
        if (dims.size() > 2) {
            return Optional.of("its weights are a batch of matrices, %s, not one"
                    .formatted(dims.stream().map(String::valueOf).collect(Collectors.joining("x"))));
        }
        return dims.size() == 2
                ? Optional.empty()
                : Optional.of("its weights are a %s, not a matrix".formatted(dims.size() == 1 ? "vector" : "scalar"));
    }
}
