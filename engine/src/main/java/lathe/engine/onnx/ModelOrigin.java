package lathe.engine.onnx;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import com.google.protobuf.ByteString;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Origin;
import lathe.engine.graph.SparseConstant;

/**
 * What a file said of a model.
 *
 * @param file its bytes; empty for a model made in memory
 * @param model the same as a message
 * @param sparseConstants the sparse initializers by name
 * @param files what external tensors lie in
 */
record ModelOrigin(ByteString file, ModelProto model, Map<String, SparseConstant> sparseConstants, ExternalFiles files)
        implements Origin {

    private static final String NAME = "lathe";

    ModelOrigin {
        sparseConstants = Collections.unmodifiableMap(new LinkedHashMap<>(sparseConstants));
    }

    /** That of a graph; for one made in memory, of a model with neither nodes nor values. */
    static ModelOrigin of(Graph graph) {
        if (graph.origin().orElse(null) instanceof ModelOrigin found) {
            return found;
        }
        ModelProto model = ModelProto.newBuilder()
                .setIrVersion(Opsets.irVersion(graph.opset()))
                .setProducerName(NAME)
                .setGraph(GraphProto.newBuilder().setName(NAME))
                .build();
        return new ModelOrigin(ByteString.EMPTY, model, Map.of(), ExternalFiles.none());
    }

    /** Version by domain, in file order. */
    static Map<String, Long> opsets(ModelProto model) {
        Map<String, Long> opsets = new LinkedHashMap<>();
        model.getOpsetImportList().forEach(opset -> opsets.put(opset.getDomain(), opset.getVersion()));
        return opsets;
    }

    /** In file order. */
    static Map<String, String> metadata(ModelProto model) {
        Map<String, String> metadata = new LinkedHashMap<>();
        model.getMetadataPropsList().forEach(entry -> metadata.put(entry.getKey(), entry.getValue()));
        return metadata;
    }

    @Override
    public Set<String> names() {
        return sparseConstants.keySet();
    }

    @Override
    public Set<String> operators() {
        return model.getFunctionsList().stream()
                .flatMap(function -> Content.operators(function).stream())
                .collect(Collectors.toUnmodifiableSet());
    }

    @Override
    public Origin withoutDescriptions() {
        GraphProto inner = model.getGraph().toBuilder().clearValueInfo().build();
        return new ModelOrigin(file, model.toBuilder().setGraph(inner).build(), sparseConstants, files);
    }

    /** The same for a graph that calls no functions of the model. */
    ModelOrigin withoutFunctions() {
        return new ModelOrigin(file, model.toBuilder().clearFunctions().build(), sparseConstants, files);
    }

    @Override
    public long constantBytes() {
        return Content.constantBytes(model.toBuilder().clearGraph().build());
    }
}
