package lathe.engine.onnx;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.SparseTensorProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Node;
import lathe.engine.graph.SparseConstant;
import lathe.engine.graph.UnsupportedModelException;
import lathe.engine.graph.Value;

/** The bytes of a model to a {@link Graph}. Tensors in {@code raw_data} share the memory of the bytes. */
record ModelReader(ExternalFiles files) {

    /** @throws UnsupportedModelException if the bytes are no ONNX model, or a damaged one */
    static Graph read(ByteString bytes, ExternalFiles files) {
        if (bytes.isEmpty()) {
            throw new UnsupportedModelException("the file is empty");
        }
        return new ModelReader(files).read(bytes);
    }

    private Graph read(ByteString bytes) {
        ModelProto model = parse(bytes);
        if (!model.hasGraph()) {
            throw new UnsupportedModelException("the file holds no graph: not an ONNX model");
        }
        Map<String, Long> opsets = ModelOrigin.opsets(model);
        Opsets.standard(opsets).ifPresent(Opsets::check);

        GraphProto graph = model.getGraph();
        List<Initializer> initializers = initializers(graph);
        List<Node> nodes = NodeOrder.sorted(nodes(graph, opsets));
        Content.resolve(model, files);
        List<Value> inputs = graph.getInputList().stream().map(Values::read).toList();
        List<Value> outputs = graph.getOutputList().stream().map(Values::read).toList();
        Map<String, SparseConstant> sparse = sparseConstants(graph, nodes);
        Graph read = new Graph(
                nodes,
                initializers,
                inputs,
                outputs,
                opsets,
                ModelOrigin.metadata(model),
                Map.of(),
                Optional.of(new ModelOrigin(bytes, model, sparse, files)));
        GraphCheck.problem(read, sparse.keySet()).ifPresent(problem -> {
            throw new UnsupportedModelException(problem);
        });
        return read;
    }

    private static ModelProto parse(ByteString bytes) {
        CodedInputStream in = bytes.newCodedInput();
        in.enableAliasing(true);
        try {
            ModelProto model = ModelProto.parseFrom(in);
            in.checkLastTagWas(0);
            return model;
        } catch (IOException e) {
            throw new UnsupportedModelException(reason(String.valueOf(e.getMessage())), e);
        }
    }

    /** In Lathe's words what protobuf found wrong. */
    private static String reason(String message) {
        if (message.contains("levels of nesting")) {
            return "sub-graphs are nested too deeply";
        }
        return message.contains("ended unexpectedly")
                ? "not an ONNX model, or one that was cut short"
                : "not an ONNX model, or a damaged one";
    }

    private Map<String, SparseConstant> sparseConstants(GraphProto graph, List<Node> nodes) {
        Map<String, SparseConstant> constants = new LinkedHashMap<>();
        for (SparseTensorProto message : graph.getSparseInitializerList()) {
            Initializer values = Tensors.read(message.getValues(), files);
            Initializer indices = Tensors.read(message.getIndices(), files);
            String name = values.name();
            boolean inUse = nodes.stream()
                    .anyMatch(node ->
                            node.inputs().contains(name) || node.captures().contains(name));
            constants.put(name, new SparseConstant(message.getDimsList(), values, indices, inUse));
        }
        return constants;
    }

    private List<Initializer> initializers(GraphProto graph) {
        List<Initializer> read = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (TensorProto message : graph.getInitializerList()) {
            if (!names.add(message.getName())) {
                throw new UnsupportedModelException("two initializers are named '%s'".formatted(message.getName()));
            }
            read.add(Tensors.read(message, files));
        }
        return read;
    }

    private List<Node> nodes(GraphProto graph, Map<String, Long> opsets) {
        List<Node> read = new ArrayList<>();
        for (NodeProto message : graph.getNodeList()) {
            if (Opsets.isStandard(message.getDomain())
                    && Opsets.standard(opsets).isEmpty()) {
                throw new UnsupportedModelException(
                        "the model uses standard operators, but names no version of them: opset %d to %d is supported"
                                .formatted(Opsets.OLDEST, Opsets.NEWEST));
            }
            try {
                read.add(Nodes.read(message, files));
            } catch (UnsupportedModelException e) {
                throw new UnsupportedModelException(
                        "node %d '%s' (%s): %s"
                                .formatted(read.size(), message.getName(), message.getOpType(), e.getMessage()),
                        e);
            }
        }
        return read;
    }
}
