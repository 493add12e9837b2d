package lathe.engine.qdq;

import java.util.Optional;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Node;
import lathe.engine.operator.Operator;
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
     * @param node of this operator, or the last of {@link GatheredRows}
     */
    static Optional<float[]> of(Graph graph, Node node, Operator operator) {
        if (node.is(operator.name())) {
            return node.input(operator.weights()).flatMap(value -> of(graph, value));
        }
        return operator.looksUp() ? of(graph, node.output()) : Optional.empty();
    }

    private static Optional<float[]> of(Graph graph, String value) {
        return Folding.of(graph, value)
                .map(Folded::tensor)
                .filter(tensor -> tensor.type() == ElementType.FLOAT)
                .map(FoldedTensor::values);
    }
}
