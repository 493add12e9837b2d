package lathe.engine.qdq;

import java.util.Optional;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Node;
import lathe.engine.operator.Operator;
import lathe.engine.tensor.ElementType;
import lathe.engine.tensor.Float8;

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
        Optional<Initializer> constant = graph.constant(value);
        if (constant.isPresent()) {
            return constant.filter(tensor -> tensor.type() == ElementType.FLOAT).map(Initializer::floats);
        }
        Optional<Node> producer = graph.producer(value);
        Optional<float[]> dequantized = producer.filter(node -> node.is("DequantizeLinear"))
                .or(() -> producer.filter(node -> node.is("Reshape"))
                        .flatMap(node -> graph.producer(node.inputs().get(0)))
                        .filter(node -> node.is("DequantizeLinear")))
                .flatMap(node -> dequantized(graph, node));
        return dequantized.or(() -> FoldedTensor.of(graph, value).map(FoldedTensor::values));
    }

    private static Optional<float[]> dequantized(Graph graph, Node node) {
        Optional<Initializer> codes = codes(graph, node.inputs().get(0));
        Optional<Initializer> scale = graph.constant(node, 1);
        Optional<Initializer> zeroPoint = graph.constant(node, 2);
        if (codes.isEmpty() || scale.isEmpty() || (node.input(2).isPresent() && zeroPoint.isEmpty())) {
            return Optional.empty();
        }
        float[] scales = scale.get().floats();
        ScaleIndex index = new ScaleIndex(codes.get(), scale.get(), node);
        if (Float8.has(codes.get().type())) {
            float[] weights = codes.get().floats();
            for (int i = 0; i < weights.length; i++) {
                weights[i] *= scales[index.of(i)];
            }
            return Optional.of(weights);
        }
        byte[] stored = codes.get().codes();
        byte[] zeroPoints = zeroPoint.map(Initializer::codes).orElseGet(() -> new byte[scales.length]);
        float[] weights = new float[stored.length];
        int mask = codes.get().type() == ElementType.UINT8 ? 0xff : -1;
        for (int i = 0; i < weights.length; i++) {
            int at = index.of(i);
            weights[i] = scales[at] * ((stored[i] & mask) - (zeroPoints[at] & mask));
        }
        return Optional.of(weights);
    }

    /** The constant that a chain of Reshapes to the same shape begins with. */
    private static Optional<Initializer> codes(Graph graph, String value) {
        Optional<Node> reshape = graph.producer(value).filter(node -> node.is("Reshape"));
        return reshape.isPresent() ? codes(graph, reshape.get().inputs().get(0)) : graph.constant(value);
    }

    /** Which scale an element takes. */
    private static final class ScaleIndex {
        private final int inner; // elements from one step of the axis to the next
        private final int extent; // of the axis
        private final int block; // steps of the axis that share a scale; 0 where all axes do
        private final boolean alongAxis; // scales vary along the axis alone

        ScaleIndex(Initializer codes, Initializer scale, Node node) {
            int axis = (int) node.integer("axis").orElse(1);
            int place = axis < 0 ? axis + codes.rank() : axis;
            long steps = 1;
            for (int i = place + 1; i < codes.rank(); i++) {
                steps *= codes.dims().get(i);
            }
            inner = (int) steps;
            extent = scale.elements() == 1 ? 1 : codes.dims().get(place).intValue();
            block = scale.elements() == 1
                    ? 0
                    : (int) Math.max(1, node.integer("block_size").orElse(0));
            alongAxis = node.integer("block_size").orElse(0) == 0;
        }

        int of(int element) {
            if (block == 0) {
                return 0;
            }
            int step = element / inner % extent;
            if (alongAxis) {
                return step;
            }
            int blocks = (extent + block - 1) / block;
            return (element / inner / extent * blocks + step / block) * inner + element % inner;
        }
    }
}
