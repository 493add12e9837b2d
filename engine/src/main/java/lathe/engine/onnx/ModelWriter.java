package lathe.engine.onnx;

import ai.onnx.proto.OnnxMl.FunctionProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import com.google.protobuf.CodedOutputStream;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Value;

/**
 * A {@link Graph} to the message of a model: that which it was read as, with what has changed. Whatever Lathe does not
 * understand, fields that this version of the format does not know among them, stays in it.
 */
record ModelWriter(Graph graph, ModelOrigin origin, TensorStore store) {

    /** The first IR version in which an initializer need not be listed among the inputs. */
    private static final long OPTIONAL_INPUTS = 4;

    /** Below whatever a file may say. */
    private static final long NO_VERSION = Long.MIN_VALUE;

    /**
     * The model; empty if it would not fit one message of {@code limit} bytes. Elements of tensors are not copied.
     *
     * @throws IllegalArgumentException if a node reads a value that nothing before it produces, or if something is
     *     neither copied from a file nor of a kind that can be made
     */
    static Optional<ModelProto> write(Graph graph, TensorStore store, long limit) {
        ModelOrigin origin = ModelOrigin.of(graph);
        GraphCheck.problem(graph, origin.names()).ifPresent(problem -> {
            throw new IllegalArgumentException(problem);
        });
        return new ModelWriter(graph, origin, store).model(limit);
    }

    private Optional<ModelProto> model(long limit) {
        ModelProto.Builder model = Content.placed(frame(), origin.files(), store).toBuilder();
        List<NodeProto> nodes =
                graph.nodes().stream().map(node -> Nodes.write(node, store)).toList();
        List<TensorProto> initializers = graph.initializers().values().stream()
                .map(tensor -> Tensors.write(tensor, store))
                .toList();
        long size = Stream.concat(nodes.stream(), initializers.stream())
                .mapToLong(CodedOutputStream::computeMessageSizeNoTag)
                .map(bytes -> bytes + 1)
                .sum();
        if (size + model.build().getSerializedSize() > limit) {
            return Optional.empty();
        }
        model.getGraphBuilder().addAllNode(nodes).addAllInitializer(initializers);
        return Optional.of(model.build());
    }

    /** The model without nodes and initializers. */
    private ModelProto frame() {
        ModelProto.Builder model = origin.model().toBuilder();
        long irVersion = irVersion();
        if (irVersion != model.getIrVersion()) {
            model.setIrVersion(irVersion);
        }
        if (!graph.opsets().equals(ModelOrigin.opsets(origin.model()))) {
            putOpsets(model);
        }
        if (!graph.metadata().equals(ModelOrigin.metadata(origin.model()))) {
            putMetadata(model);
        }
        GraphProto.Builder content = model.getGraphBuilder().clearNode().clearInitializer();
        // before IR version 4 a listed initializer is a constant all the same, from then on one that callers override
        boolean unlist = origin.model().getIrVersion() < OPTIONAL_INPUTS && irVersion >= OPTIONAL_INPUTS;
        content.clearInput().addAllInput(values(unlist ? graph.requiredInputs() : graph.inputs()));
        content.clearOutput().addAllOutput(values(graph.outputs()));
        dropDescriptions(content);
        dropUnreadSparse(content);
        return model.build();
    }

    private static List<ValueInfoProto> values(List<Value> values) {
        return values.stream().map(Values::write).toList();
    }

    /**
     * Functions that name the model's version of the standard operator set are raised with it, as the format wants them
     * to name the same operators. What they hold must mean the same in both; those of another version stay as they are.
     */
    private void putOpsets(ModelProto.Builder model) {
        Map<String, OperatorSetIdProto> old = new HashMap<>();
        model.getOpsetImportList().forEach(opset -> old.put(opset.getDomain(), opset));
        model.clearOpsetImport();
        graph.opsets()
                .forEach((domain, version) -> model.addOpsetImport(
                        old.getOrDefault(domain, OperatorSetIdProto.getDefaultInstance()).toBuilder()
                                .setDomain(domain)
                                .setVersion(version)));
        long from = standardOpset(ModelOrigin.opsets(origin.model()));
        for (FunctionProto.Builder function : model.getFunctionsBuilderList()) {
            for (OperatorSetIdProto.Builder opset : function.getOpsetImportBuilderList()) {
                if (Opsets.isStandard(opset.getDomain()) && opset.getVersion() == from) {
                    opset.setVersion(standardOpset(graph.opsets()));
                }
            }
        }
    }

    private void putMetadata(ModelProto.Builder model) {
        Map<String, StringStringEntryProto> old = new HashMap<>();
        model.getMetadataPropsList().forEach(entry -> old.put(entry.getKey(), entry));
        model.clearMetadataProps();
        graph.metadata()
                .forEach((key, value) -> model.addMetadataProps(
                        old.getOrDefault(key, StringStringEntryProto.getDefaultInstance()).toBuilder()
                                .setKey(key)
                                .setValue(value)));
    }

    /** Drops the sparse constants that only nodes read which are gone. */
    private void dropUnreadSparse(GraphProto.Builder content) {
        Set<String> unread = new HashSet<>();
        origin.sparseConstants().forEach((name, sparse) -> {
            if (sparse.inUse() && !graph.isOutput(name) && graph.consumers(name).isEmpty()) {
                unread.add(name);
            }
        });
        for (int i = content.getSparseInitializerCount() - 1; i >= 0; i--) {
            if (unread.contains(content.getSparseInitializer(i).getValues().getName())) {
                content.removeSparseInitializer(i);
            }
        }
    }

    /** Drops what the file says of inner values that are gone. */
    private void dropDescriptions(GraphProto.Builder content) {
        GraphProto old = origin.model().getGraph();
        Set<String> gone = new HashSet<>();
        old.getNodeList().forEach(node -> gone.addAll(node.getOutputList()));
        old.getInitializerList().forEach(tensor -> gone.add(tensor.getName()));
        old.getInputList().forEach(input -> gone.add(input.getName()));
        graph.nodes().forEach(node -> gone.removeAll(node.outputs()));
        gone.removeAll(graph.initializers().keySet());
        graph.inputs().forEach(input -> gone.remove(input.name()));
        for (int i = content.getValueInfoCount() - 1; i >= 0; i--) {
            if (gone.contains(content.getValueInfo(i).getName())) {
                content.removeValueInfo(i);
            }
        }
    }

    /** Raised where a raised operator set, a new initializer that is no input, or its type asks for it. */
    private long irVersion() {
        long wanted = standardOpset(graph.opsets());
        long needed = wanted > standardOpset(ModelOrigin.opsets(origin.model()))
                ? Opsets.irVersion(wanted)
                : hasNewUnlistedInitializer() ? OPTIONAL_INPUTS : NO_VERSION;
        return Math.max(Math.max(origin.model().getIrVersion(), needed), irVersionOfNewTypes());
    }

    private static long standardOpset(Map<String, Long> opsets) {
        return Opsets.standard(opsets).orElse(0L);
    }

    private long irVersionOfNewTypes() {
        return graph.initializers().values().stream()
                .filter(tensor -> tensor.origin().isEmpty())
                .mapToLong(tensor -> Opsets.irVersion(tensor.type()))
                .max()
                .orElse(NO_VERSION);
    }

    private boolean hasNewUnlistedInitializer() {
        Set<String> before = new HashSet<>();
        origin.model().getGraph().getInitializerList().forEach(tensor -> before.add(tensor.getName()));
        origin.model().getGraph().getInputList().forEach(input -> before.remove(input.getName()));
        Set<String> now = new HashSet<>(graph.initializers().keySet());
        graph.inputs().forEach(input -> now.remove(input.name()));
        return !before.containsAll(now);
    }
}
