package lathe.hostile;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.AttributeProto.AttributeType;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import com.google.protobuf.ByteString;
import com.google.protobuf.UnknownFieldSet;
import java.util.ArrayList;
import java.util.List;

/** Spoils how a model hangs together: order, names, inputs, operator sets, nesting. */
final class GraphMutations {

    private static final List<Long> OPSETS = List.of(-1L, 0L, 1L, 6L, 7L, 8L, 9L, 10L, 11L, 12L, 13L, 17L, 21L, 25L);

    private GraphMutations() {}

    /** Operator sets that are missing, doubled, too old, too new, or of another domain. */
    static void opset(ModelProto.Builder model, Choices choices) {
        if (choices.oneIn(3)) {
            model.clearOpsetImport();
        }
        if (!choices.oneIn(4)) {
            long version = choices.oneIn(4) ? NastyValues.integer(choices) : choices.of(OPSETS);
            String domain = choices.of(List.of("", "", "ai.onnx", "com.example"));
            model.addOpsetImport(
                    OperatorSetIdProto.newBuilder().setDomain(domain).setVersion(version));
        }
    }

    /** Two nodes that change places, or a node that reads what it leads to. */
    static void order(ModelProto.Builder model, Choices choices) {
        GraphProto.Builder graph = model.getGraphBuilder();
        int count = graph.getNodeCount();
        if (count == 0) {
            return;
        }
        int first = choices.below(count);
        int second = choices.below(count);
        NodeProto node = graph.getNode(first);
        NodeProto later = graph.getNode(second);
        if (choices.oneIn(2)) {
            graph.setNode(first, later).setNode(second, node);
        } else if (node.getInputCount() > 0 && later.getOutputCount() > 0) {
            graph.setNode(first, node.toBuilder().setInput(choices.below(node.getInputCount()), later.getOutput(0)));
        }
    }

    /** A name that something else has, or a strange one, wherever it stands. */
    static void names(ModelProto.Builder model, Choices choices) {
        GraphProto graph = model.getGraph();
        String old = NodeMutations.valueOf(graph, choices);
        String renamed = choices.oneIn(3) ? NastyValues.text(choices) : NodeMutations.valueOf(graph, choices);
        GraphProto.Builder changed = model.getGraphBuilder();
        for (NodeProto.Builder node : changed.getNodeBuilderList()) {
            for (int i = 0; i < node.getInputCount(); i++) {
                node.setInput(i, node.getInput(i).equals(old) ? renamed : node.getInput(i));
            }
            for (int i = 0; i < node.getOutputCount(); i++) {
                node.setOutput(i, node.getOutput(i).equals(old) ? renamed : node.getOutput(i));
            }
            if (choices.oneIn(4)) {
                node.setName(choices.oneIn(2) ? "" : renamed);
            }
        }
        changed.getInitializerBuilderList().forEach(tensor -> {
            if (tensor.getName().equals(old)) {
                tensor.setName(renamed);
            }
        });
        rename(changed.getInputBuilderList(), old, renamed);
        rename(changed.getOutputBuilderList(), old, renamed);
    }

    private static void rename(List<ValueInfoProto.Builder> values, String old, String renamed) {
        values.stream().filter(value -> value.getName().equals(old)).forEach(value -> value.setName(renamed));
    }

    /** Inputs and outputs of the graph that are gone, doubled, or of another shape. */
    static void ends(ModelProto.Builder model, Choices choices) {
        GraphProto.Builder graph = model.getGraphBuilder();
        switch (choices.below(7)) {
            case 0 -> graph.clearInput();
            case 1 -> graph.clearOutput();
            case 2 -> graph.clearNode();
            case 3 -> graph.clearInitializer();
            case 4 ->
                graph.addOutput(ValueInfoProto.newBuilder().setName(NodeMutations.valueOf(model.getGraph(), choices)));
            case 5 -> model.clearGraph();
            default -> shape(graph, choices);
        }
    }

    private static void shape(GraphProto.Builder graph, Choices choices) {
        if (graph.getInputCount() == 0) {
            return;
        }
        TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
        for (long extent : NastyValues.integers(choices)) {
            if (choices.oneIn(5)) {
                shape.addDimBuilder().setDimParam(NastyValues.text(choices));
            } else {
                shape.addDimBuilder().setDimValue(extent);
            }
        }
        graph.getInputBuilder(choices.below(graph.getInputCount()))
                .getTypeBuilder()
                .getTensorTypeBuilder()
                .setElemType(choices.oneIn(4) ? choices.below(26) : 1)
                .setShape(shape);
    }

    /** A constant of a few bytes in the file and up to 2^62 elements, in the way of a value. */
    static void hugeConstant(ModelProto.Builder model, Choices choices) {
        GraphProto.Builder graph = model.getGraphBuilder();
        TensorProto.Builder shape =
                TensorProto.newBuilder().setName("huge_shape").setDataType(TensorProto.DataType.INT64.getNumber());
        List<Long> extents = NastyValues.integers(choices);
        shape.addDims(extents.size()).addAllInt64Data(extents);
        graph.addInitializer(shape);
        graph.addNode(
                0,
                NodeProto.newBuilder()
                        .setOpType(choices.of(List.of("ConstantOfShape", "Expand", "RandomNormal")))
                        .addInput("huge_shape")
                        .addOutput("huge"));
        int count = graph.getNodeCount();
        NodeProto.Builder reader = graph.getNodeBuilder(choices.below(count));
        if (reader.getInputCount() > 0) {
            reader.setInput(choices.below(reader.getInputCount()), "huge");
        }
    }

    /** An If in an If in an If. */
    static void nesting(ModelProto.Builder model, Choices choices) {
        int depth = choices.of(List.of(1, 5, 24, 32, 40, 200, 400));
        GraphProto body = GraphProto.newBuilder()
                .setName("innermost")
                .addNode(NodeProto.newBuilder()
                        .setOpType("Identity")
                        .addInput(NodeMutations.valueOf(model.getGraph(), choices))
                        .addOutput("deep"))
                .addOutput(ValueInfoProto.newBuilder().setName("deep"))
                .build();
        for (int i = 0; i < depth; i++) {
            body = GraphProto.newBuilder().setName("b").addNode(branch(body)).build();
        }
        model.getGraphBuilder().addNode(branch(body));
    }

    private static NodeProto branch(GraphProto body) {
        return NodeProto.newBuilder()
                .setOpType("If")
                .addInput("condition")
                .addOutput("chosen")
                .addAttribute(AttributeProto.newBuilder()
                        .setName("then_branch")
                        .setType(AttributeType.GRAPH)
                        .setG(body))
                .build();
    }

    /** Thousands of nodes in a row that do nothing, between a constant or a value and who reads it. */
    static void longChain(ModelProto.Builder model, Choices choices) {
        GraphProto.Builder graph = model.getGraphBuilder();
        String start = NodeMutations.valueOf(model.getGraph(), choices);
        String operator = choices.of(List.of("Identity", "Relu", "Reshape", "Flatten", "Dropout"));
        int length = choices.of(List.of(1, 1, 2, 2, 3, 20, 200, 2000));
        List<NodeProto> chain = new ArrayList<>();
        String last = start;
        for (int i = 0; i < length; i++) {
            String next = "chain" + i;
            chain.add(NodeProto.newBuilder()
                    .setOpType(operator)
                    .addInput(last)
                    .addOutput(next)
                    .build());
            last = next;
        }
        int place = 0;
        for (int i = 0; i < graph.getNodeCount(); i++) {
            place = graph.getNode(i).getOutputList().contains(start) ? i + 1 : place;
        }
        for (int i = place; i < graph.getNodeCount(); i++) {
            NodeProto.Builder node = graph.getNodeBuilder(i);
            for (int j = 0; j < node.getInputCount(); j++) {
                node.setInput(j, node.getInput(j).equals(start) ? last : node.getInput(j));
            }
        }
        List<NodeProto> nodes = new ArrayList<>(graph.getNodeList());
        nodes.addAll(place, chain);
        graph.clearNode().addAllNode(nodes);
    }

    /** One constant that many read, some of them in two places. */
    static void sharing(ModelProto.Builder model, Choices choices) {
        GraphProto.Builder graph = model.getGraphBuilder();
        String shared = NodeMutations.valueOf(model.getGraph(), choices);
        for (NodeProto.Builder node : graph.getNodeBuilderList()) {
            if (node.getInputCount() > 0 && choices.oneIn(3)) {
                node.setInput(choices.below(node.getInputCount()), shared);
            }
        }
    }

    /** Fields that no schema knows, and text that is not UTF-8. */
    static void unknownFields(ModelProto.Builder model, Choices choices) {
        UnknownFieldSet.Field.Builder field = UnknownFieldSet.Field.newBuilder();
        switch (choices.below(3)) {
            case 0 -> field.addVarint(choices.bits());
            case 1 -> field.addLengthDelimited(ByteString.copyFrom(new byte[] {(byte) 0xff, 0x00, (byte) 0xc3}));
            default -> field.addFixed64(choices.bits());
        }
        UnknownFieldSet unknown = UnknownFieldSet.newBuilder()
                .addField(choices.of(List.of(1, 2, 5, 7, 100, 536_870_911)), field.build())
                .build();
        GraphProto.Builder graph = model.getGraphBuilder();
        if (graph.getNodeCount() > 0 && choices.oneIn(2)) {
            graph.getNodeBuilder(choices.below(graph.getNodeCount())).mergeUnknownFields(unknown);
        } else if (choices.oneIn(2)) {
            graph.mergeUnknownFields(unknown);
        } else {
            model.mergeUnknownFields(unknown);
        }
    }
}
