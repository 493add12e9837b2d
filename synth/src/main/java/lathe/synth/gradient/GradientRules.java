package lathe.synth.gradient;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import lathe.engine.graph.Node;
import lathe.engine.graph.UnsupportedModelException;

/** The rule of each operator of the standard set that has one. */
final class GradientRules {

    private static final Map<String, GradientRule> BY_OPERATOR = new HashMap<>();

    static {
        BY_OPERATOR.put("Conv", new ConvRule());
        BY_OPERATOR.put("ConvTranspose", new ConvTransposeRule());
        BY_OPERATOR.put("Gemm", new GemmRule());
        BY_OPERATOR.put("MatMul", new MatMulRule());
        BY_OPERATOR.put("BatchNormalization", new BatchNormalizationRule());
        BY_OPERATOR.put("MaxPool", new MaxPoolRule());
        BY_OPERATOR.put("AveragePool", new AveragePoolRule());
        BY_OPERATOR.put("Pad", new PadRule());
        BY_OPERATOR.put("Slice", new SliceRule());
        BY_OPERATOR.put("Concat", new ConcatRule());
        BY_OPERATOR.put("Split", new SplitRule());
        BY_OPERATOR.put("Transpose", new TransposeRule());
        BY_OPERATOR.put("Resize", new ResizeRule());
        for (String operator : List.of("Identity", "Dropout", "Reshape", "Flatten", "Squeeze", "Unsqueeze")) {
            BY_OPERATOR.put(operator, new ReshapeRule());
        }
        for (String operator : List.of("GlobalAveragePool", "ReduceMean", "ReduceSum")) {
            BY_OPERATOR.put(operator, new ReductionRule());
        }
        BY_OPERATOR.putAll(ArithmeticRules.BY_OPERATOR);
        BY_OPERATOR.putAll(ActivationRules.BY_OPERATOR);
    }

    private GradientRules() {}

    /** The operators that have one. */
    static Set<String> operators() {
        return Set.copyOf(BY_OPERATOR.keySet());
    }

    /** @throws UnsupportedModelException if there is none */
    static GradientRule of(Node node) {
        GradientRule rule = node.is(node.opType()) ? BY_OPERATOR.get(node.opType()) : null;
        boolean trains = node.integer("training_mode").orElse(0) != 0;
        if (rule == null || trains) {
            throw GradientRule.unknown(node, trains ? " in training mode" : "");
        }
        return rule;
    }
}
