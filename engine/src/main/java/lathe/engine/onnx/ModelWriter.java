package lathe.engine.onnx;

import ai.onnx.proto.OnnxMl.FunctionProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.SparseTensorProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnx.proto.OnnxMl.TrainingInfoProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import com.google.protobuf.Parser;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Node;
import lathe.engine.graph.Value;

/**
 * A {@link Graph} to the bytes of a model. Takes the file it was read from as a template: whatever the graph still says
 * the same way keeps its bytes and its place.
 */
final class ModelWriter {

    private static final String NAME = "lathe";

    private static final int GRAPH = ModelProto.GRAPH_FIELD_NUMBER;

    /** The first IR version in which an initializer need not be listed among the inputs. */
    private static final long OPTIONAL_INPUTS = 4;

    /** Below whatever a file may say. */
    private static final long NO_VERSION = Long.MIN_VALUE;

    private final Graph graph;
    private final ModelOrigin origin;
    private final TensorStore store;

    private ModelWriter(Graph graph, TensorStore store) {
        this.graph = graph;
        this.store = store;
        this.origin = originOf(graph);
    }

    /**
     * The model; empty if it would not fit one message of {@code limit} bytes.
     *
     * @throws IllegalArgumentException if a node reads a value that nothing before it produces, or if something is
     *     neither copied from a file nor of a kind that can be made
     */
    static Optional<ByteString> write(Graph graph, TensorStore store, long limit) {
        ModelOrigin origin = originOf(graph);
        GraphCheck.problem(graph, origin.sparseConstants().keySet()).ifPresent(problem -> {
            throw new IllegalArgumentException(problem);
        });
        try {
            return new ModelWriter(graph, store).model(limit);
        } catch (IOException e) {
            throw Damage.in("the model", e);
        }
    }

    static ModelOrigin originOf(Graph graph) {
        if (graph.origin().orElse(null) instanceof ModelOrigin found) {
            return found;
        }
        WireMessage model = new WireMessage(List.of(
                Field.of(ModelProto.IR_VERSION_FIELD_NUMBER, Opsets.irVersion(graph.opset())),
                Field.of(ModelProto.PRODUCER_NAME_FIELD_NUMBER, NAME)));
        WireMessage inner = new WireMessage(List.of(Field.of(GraphProto.NAME_FIELD_NUMBER, NAME)));
        return new ModelOrigin(
                model,
                inner,
                Opsets.irVersion(graph.opset()),
                Map.of(),
                Map.of(),
                Set.of(),
                Set.of(),
                Map.of(),
                0,
                Set.of(),
                ExternalFiles.none(),
                Set.of());
    }

    private Optional<ByteString> model(long limit) throws IOException {
        if (Tensors.newInside(graph.initializers().values(), store) > limit) {
            return Optional.empty();
        }
        long irVersion = irVersion();
        WireMessage model = origin.model();
        if (irVersion != origin.irVersion()) {
            model = model.with(ModelProto.IR_VERSION_FIELD_NUMBER, irVersion);
        }
        if (!graph.opsets().equals(origin.opsets())) {
            model = model.with(ModelProto.OPSET_IMPORT_FIELD_NUMBER, opsets());
            model = Functions.raised(model, standardOpset(origin.opsets()), standardOpset(graph.opsets()));
        }
        if (!graph.metadata().equals(origin.metadata())) {
            model = model.with(ModelProto.METADATA_PROPS_FIELD_NUMBER, metadata());
        }
        model = placed(model, ModelProto.FUNCTIONS_FIELD_NUMBER, FunctionProto.parser());
        model = placed(model, ModelProto.TRAINING_INFO_FIELD_NUMBER, TrainingInfoProto.parser());
        WireMessage content = graph(irVersion);
        long size = model.without(number -> number == GRAPH).size() + content.size();
        if (size > limit) {
            return Optional.empty();
        }
        if (!content.equals(origin.graph()) || model.all(GRAPH).isEmpty()) {
            model = model.with(GRAPH, List.of(Field.of(GRAPH, content.toByteString())));
        }
        return Optional.of(model.toByteString());
    }

    private WireMessage graph(long irVersion) throws IOException {
        WireMessage message = origin.graph();
        List<Field> nodes = new ArrayList<>(graph.nodes().size());
        for (Node node : graph.nodes()) {
            nodes.add(Nodes.write(GraphProto.NODE_FIELD_NUMBER, node, store));
        }
        List<Field> initializers = graph.initializers().values().stream()
                .map(tensor -> Tensors.write(GraphProto.INITIALIZER_FIELD_NUMBER, tensor, store))
                .toList();
        message = message.with(GraphProto.NODE_FIELD_NUMBER, nodes)
                .with(GraphProto.INITIALIZER_FIELD_NUMBER, initializers)
                .with(GraphProto.INPUT_FIELD_NUMBER, inputs(irVersion))
                .with(GraphProto.OUTPUT_FIELD_NUMBER, values(GraphProto.OUTPUT_FIELD_NUMBER, graph.outputs()))
                .with(GraphProto.VALUE_INFO_FIELD_NUMBER, valueInfo());
        return placed(withoutUnread(message), GraphProto.SPARSE_INITIALIZER_FIELD_NUMBER, SparseTensorProto.parser());
    }

    /** The message without the sparse constants that only nodes read which are gone. */
    private WireMessage withoutUnread(WireMessage message) throws IOException {
        Set<String> unread = new HashSet<>();
        origin.sparseConstants().forEach((name, sparse) -> {
            if (sparse.inUse() && !graph.isOutput(name)) {
                unread.add(name);
            }
        });
        for (Node node : graph.nodes()) {
            unread.removeAll(node.inputs());
            unread.removeAll(node.captures());
        }
        if (unread.isEmpty()) {
            return message;
        }
        List<Field> kept = new ArrayList<>();
        for (Field field : message.all(GraphProto.SPARSE_INITIALIZER_FIELD_NUMBER)) {
            SparseTensorProto sparse = WireMessage.parse(SparseTensorProto.parser(), field.payload());
            if (!unread.contains(sparse.getValues().getName())) {
                kept.add(field);
            }
        }
        return message.with(GraphProto.SPARSE_INITIALIZER_FIELD_NUMBER, kept);
    }

    /** Raised where a raised operator set, a new initializer that is no input, or its type asks for it. */
    private long irVersion() {
        long wanted = standardOpset(graph.opsets());
        long needed = wanted > standardOpset(origin.opsets())
                ? Opsets.irVersion(wanted)
                : hasNewUnlistedInitializer() ? OPTIONAL_INPUTS : NO_VERSION;
        return Math.max(Math.max(origin.irVersion(), needed), irVersionOfNewTypes());
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
        return !origin.unlisted()
                .containsAll(ValueNames.unlisted(graph.initializers().values(), graph.inputs()));
    }

    /**
     * Before IR version 4 every initializer had to be listed as an input and was a constant all the same; from then on
     * a listed one is a default that callers may override. So a raised version drops them from the list.
     */
    private List<Field> inputs(long irVersion) {
        boolean unlist = origin.irVersion() < OPTIONAL_INPUTS && irVersion >= OPTIONAL_INPUTS;
        return values(GraphProto.INPUT_FIELD_NUMBER, unlist ? graph.requiredInputs() : graph.inputs());
    }

    private static List<Field> values(int number, List<Value> values) {
        return values.stream().map(value -> Values.write(number, value)).toList();
    }

    /** What the file says of inner values, without those that are gone. */
    private List<Field> valueInfo() throws IOException {
        Set<String> present = ValueNames.all(graph.nodes(), graph.initializers().values(), graph.inputs());
        present.addAll(origin.strayInfo());
        List<Field> kept = new ArrayList<>();
        for (Field field : origin.graph().all(GraphProto.VALUE_INFO_FIELD_NUMBER)) {
            ValueInfoProto message = WireMessage.parse(ValueInfoProto.parser(), field.payload());
            if (present.contains(message.getName())) {
                kept.add(field);
            }
        }
        return kept;
    }

    private List<Field> opsets() throws IOException {
        Map<String, Long> missing = new LinkedHashMap<>(graph.opsets());
        List<Field> fields = new ArrayList<>();
        for (Field field : origin.model().all(ModelProto.OPSET_IMPORT_FIELD_NUMBER)) {
            OperatorSetIdProto message = WireMessage.parse(OperatorSetIdProto.parser(), field.payload());
            Long version = missing.remove(message.getDomain());
            if (version != null) {
                fields.add(
                        version == message.getVersion()
                                ? field
                                : opset(message.toBuilder(), message.getDomain(), version));
            }
        }
        missing.forEach((domain, version) -> fields.add(opset(OperatorSetIdProto.newBuilder(), domain, version)));
        return fields;
    }

    private static Field opset(OperatorSetIdProto.Builder message, String domain, long version) {
        return Field.of(
                ModelProto.OPSET_IMPORT_FIELD_NUMBER,
                message.setDomain(domain).setVersion(version).build().toByteString());
    }

    private List<Field> metadata() throws IOException {
        Map<String, String> missing = new LinkedHashMap<>(graph.metadata());
        List<Field> fields = new ArrayList<>();
        for (Field field : origin.model().all(ModelProto.METADATA_PROPS_FIELD_NUMBER)) {
            StringStringEntryProto message = WireMessage.parse(StringStringEntryProto.parser(), field.payload());
            String value = missing.remove(message.getKey());
            if (value != null) {
                fields.add(value.equals(message.getValue()) ? field : entry(message.getKey(), value));
            }
        }
        missing.forEach((key, value) -> fields.add(entry(key, value)));
        return fields;
    }

    private static Field entry(String key, String value) {
        return Field.of(
                ModelProto.METADATA_PROPS_FIELD_NUMBER,
                StringStringEntryProto.newBuilder()
                        .setKey(key)
                        .setValue(value)
                        .build()
                        .toByteString());
    }

    /** The message with the external tensors inside the fields of this number where the store puts them. */
    private <M extends Message> WireMessage placed(WireMessage message, int number, Parser<M> parser)
            throws IOException {
        if (origin.regions().isEmpty()) {
            return message;
        }
        List<Field> fields = new ArrayList<>();
        for (Field field : message.all(number)) {
            M old = WireMessage.parse(parser, field.payload());
            M placed = ExternalTensors.placed(old, origin.files(), store);
            fields.add(placed.equals(old) ? field : Field.of(number, placed.toByteString()));
        }
        return message.with(number, fields);
    }
}
