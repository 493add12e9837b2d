package lathe.cli.device;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/** Nodes whose times follow the same rule. */
enum NodeKind {
    /** A run as a whole: what is fed and what comes out. */
    RUN,
    /** A convolution of one position. */
    POINTWISE,
    /** Any other convolution without groups. */
    CONVOLUTION("Conv"),
    /** A convolution of one channel a group. */
    DEPTHWISE,
    /** A convolution of several channels a group. */
    GROUPED,
    DECONVOLUTION("ConvTranspose"),
    PRODUCT("MatMul Gemm"),
    /** An Add behind a convolution, and the clip behind that. */
    SUM,
    /** Arithmetic element by element. */
    ELEMENTWISE(
            "Add Sub Mul Div Relu Clip Min Max Neg Abs Sqrt LeakyRelu PRelu HardSigmoid HardSwish BatchNormalization"),
    /** A function such as Sigmoid or Softmax; operators that are not known are taken for one. */
    FUNCTION,
    /** An average or a maximum over positions. */
    POOL("MaxPool AveragePool GlobalAveragePool GlobalMaxPool ReduceMean ReduceSum ReduceMax ReduceMin ReduceL2"),
    /** Interpolates between positions. */
    RESIZE("Resize Upsample"),
    /** Changes the order of axes. */
    TRANSPOSE("Transpose DepthToSpace SpaceToDepth"),
    /** Moves elements otherwise, or selects some. */
    MOVE("Concat Slice Split Gather Pad Expand Tile Where Cast GatherND ScatterND"),
    /** Gives the same elements another shape. */
    VIEW("Reshape Flatten Squeeze Unsqueeze Identity Dropout"),
    /** Floats to codes. */
    QUANTIZE("QuantizeLinear"),
    /** Codes to floats. */
    DEQUANTIZE("DequantizeLinear");

    private static final Map<String, NodeKind> BY_OPERATOR = new HashMap<>();

    static {
        for (NodeKind kind : values()) {
            for (String operator : kind.operators.split(" ", -1)) {
                BY_OPERATOR.put(operator, kind);
            }
        }
    }

    private final String operators;

    NodeKind() {
        this("");
    }

    /** @param operators that are always of this kind */
    NodeKind(String operators) {
        this.operators = operators;
    }

    /** The kind of most nodes of an operator. */
    static NodeKind of(String operator) {
        return BY_OPERATOR.getOrDefault(operator, FUNCTION);
    }

    boolean isConvolution() {
        return this == POINTWISE || this == CONVOLUTION || this == DEPTHWISE || this == GROUPED;
    }

    boolean multiplies() {
        return isConvolution() || this == DECONVOLUTION || this == PRODUCT;
    }

    /** Its name in a profile. */
    String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
