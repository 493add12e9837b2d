package lathe.engine.onnx;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import com.google.protobuf.ByteString;
import com.google.protobuf.UnknownFieldSet;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import lathe.testdata.TestData;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is read and not changed is written with the same content; that of other writers of protobuf byte for byte. */
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

    /** What a later version of the format may bring is carried along. */
    @Test
    void unknownFieldsEverywhere() {
        UnknownFieldSet later = UnknownFieldSet.newBuilder()
                .addField(1000, UnknownFieldSet.Field.newBuilder().addVarint(7).build())
                .addField(
                        1001,
                        UnknownFieldSet.Field.newBuilder()
                                .addLengthDelimited(ByteString.copyFromUtf8("later"))
                                .build())
                .build();
        ModelProto.Builder model = TestModel.addition(TestModel.floats("w", 1, 2))
                .addMetadataProps(TestModel.entry("k", "v").toBuilder().setUnknownFields(later))
                .setUnknownFields(later);
        model.getOpsetImportBuilder(0).setUnknownFields(later);
        GraphProto.Builder graph = model.getGraphBuilder().setUnknownFields(later);
        graph.getNodeBuilder(0)
                .setUnknownFields(later)
                .addAttributeBuilder()
                .setName("a")
                .setI(1)
                .setUnknownFields(later);
        graph.getInitializerBuilder(0).setUnknownFields(later);
        graph.getInputBuilder(0).setUnknownFields(later);
        graph.getOutputBuilder(0).getTypeBuilder().setUnknownFields(later);
        assertUnchanged(model.build().toByteArray());
    }

    /** Fields may stand in any order, and lists of numbers may be packed or not; the content is the same. */
    @Test
    void anUnusualEncoding() throws IOException {
        ModelProto.Builder usual = TestModel.addition(TestModel.floats("w", 1, 2));
        TensorProto tensor = usual.getGraph().getInitializer(0);
        ByteString packedExtents = ByteString.copyFrom(new byte[] {10, 1, 2})
                .concat(tensor.toBuilder().clearDims().build().toByteString());
        ByteString initializer = ByteString.copyFrom(
                        new byte[] {GraphProto.INITIALIZER_FIELD_NUMBER << 3 | 2, (byte) packedExtents.size()})
                .concat(packedExtents);
        ByteString graph = initializer.concat(
                usual.getGraph().toBuilder().clearInitializer().build().toByteString());
        byte[] head = {ModelProto.GRAPH_FIELD_NUMBER << 3 | 2, (byte) graph.size()};
        byte[] model = ByteString.copyFrom(head)
                .concat(graph)
                .concat(usual.clone().clearGraph().build().toByteString())
                .toByteArray();
        assertEquals(usual.build(), ModelProto.parseFrom(model));
        assertArrayEquals(usual.build().toByteArray(), OnnxWriter.toBytes(OnnxReader.read(model)));
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
