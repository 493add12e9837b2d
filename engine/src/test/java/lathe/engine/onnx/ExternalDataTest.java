package lathe.engine.onnx;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import lathe.engine.graph.Attribute;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Node;
import lathe.engine.graph.TestGraph;
import lathe.engine.graph.UnsupportedModelException;
import lathe.testdata.TestData;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tensors that lie in a file beside the model, in and out. */
class ExternalDataTest {

    @TempDir
    Path folder;

    /** {@code count} floats: {@code first}, {@code first + 1} and so on. */
    private static float[] floats(int count, float first) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = first + i;
        }
        return values;
    }

    private static byte[] bytes(float... values) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values);
        return bytes.array();
    }

    private Path save(String name, ModelProto.Builder model) throws IOException {
        return Files.write(folder.resolve(name), model.build().toByteArray());
    }

    /** Two tensors in {@code m.onnx.data}, the second one page behind the first; the model beside it. */
    private Path twoTensors() throws IOException {
        byte[] data = new byte[4096 + 8];
        System.arraycopy(bytes(1, 2, 3), 0, data, 0, 12);
        System.arraycopy(bytes(4, 5), 0, data, 4096, 8);
        Files.write(folder.resolve("m.onnx.data"), data);
        ModelProto.Builder model = TestModel.addition(TestModel.external("w", "m.onnx.data", 0, 3));
        model.getGraphBuilder().addInitializer(TestModel.external("v", "m.onnx.data", 4096, 2));
        return save("m.onnx", model);
    }

    private Path emptyFolder() throws IOException {
        return Files.createDirectory(folder.resolve("out"));
    }

    private static List<String> namesIn(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    private static String entry(TensorProto tensor, String key) {
        return tensor.getExternalDataList().stream()
                .filter(entry -> entry.getKey().equals(key))
                .map(StringStringEntryProto::getValue)
                .findFirst()
                .orElseThrow();
    }

    private static void assertRefused(Path model, String... words) {
        UnsupportedModelException e = assertThrows(UnsupportedModelException.class, () -> OnnxReader.read(model));
        for (String word : words) {
            assertTrue(e.getMessage().contains(word), () -> "'%s' not in: %s".formatted(word, e.getMessage()));
        }
    }

    @Test
    void tensorsAreReadFromTheirPlaces() throws IOException {
        Graph graph = OnnxReader.read(twoTensors());
        assertArrayEquals(new float[] {1, 2, 3}, graph.initializers().get("w").floats());
        assertArrayEquals(new float[] {4, 5}, graph.initializers().get("v").floats());
    }

    @Test
    void theSizeIsThatOfAllFiles() throws IOException {
        Graph graph = OnnxReader.read(twoTensors());
        Path copy = Files.createDirectory(folder.resolve("copy")).resolve("model.onnx");
        OnnxWriter.write(graph, copy);
        long bytes = Files.size(copy) + Files.size(copy.resolveSibling("model.onnx.data"));
        assertEquals(bytes, OnnxWriter.size(graph));
    }

    @Test
    void offsetAndLengthMayBeLeftOut() throws IOException {
        Files.write(folder.resolve("w.bin"), bytes(1, 2));
        TensorProto.Builder tensor = TestModel.external("w", "w.bin", 0, 2);
        tensor.clearExternalData().addExternalData(TestModel.entry("location", "w.bin"));
        Graph graph = OnnxReader.read(save("m.onnx", TestModel.addition(tensor)));
        assertArrayEquals(new float[] {1, 2}, graph.initializers().get("w").floats());
    }

    @Test
    void filesMayLieInFoldersBelow() throws IOException {
        Files.createDirectories(folder.resolve("a/b"));
        Files.write(folder.resolve("a/b/w.bin"), bytes(7));
        Graph graph = OnnxReader.read(save("m.onnx", TestModel.addition(TestModel.external("w", "a/./b/w.bin", 0, 1))));
        assertArrayEquals(new float[] {7}, graph.initializers().get("w").floats());
    }

    @Test
    void aModelInTheCurrentFolderHasNoParent() throws IOException {
        Path model = twoTensors();
        Path relative = Path.of("").toAbsolutePath().relativize(model);
        assertEquals(2, OnnxReader.read(relative).initializers().size());
    }

    @Test
    void aMissingFileIsNamed() throws IOException {
        assertRefused(save("m.onnx", TestModel.addition(TestModel.external("w", "none.bin", 0, 2))), "'w'", "none.bin");
    }

    @Test
    void aFolderIsNoFile() throws IOException {
        Files.createDirectory(folder.resolve("w.bin"));
        assertRefused(save("m.onnx", TestModel.addition(TestModel.external("w", "w.bin", 0, 2))), "'w'", "w.bin");
    }

    @ParameterizedTest
    @ValueSource(strings = {"../secret", "a/../../secret", "/etc/hostname", "", "a\0b"})
    void placesOutsideTheFolderAreRefused(String location) throws IOException {
        Files.write(folder.resolve("secret"), bytes(1, 2));
        Path inner = Files.createDirectories(folder.resolve("inner/a")).getParent();
        byte[] model = TestModel.addition(TestModel.external("w", location, 0, 2))
                .build()
                .toByteArray();
        assertRefused(Files.write(inner.resolve("m.onnx"), model), "'w'");
    }

    @Test
    void linksThatLeaveTheFolderAreRefused() throws IOException {
        Path inner = Files.createDirectory(folder.resolve("inner"));
        Files.write(folder.resolve("secret"), bytes(1, 2));
        Files.createSymbolicLink(inner.resolve("w.bin"), folder.resolve("secret"));
        byte[] model = TestModel.addition(TestModel.external("w", "w.bin", 0, 2))
                .build()
                .toByteArray();
        assertRefused(Files.write(inner.resolve("m.onnx"), model), "'w'", "link");

        Files.delete(inner.resolve("w.bin"));
        Files.createSymbolicLink(inner.resolve("up"), folder);
        model = TestModel.addition(TestModel.external("w", "up/secret", 0, 2))
                .build()
                .toByteArray();
        assertRefused(Files.write(inner.resolve("m.onnx"), model), "'w'", "link");
    }

    @Test
    void aLinkInsideTheFolderIsFollowed() throws IOException {
        Files.write(folder.resolve("real"), bytes(1, 2));
        Files.createSymbolicLink(folder.resolve("w.bin"), Path.of("real"));
        Graph graph = OnnxReader.read(save("m.onnx", TestModel.addition(TestModel.external("w", "w.bin", 0, 2))));
        assertArrayEquals(new float[] {1, 2}, graph.initializers().get("w").floats());
    }

    @Test
    void placesBeyondTheFileAreRefused() throws IOException {
        Files.write(folder.resolve("w.bin"), bytes(1, 2));
        for (long offset : new long[] {1, 8, 9, Long.MAX_VALUE}) {
            assertRefused(
                    save("m.onnx", TestModel.addition(TestModel.external("w", "w.bin", offset, 2))),
                    "'w'",
                    "w.bin",
                    "has 8");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"-1", "x", "", "99999999999999999999"})
    void offsetsThatAreNoNumbersAreRefused(String offset) throws IOException {
        Files.write(folder.resolve("w.bin"), bytes(1, 2));
        TensorProto.Builder tensor = TestModel.external("w", "w.bin", 0, 2);
        tensor.setExternalData(1, TestModel.entry("offset", offset));
        assertRefused(save("m.onnx", TestModel.addition(tensor)), "'w'", "offset");
    }

    @Test
    void aLengthThatDoesNotFitTheExtentsIsRefused() throws IOException {
        Files.write(folder.resolve("w.bin"), bytes(1, 2));
        TensorProto.Builder tensor = TestModel.external("w", "w.bin", 0, 2);
        tensor.setExternalData(2, TestModel.entry("length", "4"));
        assertRefused(save("m.onnx", TestModel.addition(tensor)), "'w'", "8 bytes", "4");
    }

    @Test
    void theSameNameElsewhereGivesTheSameBytes() throws IOException {
        Path model = twoTensors();
        Path copy = emptyFolder().resolve("m.onnx");
        OnnxWriter.write(OnnxReader.read(model), copy);
        assertEquals(List.of("m.onnx", "m.onnx.data"), namesIn(copy.getParent()));
        assertArrayEquals(Files.readAllBytes(model), Files.readAllBytes(copy));
        assertArrayEquals(
                Files.readAllBytes(folder.resolve("m.onnx.data")),
                Files.readAllBytes(copy.resolveSibling("m.onnx.data")));
    }

    @Test
    void anotherNameGivesTheSameDataUnderIt() throws IOException {
        Path copy = emptyFolder().resolve("n.onnx");
        OnnxWriter.write(OnnxReader.read(twoTensors()), copy);
        assertArrayEquals(
                Files.readAllBytes(folder.resolve("m.onnx.data")),
                Files.readAllBytes(copy.resolveSibling("n.onnx.data")));
        TensorProto w =
                ModelProto.parseFrom(Files.readAllBytes(copy)).getGraph().getInitializer(0);
        assertEquals("n.onnx.data", entry(w, "location"));
        assertEquals("0", entry(w, "offset"));
    }

    /** Tensors smaller than a page, packed tightly, in a file of another name. */
    @Test
    void aModelOfTheTestData() throws IOException {
        Path in = Files.createDirectory(folder.resolve("in"));
        for (String name : List.of("external-data.onnx", "external-data.data")) {
            Files.write(in.resolve(name), TestData.bytes("odd/external/" + name));
        }
        Graph graph = OnnxReader.read(in.resolve("external-data.onnx"));
        Path copy = emptyFolder().resolve("external-data.onnx");
        OnnxWriter.write(graph, copy);
        assertEquals(List.of("external-data.onnx", "external-data.onnx.data"), namesIn(copy.getParent()));
        assertSameTensors(graph, OnnxReader.read(copy));
    }

    private static void assertSameTensors(Graph expected, Graph actual) {
        assertEquals(expected.initializers().keySet(), actual.initializers().keySet());
        expected.initializers().forEach((name, tensor) -> {
            assertEquals(tensor.dims(), actual.initializers().get(name).dims());
            assertEquals(
                    tensor.bytes().buffer(),
                    actual.initializers().get(name).bytes().buffer(),
                    name);
        });
    }

    @Test
    void theTargetMayBeTheSource() throws IOException {
        Path model = twoTensors();
        Graph graph = OnnxReader.read(model);
        Graph edited = graph.edit()
                .put(Initializer.ofFloats("w", floats(1000, 1), 1000))
                .build();
        for (int round = 0; round < 3; round++) {
            OnnxWriter.write(edited, model);
            assertSameTensors(edited, OnnxReader.read(model));
        }
        assertEquals(List.of("m.onnx", "m.onnx.data"), namesIn(folder));
    }

    @Test
    void changedModelsAreLaidOutAnew() throws IOException {
        Path model = twoTensors();
        Graph graph = OnnxReader.read(model);
        Graph edited = graph.edit()
                .put(Initializer.ofFloats("w", floats(1000, 1), 1000))
                .put(Initializer.ofFloats("small", floats(255, 1), 255))
                .put(Initializer.ofFloats("exact", floats(256, 1), 256))
                .replace(graph.nodes().get(0), graph.nodes().get(0).withInputs(List.of("x", "w", "small", "exact")))
                .build();
        Path copy = emptyFolder().resolve("m.onnx");
        OnnxWriter.write(edited, copy);
        assertSameTensors(edited, OnnxReader.read(copy));
        GraphProto written = ModelProto.parseFrom(Files.readAllBytes(copy)).getGraph();
        assertEquals(
                List.of("w true", "v true", "small false", "exact true"),
                written.getInitializerList().stream()
                        .map(tensor -> tensor.getName() + " " + Tensors.isExternal(tensor))
                        .toList());
        for (TensorProto tensor : written.getInitializerList()) {
            if (Tensors.isExternal(tensor)) {
                assertEquals(0, Long.parseLong(entry(tensor, "offset")) % 4096);
            }
        }
        assertEquals(2 * 4096 + 1024, Files.size(copy.resolveSibling("m.onnx.data")));
    }

    @Test
    void aModelThatNeedsNoExternalDataAnyMoreHasNone() throws IOException {
        Graph graph = OnnxReader.read(twoTensors());
        Graph edited = graph.edit()
                .put(Initializer.ofFloats("w", floats(3, 1), 3))
                .put(Initializer.ofFloats("v", floats(2, 1), 2))
                .build();
        Path copy = emptyFolder().resolve("m.onnx");
        OnnxWriter.write(edited, copy);
        assertEquals(List.of("m.onnx"), namesIn(copy.getParent()));
    }

    @Test
    void aModelTooLargeForOneFilePutsItsTensorsOut() throws IOException {
        Graph graph = new TestGraph()
                .weights("w", 1000)
                .weights("b", 10)
                .node("Gemm", "y", "x", "w", "b")
                .build("y");
        Path file = folder.resolve("big.onnx");
        OnnxWriter.write(graph, file);
        assertEquals(List.of("big.onnx"), namesIn(folder));
        OnnxWriter.write(graph, file, 2000);
        assertEquals(List.of("big.onnx", "big.onnx.data"), namesIn(folder));
        assertTrue(Files.size(file) < 2000);
        assertSameTensors(graph, OnnxReader.read(file));

        Graph read = OnnxReader.read(OnnxWriter.toBytes(graph));
        Path other = folder.resolve("other.onnx");
        OnnxWriter.write(read, other, 2000);
        assertSameTensors(graph, OnnxReader.read(other));
    }

    @Test
    void aModelThatIsTooLargeEvenSoIsRefused() throws IOException {
        Graph graph =
                new TestGraph().weights("w", 1000).node("Add", "y", "x", "w").build("y");
        Path file = emptyFolder().resolve("big.onnx");
        assertThrows(UnsupportedModelException.class, () -> OnnxWriter.write(graph, file, 50));
        assertEquals(List.of(), namesIn(file.getParent()));
    }

    @Test
    void oneArrayHoldsExternalDataToo() throws IOException {
        Graph graph = OnnxReader.read(twoTensors());
        byte[] model = OnnxWriter.toBytes(graph);
        assertSameTensors(graph, OnnxReader.read(model));
        assertFalse(ModelProto.parseFrom(model).getGraph().getInitializerList().stream()
                .anyMatch(Tensors::isExternal));
    }

    /** In a Constant node, in a body, in a function: wherever a tensor may stand. */
    @Test
    void tensorsInsideNodesAndFunctionsComeAlong() throws IOException {
        Files.write(folder.resolve("w.bin"), bytes(1, 2, 3, 4, 5));
        GraphProto body = GraphProto.newBuilder()
                .setName("body")
                .addInitializer(TestModel.external("inner", "w.bin", 4, 2))
                .addNode(TestModel.node("add", "Add", List.of("c", "inner"), "r"))
                .addOutput(TestModel.value("r"))
                .build();
        AttributeProto.Builder value = AttributeProto.newBuilder()
                .setName("value")
                .setType(AttributeProto.AttributeType.TENSOR)
                .setT(TestModel.external("", "w.bin", 0, 1));
        ModelProto.Builder model = TestModel.model(GraphProto.newBuilder()
                .addNode(TestModel.node("constant", "Constant", List.of(), "c").addAttribute(value))
                .addNode(TestModel.branch("x", body, "y")));
        model.addFunctionsBuilder()
                .setName("f")
                .addNode(TestModel.node("constant", "Constant", List.of(), "c")
                        .addAttribute(value.clone().setT(TestModel.external("", "w.bin", 12, 2))));
        Path file = save("m.onnx", model);
        Graph graph = OnnxReader.read(file);
        assertArrayEquals(new float[] {1}, graph.constant("c").orElseThrow().floats());

        Path copy = emptyFolder().resolve("m.onnx");
        OnnxWriter.write(graph, copy);
        assertEquals(List.of("m.onnx", "m.onnx.data"), namesIn(copy.getParent()));
        ModelProto inline = ModelProto.parseFrom(OnnxWriter.toBytes(OnnxReader.read(copy)));
        TensorProto inner = inline.getGraph().getNode(1).getAttribute(0).getG().getInitializer(0);
        assertArrayEquals(bytes(2, 3), inner.getRawData().toByteArray());
        assertArrayEquals(
                bytes(4, 5),
                inline.getFunctions(0)
                        .getNode(0)
                        .getAttribute(0)
                        .getT()
                        .getRawData()
                        .toByteArray());
        assertEquals(0, inner.getExternalDataCount());
    }

    @Test
    void aConstantNodeWithExternalDataCanBeRewired() throws IOException {
        Files.write(folder.resolve("w.bin"), bytes(1, 2));
        AttributeProto.Builder value = AttributeProto.newBuilder()
                .setName("value")
                .setType(AttributeProto.AttributeType.TENSOR)
                .setT(TestModel.external("", "w.bin", 4, 1));
        Path file = save(
                "m.onnx",
                TestModel.model(GraphProto.newBuilder()
                        .addNode(TestModel.node("constant", "Constant", List.of(), "c")
                                .addAttribute(value))
                        .addNode(TestModel.node("add", "Add", List.of("x", "c"), "y"))));
        Graph graph = OnnxReader.read(file);
        Node constant = graph.producer("c").orElseThrow();
        Node add = graph.producer("y").orElseThrow();
        Attribute.OfTensor tensor = (Attribute.OfTensor) constant.attributes().get("value");
        Graph edited = graph.edit()
                .replace(constant, constant.withOutputs(List.of("d")))
                .insertAfter(constant, Node.of("e", "Constant", List.of(), List.of("e"), Map.of("value", tensor)))
                .put(tensor.value().named("f"))
                .replace(add, Node.of("sum", "Sum", List.of("x", "d", "e", "f"), List.of("y"), Map.of()))
                .build();
        Path copy = emptyFolder().resolve("m.onnx");
        OnnxWriter.write(edited, copy);
        Graph again = OnnxReader.read(copy);
        for (String name : List.of("d", "e", "f")) {
            assertArrayEquals(
                    new float[] {2}, again.constant(name).orElseThrow().floats(), name);
        }
    }

    @Test
    void aTensorReadFromOneModelMayGoToAnother() throws IOException {
        Graph source = OnnxReader.read(twoTensors());
        Graph target =
                new TestGraph().weights("w", 1).node("Add", "y", "x", "w").build("y");
        Graph edited = target.edit().put(source.initializers().get("w")).build();
        Path copy = emptyFolder().resolve("t.onnx");
        OnnxWriter.write(edited, copy);
        assertSameTensors(edited, OnnxReader.read(copy));
        assertSameTensors(edited, OnnxReader.read(OnnxWriter.toBytes(edited)));
    }

    @Test
    void sharedPartsAreWrittenOnce() throws IOException {
        Files.write(folder.resolve("w.bin"), bytes(floats(512, 0)));
        ModelProto.Builder model = TestModel.addition(TestModel.external("w", "w.bin", 0, 512));
        model.getGraphBuilder()
                .addInitializer(TestModel.external("v", "w.bin", 0, 512))
                .addInitializer(TestModel.external("u", "w.bin", 1024, 256));
        Graph graph = OnnxReader.read(save("m.onnx", model));
        Graph edited =
                graph.edit().put(Initializer.ofFloats("u", floats(256, 9), 256)).build();
        Path copy = emptyFolder().resolve("m.onnx");
        OnnxWriter.write(edited, copy);
        assertEquals(4096 + 1024, Files.size(copy.resolveSibling("m.onnx.data")));
        assertSameTensors(edited, OnnxReader.read(copy));
    }
}
