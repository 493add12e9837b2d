package lathe.engine.onnx;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Node;
import lathe.engine.graph.Origin;
import lathe.engine.graph.Value;

/** Bodies of If, Loop and Scan: their protobuf message to a {@link Graph} and back. */
final class Bodies {

    private Bodies() {}

    /** What a file said of a body. */
    private record BodyOrigin(GraphProto message, ExternalFiles files) implements Origin {

        /** Its sparse initializers, which are carried. */
        @Override
        public Set<String> names() {
            return message.getSparseInitializerList().stream()
                    .map(sparse -> sparse.getValues().getName())
                    .collect(Collectors.toUnmodifiableSet());
        }

        @Override
        public long constantBytes() {
            return Content.constantBytes(
                    message.toBuilder().clearNode().clearInitializer().build());
        }
    }

    private static final BodyOrigin MADE =
            new BodyOrigin(GraphProto.newBuilder().setName("body").build(), ExternalFiles.none());

    /** The operator sets are those of the model, and not repeated. */
    static Graph read(GraphProto message, ExternalFiles files) {
        return new Graph(
                message.getNodeList().stream()
                        .map(node -> Nodes.read(node, files))
                        .toList(),
                message.getInitializerList().stream()
                        .map(tensor -> Tensors.read(tensor, files))
                        .toList(),
                message.getInputList().stream().map(Values::read).toList(),
                message.getOutputList().stream().map(Values::read).toList(),
                Map.of(),
                Map.of(),
                Map.of(),
                Optional.of(new BodyOrigin(message, files)));
    }

    /** The message that the body was read from with its nodes and constants as they are now. */
    static GraphProto write(Graph body, TensorStore store) {
        BodyOrigin origin = body.origin().orElse(null) instanceof BodyOrigin found ? found : MADE;
        GraphProto frame = origin.message().toBuilder()
                .clearNode()
                .clearInitializer()
                .clearInput()
                .clearOutput()
                .build();
        GraphProto.Builder message = Content.placed(frame, origin.files(), store).toBuilder();
        values(body.inputs()).forEach(message::addInput);
        values(body.outputs()).forEach(message::addOutput);
        for (Node node : body.nodes()) {
            message.addNode(Nodes.write(node, store));
        }
        body.initializers().values().forEach(tensor -> message.addInitializer(Tensors.write(tensor, store)));
        return message.build();
    }

    private static List<ValueInfoProto> values(List<Value> values) {
        return values.stream().map(Values::write).toList();
    }
}
