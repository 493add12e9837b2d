package lathe.engine.onnx;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import lathe.engine.graph.Node;

/**
 * How many inputs the operators that Lathe looks into must have, so that whoever looks need not ask. All of them also
 * have a first output. What else a node may hold is left to the runtime.
 */
final class Arity {

    private static final Map<Integer, List<String>> LEAST_INPUTS = Map.of(
            1,
            List.of(
                    "Relu",
                    "Clip",
                    "LeakyRelu",
                    "Sigmoid",
                    "HardSigmoid",
                    "Softmax",
                    "Cast",
                    "Concat",
                    "Min",
                    "Max",
                    "Split",
                    "MaxPool",
                    "AveragePool",
                    "GlobalMaxPool",
                    "GlobalAveragePool",
                    "ReduceMean",
                    "ReduceSum",
                    "Reshape",
                    "Flatten",
                    "Transpose",
                    "Squeeze",
                    "Unsqueeze",
                    "Slice",
                    "Resize",
                    "Upsample",
                    "Pad",
                    "Identity",
                    "Dropout",
                    "Shape"),
            2,
            List.of(
                    "Conv",
                    "ConvTranspose",
                    "Gemm",
                    "MatMul",
                    "Add",
                    "Sub",
                    "Mul",
                    "Div",
                    "PRelu",
                    "Gather",
                    "QuantizeLinear",
                    "DequantizeLinear"),
            5,
            List.of("BatchNormalization"));

    private Arity() {}

    /** What a node lacks, if anything, such as {@code has no input 1 (of at least 2)}. */
    static Optional<String> problem(Node node) {
        if (!Opsets.isStandard(node.domain())) {
            return Optional.empty();
        }
        int least = leastInputs(node.opType());
        for (int i = 0; i < least; i++) {
            if (node.input(i).isEmpty()) {
                return Optional.of("lacks input %d of at least %d".formatted(i + 1, least));
            }
        }
        return least > 0 && node.output().isEmpty() ? Optional.of("lacks its output") : Optional.empty();
    }

    private static int leastInputs(String opType) {
        return LEAST_INPUTS.entrySet().stream()
                .filter(entry -> entry.getValue().contains(opType))
                .mapToInt(Map.Entry::getKey)
                .findFirst()
                .orElse(0);
    }
}
