package lathe.engine.onnx;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import lathe.engine.graph.UnsupportedModelException;
import lathe.engine.tensor.ElementType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A damaged model is refused in one line that says where and what. */
class MalformedModelTest {

    private static void assertRefused(ModelProto.Builder model, String... words) {
        assertRefused(model.build().toByteArray(), words);
    }

    private static void assertRefused(byte[] model, String... words) {
        UnsupportedModelException e = assertThrows(UnsupportedModelException.class, () -> OnnxReader.read(model));
        for (String word : words) {
            assertTrue(e.getMessage().contains(word), () -> "'%s' not in: %s".formatted(word, e.getMessage()));
        }
        assertFalse(e.getMessage().contains("\n"), e::getMessage);
    }

    @Test
    void noFile(@TempDir Path folder) {
        assertThrows(NoSuchFileException.class, () -> OnnxReader.read(folder.resolve("none.onnx")));
        FileSystemException e = assertThrows(FileSystemException.class, () -> OnnxReader.read(folder));
        assertTrue(e.getMessage().contains("is a directory"), e::getMessage);
    }

    @Test
    void emptyFile() {
        assertRefused(new byte[0], "empty");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"version https://git-lfs.github.com/spec/v1\noid sha256:1", "PK\3\4 a zip archive", "<html>"})
    void otherKindsOfFile(String content) {
        assertRefused(content.getBytes(UTF_8), "not an ONNX model");
    }

    @Test
    void cutShort() {
        byte[] model = TestModel.addition(TestModel.floats("w", 1, 2)).build().toByteArray();
        for (int length = 1; length < model.length; length++) {
            byte[] part = Arrays.copyOf(model, length);
            assertThrows(UnsupportedModelException.class, () -> OnnxReader.read(part), "at " + length);
        }
        assertRefused(Arrays.copyOf(model, model.length - 3), "cut short");
    }

    @Test
    void noGraph() {
        ModelProto.Builder model = TestModel.addition(TestModel.floats("w", 1));
        assertRefused(model.clearGraph(), "no graph");
    }

    @ParameterizedTest
    @ValueSource(longs = {-1, 0, 26, 1L << 40})
    void operatorSetOutOfRange(long version) {
        ModelProto.Builder model = TestModel.addition(TestModel.floats("w", 1));
        model.getOpsetImportBuilder(0).setVersion(version);
        assertRefused(model, "opset " + version, "1 to 25");
        model.getOpsetImportBuilder(0).setDomain("ai.onnx");
        assertRefused(model, "opset " + version, "1 to 25");
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 9, 25})
    void operatorSetAtTheEdge(long version) {
        ModelProto.Builder model = TestModel.addition(TestModel.floats("w", 1));
        model.getOpsetImportBuilder(0).setVersion(version);
        assertEquals(version, OnnxReader.read(model.build().toByteArray()).opset());
    }

    @Test
    void operatorSetMissing() {
        assertRefused(TestModel.addition(TestModel.floats("w", 1)).clearOpsetImport(), "1 to 25");
    }

    @Test
    void elementsAndExtentsThatDoNotAgree() {
        assertRefused(TestModel.addition(TestModel.floats("w", 1, 2).setDims(0, 3)), "'w'", "8 bytes", "12");
        assertRefused(TestModel.addition(TestModel.floats("w", 1, 2).clearRawData()), "'w'", "0 bytes");
        assertRefused(
                TestModel.addition(TestModel.empty("w", ElementType.INT4, 3).addInt32Data(1)), "'w'", "1 bytes", "2");
        assertRefused(TestModel.addition(TestModel.floats("w", 1, 2).setDims(0, -2)), "'w'", "negative");
        assertRefused(
                TestModel.addition(TestModel.empty("w", ElementType.FLOAT, 1L << 40, 1L << 40)), "'w'", "overflow");
        assertRefused(TestModel.addition(TestModel.empty("w", ElementType.FLOAT, 1L << 60)), "'w'", "overflow");
    }

    @Test
    void segmentOfATensor() {
        TensorProto.Builder tensor = TestModel.floats("w", 1);
        tensor.getSegmentBuilder().setBegin(0).setEnd(1);
        assertRefused(TestModel.addition(tensor), "'w'", "segment");
    }

    @Test
    void twoInitializersOfOneName() {
        ModelProto.Builder model = TestModel.addition(TestModel.floats("w", 1));
        model.getGraphBuilder().addInitializer(TestModel.floats("w", 2));
        assertRefused(model, "'w'", "two initializers");
    }

    @Test
    void twoInputsOfOneName() {
        ModelProto.Builder model = TestModel.addition(TestModel.floats("w", 1));
        model.getGraphBuilder().addInput(TestModel.value("x"));
        assertRefused(model, "'x'", "two graph inputs");
    }

    @Test
    void valueThatNothingProduces() {
        assertRefused(
                TestModel.model(GraphProto.newBuilder().addNode(TestModel.node("add", "Add", List.of("x", "w"), "y"))),
                "'add' (Add)",
                "'w'",
                "nothing produces");
        assertRefused(TestModel.model(GraphProto.newBuilder()), "output 'y'");
    }

    @Test
    void valueProducedTwice() {
        assertRefused(
                TestModel.model(GraphProto.newBuilder()
                        .addNode(TestModel.node("a", "Relu", List.of("x"), "y"))
                        .addNode(TestModel.node("b", "Relu", List.of("x"), "y"))),
                "'y'",
                "twice");
        assertRefused(
                TestModel.model(GraphProto.newBuilder()
                        .addNode(TestModel.node("a", "Relu", List.of("x"), "x"))
                        .addNode(TestModel.node("b", "Relu", List.of("x"), "y"))),
                "'a' (Relu)",
                "'x'");
    }

    @Test
    void nodesThatFormACycle() {
        assertRefused(
                TestModel.model(GraphProto.newBuilder()
                        .addNode(TestModel.node("first", "Add", List.of("x", "h"), "y"))
                        .addNode(TestModel.node("second", "Relu", List.of("y"), "h"))),
                "(Relu)",
                "'y'",
                "Add 'first'",
                "cycle");
        assertRefused(
                TestModel.model(GraphProto.newBuilder().addNode(TestModel.node("loop", "Add", List.of("x", "y"), "y"))),
                "'loop' (Add)",
                "cycle");
    }

    @Test
    void bodyThatReadsWhatNothingProduces() {
        GraphProto body = GraphProto.newBuilder()
                .setName("body")
                .addNode(TestModel.node("inner", "Relu", List.of("nowhere"), "r"))
                .addOutput(TestModel.value("r"))
                .build();
        assertRefused(
                TestModel.model(GraphProto.newBuilder().addNode(TestModel.branch("x", body, "y"))),
                "'if' (If)",
                "'nowhere'");
    }

    @Test
    void attributeTwice() {
        AttributeProto axis =
                AttributeProto.newBuilder().setName("axis").setI(1).build();
        assertRefused(
                TestModel.model(GraphProto.newBuilder()
                        .addNode(TestModel.node("soft", "Softmax", List.of("x"), "y")
                                .addAttribute(axis)
                                .addAttribute(axis))),
                "'soft' (Softmax)",
                "'axis'");
    }

    /** Protobuf reads messages in messages only up to a limit. */
    @Test
    void bodiesNestedTooDeeply() {
        GraphProto body = GraphProto.newBuilder()
                .setName("leaf")
                .addNode(TestModel.node("inner", "Relu", List.of("x"), "r"))
                .addOutput(TestModel.value("r"))
                .build();
        for (int depth = 0; depth < 60; depth++) {
            body = GraphProto.newBuilder()
                    .setName("body")
                    .addNode(TestModel.branch("x", body, "r").removeAttribute(1))
                    .addOutput(TestModel.value("r"))
                    .build();
        }
        assertRefused(
                TestModel.model(GraphProto.newBuilder()
                        .addNode(TestModel.branch("x", body, "y").removeAttribute(1))),
                "nested too deeply");
    }

    @Test
    void externalDataInAModelFromMemory() {
        assertRefused(TestModel.addition(TestModel.external("w", "w.bin", 0, 2)), "'w'", "'w.bin'", "folder");
    }

    @Test
    void nodesWithoutTheInputsTheyMustHave() {
        ModelProto.Builder model =
                TestModel.model(GraphProto.newBuilder().addNode(TestModel.node("conv", "Conv", List.of("x"), "y")));
        assertRefused(model, "node 0 'conv' (Conv) lacks input 2 of at least 2");
        assertRefused(
                TestModel.model(GraphProto.newBuilder().addNode(TestModel.node("id", "Identity", List.of(), "y"))),
                "node 0 'id' (Identity) lacks input 1 of at least 1");
        assertRefused(
                TestModel.model(GraphProto.newBuilder()
                        .addNode(TestModel.node("bn", "BatchNormalization", List.of("x", "x", "x", "", "x"), "y"))),
                "lacks input 4 of at least 5");
    }

    @Test
    void nodesWithoutTheirOutput() {
        NodeProto.Builder node = TestModel.node("relu", "Relu", List.of("x"));
        assertRefused(TestModel.model(GraphProto.newBuilder().addNode(node)), "node 0 'relu' (Relu) lacks its output");
    }

    @Test
    void foreignNodesMayHaveNeither() {
        NodeProto.Builder node = TestModel.node("print", "Relu", List.of()).setDomain("com.example");
        ModelProto.Builder model = TestModel.model(
                GraphProto.newBuilder().addNode(node).addNode(TestModel.node("relu", "Relu", List.of("x"), "y")));
        assertEquals(
                "", OnnxReader.read(model.build().toByteArray()).nodes().get(0).output());
    }
}
