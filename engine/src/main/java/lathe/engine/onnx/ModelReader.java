package lathe.engine.onnx;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.SparseTensorProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import com.google.protobuf.ByteString;
import com.google.protobuf.Parser;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Node;
import lathe.engine.graph.SparseConstant;
import lathe.engine.graph.UnsupportedModelException;
import lathe.engine.graph.Value;

/** The bytes of a model to a {@link Graph}. Tensors share the memory of the bytes. */
final class ModelReader {

    private final ExternalFiles files;

    private ModelReader(ExternalFiles files) {
        this.files = files;
    }

    /** @throws UnsupportedModelException if the bytes are no ONNX model, or a damaged one */
    static Graph read(ByteString bytes, ExternalFiles files) {
        if (bytes.isEmpty()) {
            throw new UnsupportedModelException("the file is empty");
        }
        return new ModelReader(files).read(bytes);
    }

    private Graph read(ByteString bytes) {
        WireMessage model = cut("the file", bytes);
        List<Field> graphs = model.all(ModelProto.GRAPH_FIELD_NUMBER);
        ModelProto rest = parse(
                "the file",
                ModelProto.parser(),
                model.without(number -> number == ModelProto.GRAPH_FIELD_NUMBER).toByteString());
        if (graphs.size() != 1) {
            throw new UnsupportedModelException(
                    graphs.isEmpty() ? "the file holds no graph: not an ONNX model" : "the file holds several graphs");
        }
        Map<String, Long> opsets = new LinkedHashMap<>();
        rest.getOpsetImportList().forEach(opset -> opsets.put(opset.getDomain(), opset.getVersion()));
        Map<String, String> metadata = new LinkedHashMap<>();
        rest.getMetadataPropsList().forEach(entry -> metadata.put(entry.getKey(), entry.getValue()));
        Opsets.standard(opsets).ifPresent(Opsets::check);

        WireMessage graph = cut("the graph", graphs.get(0).payload());
        GraphProto ends = parse(
                "the graph",
                GraphProto.parser(),
                graph.without(number ->
                                number == GraphProto.NODE_FIELD_NUMBER || number == GraphProto.INITIALIZER_FIELD_NUMBER)
                        .toByteString());
        List<Initializer> initializers = initializers(graph);
        List<Node> nodes = NodeOrder.sorted(nodes(graph, opsets));
        ExternalTensors.resolveIn(rest, files);
        ExternalTensors.resolveIn(ends, files);
        List<Value> inputs = values(graph.all(GraphProto.INPUT_FIELD_NUMBER), ends.getInputList());
        List<Value> outputs = values(graph.all(GraphProto.OUTPUT_FIELD_NUMBER), ends.getOutputList());
        Set<String> strayInfo = new HashSet<>();
        ends.getValueInfoList().forEach(info -> strayInfo.add(info.getName()));
        strayInfo.removeAll(ValueNames.all(nodes, initializers, inputs));
        ModelOrigin origin = new ModelOrigin(
                model,
                graph,
                rest.getIrVersion(),
                Map.copyOf(opsets),
                Map.copyOf(metadata),
                ValueNames.unlisted(initializers, inputs),
                strayInfo,
                sparseConstants(ends, nodes),
                CarriedConstants.bytes(rest),
                functionOperators(rest),
                files,
                files.regions());
        Graph read = new Graph(nodes, initializers, inputs, outputs, opsets, metadata, Map.of(), Optional.of(origin));
        GraphCheck.problem(read, origin.sparseConstants().keySet()).ifPresent(problem -> {
            throw new UnsupportedModelException(problem);
        });
        return read;
    }

    private Map<String, SparseConstant> sparseConstants(GraphProto ends, List<Node> nodes) {
        Map<String, SparseConstant> constants = new LinkedHashMap<>();
        for (SparseTensorProto message : ends.getSparseInitializerList()) {
            Initializer values = Tensors.read(message.getValues(), files);
            Initializer indices = Tensors.read(message.getIndices(), files);
            String name = values.name();
            boolean inUse = nodes.stream()
                    .anyMatch(node ->
                            node.inputs().contains(name) || node.captures().contains(name));
            constants.put(name, new SparseConstant(message.getDimsList(), values, indices, inUse));
        }
        return Collections.unmodifiableMap(constants);
    }

    private static Set<String> functionOperators(ModelProto model) {
        return model.getFunctionsList().stream()
                .flatMap(function -> Captures.operatorsIn(function.getNodeList()).stream())
                .collect(Collectors.toUnmodifiableSet());
    }

    private List<Initializer> initializers(WireMessage graph) {
        List<Initializer> read = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (Field field : graph.all(GraphProto.INITIALIZER_FIELD_NUMBER)) {
            TensorProto message = parse("initializer " + read.size(), TensorProto.parser(), field.payload());
            if (!names.add(message.getName())) {
                throw new UnsupportedModelException("two initializers are named '%s'".formatted(message.getName()));
            }
            read.add(Tensors.read(field, message, files));
        }
        return read;
    }

    private List<Node> nodes(WireMessage graph, Map<String, Long> opsets) {
        List<Node> read = new ArrayList<>();
        for (Field field : graph.all(GraphProto.NODE_FIELD_NUMBER)) {
            NodeProto message = parse("node " + read.size(), NodeProto.parser(), field.payload());
            if (Opsets.isStandard(message.getDomain())
                    && Opsets.standard(opsets).isEmpty()) {
                throw new UnsupportedModelException(
                        "the model uses standard operators, but names no version of them: opset %d to %d is supported"
                                .formatted(Opsets.OLDEST, Opsets.NEWEST));
            }
            try {
                read.add(Nodes.read(field, message, files));
            } catch (UnsupportedModelException e) {
                throw new UnsupportedModelException(
                        "node %d '%s' (%s): %s"
                                .formatted(read.size(), message.getName(), message.getOpType(), e.getMessage()),
                        e);
            }
        }
        return read;
    }

    private static List<Value> values(List<Field> fields, List<ValueInfoProto> messages) {
        List<Value> read = new ArrayList<>();
        for (int i = 0; i < fields.size(); i++) {
            read.add(Values.read(fields.get(i), messages.get(i)));
        }
        return read;
    }

    private static WireMessage cut(String where, ByteString bytes) {
        try {
            return WireMessage.of(bytes);
        } catch (IOException e) {
            throw Damage.in(where, e);
        }
    }

    private static <T> T parse(String where, Parser<T> parser, ByteString bytes) {
        try {
            return WireMessage.parse(parser, bytes);
        } catch (IOException e) {
            throw Damage.in(where, e);
        }
    }
}
