package lathe.engine.qdq;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import lathe.engine.graph.Attribute;
import lathe.engine.graph.GraphEdit;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Node;
import lathe.engine.operator.Operator;
import lathe.engine.tensor.ElementType;

/**
 * What a Conv, ConvTranspose or Gemm reads that is to compute in float: a quantized value through a scale per channel whose
 * entries are all equal. Where the scale is a scalar and the output is quantized too, ONNX Runtime
 * (WeightBiasQuantization, 1.21 to 1.32 at least) quantizes constant float weights by itself, to 8 bits with one scale for
 * all. One channel cannot be told from a scalar.
 *
 * @param axis of the channels in the value
 * @param channels extent of the axis
 */
record PerChannelRead(int axis, int channels) {

    /** That of a node with weights of these extents, at least two. */
    static PerChannelRead of(Operator operator, Node node, List<Long> dims) {
        int axis = operator.observed(node, dims)
                .match(windows -> 1, rows -> 2 + rows.inputs().get(0).position(), steps -> 2, () -> 0);
        return new PerChannelRead(axis, operator.layout(node, dims).inputs());
    }

    /**
     * The node that dequantizes codes.
     *
     * @param type of the codes, UINT8 or INT8
     */
    Node node(GraphEdit edit, String codes, float scale, ElementType type, byte zeroPoint) {
        float[] scales = new float[channels];
        byte[] zeroPoints = new byte[channels];
        Arrays.fill(scales, scale);
        Arrays.fill(zeroPoints, zeroPoint);
        List<String> inputs = List.of(
                codes,
                edit.putFresh(Initializer.ofFloats("s", scales, channels)),
                edit.putFresh(Initializer.ofCodes("z", type, List.of((long) channels), zeroPoints)));
        Map<String, Attribute> along = Map.of("axis", new Attribute.Int(axis));
        return Node.of("", "DequantizeLinear", inputs, List.of(edit.freshName("dq")), along);
    }
}
