package lathe.engine.onnx;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import lathe.engine.graph.Node;

/**
 * How many inputs the operators that Lathe looks into must have, so that whoever looks need not ask. All of them also
 * have a first output. What else a node may hold is left to the runtime.
 */
final class Arity {

    private static final String ONE = """
            Relu Clip LeakyRelu Sigmoid HardSigmoid Softmax LogSoftmax Hardmax Cast Concat Min Max Split MaxPool
            AveragePool GlobalMaxPool GlobalAveragePool Reshape Flatten Transpose Squeeze Unsqueeze Slice Resize
            Upsample Pad Identity Dropout Shape TopK DFT RoiAlign ReduceMean ReduceSum ReduceMax ReduceMin
            ReduceProd ReduceL1 ReduceL2 ReduceLogSum ReduceLogSumExp ReduceSumSquare""";

    private static final String TWO = """
            Conv ConvTranspose Gemm MatMul Add Sub Mul Div PRelu Gather QuantizeLinear DequantizeLinear""";

    private static final Map<String, Integer> LEAST_INPUTS = new HashMap<>();

    static {
        put(1, ONE);
        put(2, TWO);
        put(3, "GroupNormalization");
        put(5, "BatchNormalization");
    }

    private static void put(int least, String operators) {
        operators.lines().flatMap(line -> Stream.of(line.split(" "))).forEach(name -> LEAST_INPUTS.put(name, least));
    }

    private Arity() {}

    /** What a node lacks, if anything, such as {@code lacks input 2 of at least 2}. */
    static Optional<String> problem(Node node) {
        if (!Opsets.isStandard(node.domain())) {
            return Optional.empty();
        }
        int least = LEAST_INPUTS.getOrDefault(node.opType(), 0);
        for (int i = 0; i < least; i++) {
            if (node.input(i).isEmpty()) {
                return Optional.of("lacks input %d of at least %d".formatted(i + 1, least));
            }
        }
        return least > 0 && node.output().isEmpty() ? Optional.of("lacks its output") : Optional.empty();
    }
}
