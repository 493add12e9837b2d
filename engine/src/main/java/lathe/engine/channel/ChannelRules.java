package lathe.engine.channel;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import lathe.engine.graph.Node;

/** The rule of each operator of the standard set that has one. All of them write floats. */
final class ChannelRules {

    private static final Set<String> STARTING = Set.of("Conv", "ConvTranspose", "Gemm", "MatMul");
    private static final Map<String, ChannelRule> BY_OPERATOR = new HashMap<>();

    static {
        BY_OPERATOR.put("Conv", new ConvRule());
        BY_OPERATOR.put("ConvTranspose", new ConvRule());
        BY_OPERATOR.put("Gemm", new GemmRule());
        BY_OPERATOR.put("MatMul", new MatMulRule());
        for (String operator : List.of("BatchNormalization", "InstanceNormalization")) {
            BY_OPERATOR.put(operator, new NormalizationRule());
        }
        for (String operator : List.of("Add", "Sub", "Mul", "Div", "Pow", "Min", "Max", "Sum", "Mean", "PRelu")) {
            BY_OPERATOR.put(operator, new BroadcastRule());
        }
        for (String operator : List.of(
                "Abs",
                "Celu",
                "Clip",
                "Dropout",
                "Elu",
                "Erf",
                "Exp",
                "Gelu",
                "HardSigmoid",
                "HardSwish",
                "Identity",
                "LeakyRelu",
                "Log",
                "Mish",
                "Neg",
                "Reciprocal",
                "Relu",
                "Selu",
                "Sigmoid",
                "Softplus",
                "Softsign",
                "Sqrt",
                "Tanh",
                "ThresholdedRelu")) {
            BY_OPERATOR.put(operator, new UnaryRule());
        }
        for (String operator : List.of("MaxPool", "AveragePool", "LpPool", "GlobalAveragePool", "GlobalMaxPool")) {
            BY_OPERATOR.put(operator, new PoolRule());
        }
        for (String operator : List.of("ReduceMean", "ReduceSum", "ReduceMax", "ReduceMin", "ReduceL2")) {
            BY_OPERATOR.put(operator, new ReductionRule());
        }
        for (String operator : List.of("Softmax", "LogSoftmax")) {
            BY_OPERATOR.put(operator, new SoftmaxRule());
        }
        BY_OPERATOR.put("Concat", new ConcatRule());
        BY_OPERATOR.put("Split", new SplitRule());
        BY_OPERATOR.put("Slice", new SliceRule());
        BY_OPERATOR.put("Pad", new PadRule());
        BY_OPERATOR.put("Resize", new ResizeRule());
        BY_OPERATOR.put("Transpose", new TransposeRule());
        for (String operator : List.of("Flatten", "Reshape", "Squeeze", "Unsqueeze")) {
            BY_OPERATOR.put(operator, new ReshapeRule());
        }
        BY_OPERATOR.put("Shape", new ShapeRule());
    }

    private ChannelRules() {}

    /** The operators that have one. */
    static Set<String> operators() {
        return Set.copyOf(BY_OPERATOR.keySet());
    }

    /** The rule of a node; empty if its operator has none. */
    static Optional<ChannelRule> of(Node node) {
        return node.is(node.opType()) ? Optional.ofNullable(BY_OPERATOR.get(node.opType())) : Optional.empty();
    }

    /** True of a node whose outputs have channels of their own. */
    static boolean startsChannels(Node node) {
        return node.is(node.opType()) && STARTING.contains(node.opType());
    }
}
