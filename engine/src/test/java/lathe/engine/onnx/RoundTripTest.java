package lathe.engine.onnx;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import com.google.protobuf.ByteString;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import lathe.testdata.TestData;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is read and not changed is written byte for byte. */
class RoundTripTest {

    /** Every model of the test data that lies in one file. */
    static List<String> testModels() {
        List<String> models = new ArrayList<>(TestData.oddGraphs());
        for (String network : List.of("fashion-resnet", "fashion-mobilenet")) {
            models.add(network + ".onnx");
            models.add(network + "-folded.onnx");
        }
        return models;
    }

    @Test
    void theTestDataIsThere() {
        assertTrue(testModels().size() > 90, () -> "models on the class path are missing");
    }

    @ParameterizedTest
    @MethodSource("testModels")
    void everyTestModel(String name) {
        byte[] bytes = TestData.bytes(name);
        assertArrayEquals(bytes, OnnxWriter.toBytes(OnnxReader.read(bytes)));
        assertEquals(bytes.length, OnnxWriter.size(OnnxReader.read(bytes)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ch_ppocr_mobile_v2.0_cls_infer.onnx",
                "ch_PP-OCRv3_det_infer.onnx",
                "ch_PP-OCRv4_det_infer.onnx",
                "ch_PP-OCRv3_rec_infer.onnx",
                "ch_PP-OCRv4_rec_infer.onnx"
            })
    void networksFromAnotherExporter(String name, @TempDir Path folder) throws IOException {
        byte[] bytes;
        try (InputStream in = getClass().getResourceAsStream("/models/" + name)) {
            bytes = in.readAllBytes();
        }
        Path file = folder.resolve(name);
        OnnxWriter.write(OnnxReader.read(bytes), file);
        assertArrayEquals(bytes, Files.readAllBytes(file));
        try (Stream<Path> written = Files.list(folder)) {
            assertEquals(List.of(file), written.toList());
        }
    }

    /** Other writers of protobuf may put fields in any order. */
    @Test
    void fieldsInAnotherOrder() throws IOException {
        byte[] bytes = TestModel.addition(TestModel.floats("w", 1, 2)).build().toByteArray();
        WireMessage model = WireMessage.of(ByteString.copyFrom(bytes));
        List<Field> fields = new ArrayList<>();
        for (Field field : model.fields()) {
            boolean graph = field.number() == ModelProto.GRAPH_FIELD_NUMBER;
            fields.add(graph ? Field.of(field.number(), reversed(field.payload())) : field);
        }
        Collections.reverse(fields);
        assertUnchanged(new WireMessage(fields).toByteString().toByteArray());
    }

    private static ByteString reversed(ByteString message) throws IOException {
        List<Field> fields = new ArrayList<>(WireMessage.of(message).fields());
        Collections.reverse(fields);
        return new WireMessage(fields).toByteString();
    }

    /** What a later version of the format may bring is carried along. */
    @Test
    void unknownFieldsEverywhere() throws IOException {
        ByteString node = unknown(
                TestModel.node("add", "Add", List.of("x", "w"), "y").build().toByteString());
        ByteString tensor = unknown(TestModel.floats("w", 1, 2).build().toByteString());
        ByteString graph = TestModel.model(GraphProto.newBuilder()).getGraph().toByteString();
        WireMessage body = WireMessage.of(unknown(graph))
                .with(GraphProto.NODE_FIELD_NUMBER, List.of(Field.of(GraphProto.NODE_FIELD_NUMBER, node)))
                .with(
                        GraphProto.INITIALIZER_FIELD_NUMBER,
                        List.of(Field.of(GraphProto.INITIALIZER_FIELD_NUMBER, tensor)));
        WireMessage model = WireMessage.of(
                        unknown(TestModel.model(GraphProto.newBuilder()).build().toByteString()))
                .with(
                        ModelProto.GRAPH_FIELD_NUMBER,
                        List.of(Field.of(ModelProto.GRAPH_FIELD_NUMBER, body.toByteString())));
        assertUnchanged(model.toByteString().toByteArray());
    }

    private static ByteString unknown(ByteString message) {
        return message.concat(Field.of(1000, 7L).bytes())
                .concat(Field.of(1001, "later").bytes());
    }

    /** Lists of numbers may be packed or not; both mean the same. */
    @Test
    void packedExtents() throws IOException {
        WireMessage tensor = WireMessage.of(TestModel.floats("w", 1, 2).build().toByteString());
        ByteString packed = tensor.without(number -> number == 1)
                .with(1, List.of(Field.of(1, ByteString.copyFrom(new byte[] {2}))))
                .toByteString();
        WireMessage graph = WireMessage.of(TestModel.model(
                        GraphProto.newBuilder().addNode(TestModel.node("add", "Add", List.of("x", "w"), "y")))
                .getGraph()
                .toByteString());
        ByteString body = graph.with(5, List.of(Field.of(5, packed))).toByteString();
        byte[] bytes = WireMessage.of(
                        TestModel.model(GraphProto.newBuilder()).build().toByteString())
                .with(7, List.of(Field.of(7, body)))
                .toByteString()
                .toByteArray();
        assertUnchanged(bytes);
        assertEquals(List.of(2L), OnnxReader.read(bytes).initializers().get("w").dims());
    }

    @Test
    void descriptionsOfValuesThatDoNotExist() throws IOException {
        ModelProto.Builder model = TestModel.addition(TestModel.floats("w", 1, 2));
        model.getGraphBuilder().addValueInfo(TestModel.value("gone")).addValueInfo(TestModel.value("x"));
        assertUnchanged(model.build().toByteArray());
    }

    @Test
    void elementTypeFromTheFuture() throws IOException {
        NodeProto.Builder add = TestModel.node("add", "Add", List.of("x", "w"), "y");
        ModelProto.Builder model = TestModel.model(GraphProto.newBuilder().addNode(add));
        model.getGraphBuilder()
                .addInitializerBuilder()
                .setName("w")
                .setDataType(99)
                .addDims(3)
                .setRawData(ByteString.copyFrom(new byte[] {1, 2, 3, 4, 5}));
        assertUnchanged(model.build().toByteArray());
    }

    private static void assertUnchanged(byte[] model) {
        assertArrayEquals(model, OnnxWriter.toBytes(OnnxReader.read(model)));
    }

    @ParameterizedTest
    @ValueSource(longs = {-1, 0, Long.MIN_VALUE, Long.MAX_VALUE})
    void aFormatVersionThatIsNone(long irVersion) {
        ModelProto.Builder model = TestModel.addition(TestModel.floats("w", 1));
        assertUnchanged(model.setIrVersion(irVersion).build().toByteArray());
    }
}
