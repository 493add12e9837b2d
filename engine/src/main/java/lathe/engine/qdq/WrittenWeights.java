package lathe.engine.qdq;

import java.util.Optional;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Node;
import lathe.engine.operator.Operator;
import lathe.engine.operator.WeightSite;
import lathe.engine.qdq.Folding.Folded;
import lathe.engine.tensor.ElementType;

/**
 * Reads the weights of a layer back from a compressed graph, as a runtime computes them: {@code scale * (level(code) -
 * zeroPoint)} with the scale and zero point of the tensor, of the axis, or of the block, written in either
 * {@link WeightForm}.
 */
final class WrittenWeights {

    private WrittenWeights() {}

    /**
     * The weights that a node uses, in the order of the stored tensor; empty where they are neither constant floats nor
     * dequantized constants. O(weights).
     *
     * @param node in the place of the one that used the weights: of the same operator, or the last of a {@link CodeProduct} or
     *     of {@link GatheredRows}
     * @param site where the weights were used
     */
    static Optional<Initializer> of(Graph graph, Node node, WeightSite site) {
        Operator operator = site.operator();
        Optional<CodeProduct.Read> product = CodeProduct.read(graph, MatMulInteger.unbiased(graph, node));
        if (product.isPresent()) {
            return product.map(CodeProduct.Read::matrix)
                    .map(matrix -> site.layout().outputsFirst() ? matrix.transposed() : matrix)
                    .map(WrittenWeights::constant);
        }
        if (node.is(operator.name())) {
            return node.input(operator.weights()).flatMap(value -> of(graph, value));
        }
        return operator.looksUp() ? of(graph, node.output()) : Optional.empty();
    }

    private static Optional<Initializer> of(Graph graph, String value) {
        return Folding.of(graph, value)
                .map(Folded::tensor)
                .filter(tensor -> tensor.type() == ElementType.FLOAT)
                .map(WrittenWeights::constant);
    }

    private static Initializer constant(FoldedTensor tensor) {
        return Initializer.ofFloats("", tensor.values(), tensor.dims());
    }
}
