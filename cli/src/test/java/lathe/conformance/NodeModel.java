package lathe.conformance;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import com.google.protobuf.InvalidProtocolBufferException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import lathe.engine.graph.Initializer;
import lathe.engine.onnx.OnnxReader;
import lathe.engine.tensor.ElementType;
import lathe.synth.network.Tensor;

/**
 * A model of the ONNX backend tests and the first set of inputs that comes with it.
 *
 * @param name the folder's name
 * @param file the model
 * @param inputs the tensors {@code input_0.pb} and so on, in the order of the graph's inputs; empty where one is none
 */
record NodeModel(String name, Path file, Optional<List<TensorProto>> inputs) {

    /** Every model below a folder, by path. */
    static List<NodeModel> below(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(file -> file.endsWith("model.onnx"))
                    .sorted()
                    .map(NodeModel::of)
                    .toList();
        }
    }

    private static NodeModel of(Path file) {
        Path folder = file.resolveSibling("test_data_set_0");
        try {
            Stream.Builder<TensorProto> inputs = Stream.builder();
            for (int i = 0; Files.exists(folder.resolve("input_" + i + ".pb")); i++) {
                inputs.add(TensorProto.parseFrom(Files.readAllBytes(folder.resolve("input_" + i + ".pb"))));
            }
            return new NodeModel(nameOf(file), file, Optional.of(inputs.build().toList()));
        } catch (IOException e) { // a sequence or an optional value, no tensor
            return new NodeModel(nameOf(file), file, Optional.empty());
        }
    }

    private static String nameOf(Path file) {
        return file.getParent().getFileName().toString();
    }

    byte[] bytes() throws IOException {
        return Files.readAllBytes(file);
    }

    /** What to feed, by input name; empty where something is no tensor of numbers, or the inputs are not all there. */
    Optional<Map<String, Tensor>> feeds() throws IOException {
        List<ValueInfoProto> wanted = required(ModelProto.parseFrom(bytes()).getGraph());
        if (inputs.isEmpty() || inputs.get().size() != wanted.size()) {
            return Optional.empty();
        }
        Map<String, Tensor> feeds = new LinkedHashMap<>();
        for (int i = 0; i < wanted.size(); i++) {
            Optional<Tensor> tensor = wanted.get(i).getType().hasTensorType()
                    ? tensor(inputs.get().get(i))
                    : Optional.empty();
            if (tensor.isEmpty()) {
                return Optional.empty();
            }
            feeds.put(wanted.get(i).getName(), tensor.get());
        }
        return Optional.of(feeds);
    }

    /**
     * The same network with every input but the first a constant, as networks have their weights; empty where that
     * leaves it as it is.
     */
    Optional<byte[]> withConstants() throws IOException {
        ModelProto model = ModelProto.parseFrom(bytes());
        List<ValueInfoProto> wanted = required(model.getGraph());
        if (inputs.isEmpty() || wanted.size() < 2 || inputs.get().size() != wanted.size()) {
            return Optional.empty();
        }
        GraphProto.Builder graph = model.getGraph().toBuilder().clearInput().addInput(wanted.get(0));
        for (int i = 1; i < wanted.size(); i++) {
            graph.addInitializer(
                    inputs.get().get(i).toBuilder().setName(wanted.get(i).getName()));
        }
        return Optional.of(model.toBuilder().setGraph(graph).build().toByteArray());
    }

    private static List<ValueInfoProto> required(GraphProto graph) {
        Set<String> constants = new HashSet<>();
        graph.getInitializerList().forEach(tensor -> constants.add(tensor.getName()));
        return graph.getInputList().stream()
                .filter(input -> !constants.contains(input.getName()))
                .toList();
    }

    private static Optional<Tensor> tensor(TensorProto message) throws InvalidProtocolBufferException {
        ModelProto holder = ModelProto.newBuilder()
                .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(13))
                .setGraph(GraphProto.newBuilder().addInitializer(message))
                .build();
        Initializer read = OnnxReader.read(holder.toByteArray()).initializers().get(message.getName());
        long[] dims = read.dims().stream().mapToLong(Long::longValue).toArray();
        return numbers(read).map(values -> Tensor.of(values, dims));
    }

    private static Optional<float[]> numbers(Initializer tensor) {
        return switch (tensor.type()) {
            case FLOAT, DOUBLE, FLOAT16 -> Optional.of(tensor.floats());
            case INT64, INT32 -> {
                long[] longs = tensor.longs();
                float[] floats = new float[longs.length];
                for (int i = 0; i < longs.length; i++) {
                    floats[i] = longs[i];
                }
                yield Optional.of(floats);
            }
            case INT8, UINT8, BOOL -> {
                ByteBuffer bytes = tensor.bytes().buffer();
                float[] floats = new float[bytes.remaining()];
                for (int i = 0; i < floats.length; i++) {
                    floats[i] = tensor.type() == ElementType.INT8 ? bytes.get(i) : bytes.get(i) & 0xff;
                }
                yield Optional.of(floats);
            }
            default -> Optional.empty();
        };
    }
}
