package lathe.hostile;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.AttributeProto.AttributeType;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Spoils nodes: operators, attributes, and what they read and write. */
final class NodeMutations {

    private static final List<String> OPERATORS = List.of(
            "Conv",
            "ConvTranspose",
            "Gemm",
            "MatMul",
            "BatchNormalization",
            "Add",
            "Sub",
            "Mul",
            "Div",
            "Min",
            "Relu",
            "Clip",
            "LeakyRelu",
            "PRelu",
            "Sigmoid",
            "HardSigmoid",
            "HardSwish",
            "Concat",
            "Split",
            "AveragePool",
            "GlobalAveragePool",
            "MaxPool",
            "ReduceMean",
            "Reshape",
            "Flatten",
            "Transpose",
            "Squeeze",
            "Unsqueeze",
            "Slice",
            "Gather",
            "Resize",
            "Upsample",
            "Pad",
            "Identity",
            "Dropout",
            "Constant",
            "ConstantOfShape",
            "Shape",
            "Cast",
            "Softmax",
            "Hardmax",
            "TopK",
            "Scatter",
            "ReduceSum",
            "ReduceL1",
            "DFT",
            "RoiAlign",
            "GridSample",
            "GroupNormalization",
            "QuantizeLinear",
            "DequantizeLinear",
            "If",
            "Loop",
            "Scan");

    private static final List<String> ATTRIBUTES = List.of(
            "strides",
            "pads",
            "dilations",
            "kernel_shape",
            "group",
            "auto_pad",
            "output_padding",
            "output_shape",
            "transA",
            "transB",
            "alpha",
            "beta",
            "epsilon",
            "axis",
            "axes",
            "perm",
            "min",
            "max",
            "value",
            "value_float",
            "value_floats",
            "value_ints",
            "value_string",
            "sparse_value",
            "block_size",
            "keepdims",
            "training_mode",
            "spatial",
            "momentum",
            "shape",
            "split",
            "mode",
            "ceil_mode",
            "to",
            "then_branch");

    private NodeMutations() {}

    /** Another operator over the same values. */
    static void operator(ModelProto.Builder model, Choices choices) {
        NodeProto.Builder node = node(model, choices);
        if (node != null) {
            node.setOpType(choices.of(OPERATORS));
            if (choices.oneIn(8)) {
                node.setDomain(choices.of(List.of("ai.onnx", "com.microsoft", "", "ai.onnx.ml")));
            }
        }
    }

    /** An attribute that says something else, is of another type, or is not there. */
    static void attribute(ModelProto.Builder model, Choices choices) {
        NodeProto.Builder node = node(model, choices);
        if (node == null) {
            return;
        }
        int count = node.getAttributeCount();
        if (count > 0 && choices.oneIn(4)) {
            node.removeAttribute(choices.below(count));
            return;
        }
        String name = count > 0 && choices.oneIn(2)
                ? node.getAttribute(choices.below(count)).getName()
                : choices.of(ATTRIBUTES);
        for (int i = count - 1; i >= 0; i--) {
            if (node.getAttribute(i).getName().equals(name)) {
                node.removeAttribute(i);
            }
        }
        node.addAttribute(attribute(name, choices));
    }

    private static AttributeProto.Builder attribute(String name, Choices choices) {
        AttributeProto.Builder attribute = AttributeProto.newBuilder().setName(name);
        switch (choices.below(7)) {
            case 0 -> attribute.setType(AttributeType.INT).setI(NastyValues.extent(choices));
            case 1, 2 -> attribute.setType(AttributeType.INTS).addAllInts(NastyValues.integers(choices));
            case 3 -> attribute.setType(AttributeType.FLOAT).setF(NastyValues.real(choices));
            case 4 -> attribute.setType(AttributeType.STRING).setS(text(choices));
            case 5 -> attribute.setType(AttributeType.TENSOR).setT(TensorMutations.tensor("t", choices));
            default ->
                attribute.setType(choices.of(List.of(
                        AttributeType.INT,
                        AttributeType.FLOATS,
                        AttributeType.TENSOR,
                        AttributeType.GRAPH,
                        AttributeType.SPARSE_TENSOR,
                        AttributeType.TYPE_PROTO)));
        }
        return attribute;
    }

    private static ByteString text(Choices choices) {
        return choices.oneIn(4)
                ? ByteString.copyFrom(new byte[] {(byte) 0xc3, (byte) 0x28, (byte) 0xff})
                : ByteString.copyFromUtf8(NastyValues.text(choices));
    }

    /** Inputs and outputs that are missing, too many, in another order, or other values of the graph. */
    static void values(ModelProto.Builder model, Choices choices) {
        NodeProto.Builder node = node(model, choices);
        if (node == null) {
            return;
        }
        List<String> inputs = new ArrayList<>(node.getInputList());
        List<String> outputs = new ArrayList<>(node.getOutputList());
        switch (choices.below(8)) {
            case 0 -> inputs.clear();
            case 1 -> outputs.clear();
            case 2 -> shorten(inputs, choices);
            case 3 -> shorten(outputs, choices);
            case 4 -> replace(inputs, choices.oneIn(4) ? "" : valueOf(model.getGraph(), choices), choices);
            case 5 -> replace(outputs, choices.oneIn(2) ? "" : valueOf(model.getGraph(), choices), choices);
            case 6 -> inputs.add(valueOf(model.getGraph(), choices));
            default -> Collections.reverse(inputs);
        }
        node.clearInput().addAllInput(inputs).clearOutput().addAllOutput(outputs);
    }

    private static void shorten(List<String> names, Choices choices) {
        if (!names.isEmpty()) {
            names.remove(choices.below(names.size()));
        }
    }

    private static void replace(List<String> names, String value, Choices choices) {
        if (!names.isEmpty()) {
            names.set(choices.below(names.size()), value);
        }
    }

    /** The name of some value: of an initializer, an input, or a node's output. */
    static String valueOf(GraphProto graph, Choices choices) {
        List<String> names = new ArrayList<>(List.of("nothing"));
        graph.getInitializerList().forEach(tensor -> names.add(tensor.getName()));
        graph.getInputList().forEach(input -> names.add(input.getName()));
        graph.getNodeList().forEach(node -> names.addAll(node.getOutputList()));
        return choices.of(names);
    }

    private static NodeProto.Builder node(ModelProto.Builder model, Choices choices) {
        int count = model.getGraphBuilder().getNodeCount();
        return count == 0 ? null : model.getGraphBuilder().getNodeBuilder(choices.below(count));
    }
}
