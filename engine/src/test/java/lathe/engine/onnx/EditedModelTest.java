package lathe.engine.onnx;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import com.google.protobuf.ByteString;
import java.io.IOException;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import lathe.engine.graph.Attribute;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Node;
import lathe.engine.graph.TestGraph;
import lathe.engine.graph.Value;
import lathe.engine.tensor.ElementType;
import lathe.testdata.TestData;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A changed graph is written with the change, and with everything else as it was. */
class EditedModelTest {

    private static ModelProto written(Graph graph) throws IOException {
        return ModelProto.parseFrom(OnnxWriter.toBytes(graph));
    }

    private static Graph read(ModelProto.Builder model) {
        return OnnxReader.read(model.build().toByteArray());
    }

    /** What the file would be if only its graph's nodes had changed. */
    private static ModelProto withNodes(ModelProto model, Iterable<NodeProto> nodes) {
        ModelProto.Builder expected = model.toBuilder();
        expected.getGraphBuilder().clearNode().addAllNode(nodes);
        return expected.build();
    }

    private static Node producer(Graph graph, String value) {
        return graph.producer(value).orElseThrow();
    }

    @Test
    void aRewiredNodeKeepsEverythingButItsWires() throws IOException {
        NodeProto.Builder add = TestModel.node("add", "Add", List.of("x", "w"), "h")
                .setDocString("why")
                .addMetadataProps(TestModel.entry("k", "v"))
                .addAttribute(AttributeProto.newBuilder()
                        .setName("odd")
                        .setDocString("d")
                        .setI(1));
        ModelProto.Builder model = TestModel.addition(TestModel.floats("w", 1));
        model.getGraphBuilder().setNode(0, add).addNode(TestModel.node("relu", "Relu", List.of("h"), "y"));
        Graph graph = read(model);
        Node node = producer(graph, "h");
        Graph edited = graph.edit()
                .replace(node, node.withInputs(List.of("w", "x", "", "w")).withOutputs(List.of("h", "mask")))
                .build();
        NodeProto expected = add.clearInput()
                .addAllInput(List.of("w", "x", "", "w"))
                .addOutput("mask")
                .build();
        assertEquals(withNodes(model.build(), List.of(expected, model.getGraph().getNode(1))), written(edited));
    }

    @Test
    void attributesAreChangedOneByOne() throws IOException {
        NodeProto.Builder node = TestModel.node("n", "Add", List.of("x", "w"), "y")
                .addAttribute(AttributeProto.newBuilder()
                        .setName("kept")
                        .setDocString("d")
                        .setI(1))
                .addAttribute(AttributeProto.newBuilder().setName("changed").setI(1))
                .addAttribute(AttributeProto.newBuilder().setName("dropped").setI(1));
        ModelProto.Builder model = TestModel.addition(TestModel.floats("w", 1));
        model.getGraphBuilder().setNode(0, node);
        Graph graph = read(model);
        Node before = producer(graph, "y");
        Map<String, Attribute> attributes = new LinkedHashMap<>(before.attributes());
        attributes.remove("dropped");
        attributes.put("changed", new Attribute.Real(2));
        attributes.put("added", new Attribute.Text("t"));
        Graph edited =
                graph.edit().replace(before, before.withAttributes(attributes)).build();
        NodeProto after = written(edited).getGraph().getNode(0);
        assertEquals(
                List.of("kept", "changed", "added"),
                after.getAttributeList().stream().map(AttributeProto::getName).toList());
        assertEquals(node.getAttribute(0), after.getAttribute(0));
        assertEquals(
                attributes,
                producer(OnnxReader.read(OnnxWriter.toBytes(edited)), "y").attributes());
    }

    @Test
    void everyKindOfAttributeIsReadAsItWasWritten() {
        Map<String, Attribute> attributes = Map.of(
                "int", new Attribute.Int(-3),
                "ints", new Attribute.Ints(List.of(1L, Long.MIN_VALUE)),
                "none", new Attribute.Ints(List.of()),
                "real", new Attribute.Real(0.1f),
                "reals", new Attribute.Reals(List.of(0.5f, Float.NaN)),
                "text", new Attribute.Text("grüß"));
        Graph graph = new TestGraph().node("Relu", attributes, "y", "x").build("y");
        byte[] bytes = OnnxWriter.toBytes(graph);
        assertEquals(attributes, producer(OnnxReader.read(bytes), "y").attributes());
        assertArrayEquals(bytes, OnnxWriter.toBytes(OnnxReader.read(bytes)));
    }

    @Test
    void aGraphMadeInMemoryIsAModel() throws IOException {
        Graph graph =
                new TestGraph().conv("h", "x", 3, 4).node("Relu", "y", "h").build("y");
        ModelProto model = written(graph);
        assertEquals(13, model.getOpsetImport(0).getVersion());
        assertEquals(7, model.getIrVersion());
        assertFalse(model.getGraph().getName().isEmpty());
        Graph again = OnnxReader.read(OnnxWriter.toBytes(graph));
        assertArrayEquals(
                graph.initializers().get("h_w").floats(),
                again.initializers().get("h_w").floats());
        assertEquals(List.of(4L, 3L, 3L, 3L), again.initializers().get("h_w").dims());
        assertEquals(producer(graph, "h").attributes(), producer(again, "h").attributes());
    }

    @Test
    void integersAreStoredRaw() throws IOException {
        Graph graph = new TestGraph().node("Relu", "y", "x").build("y");
        Graph edited = graph.edit()
                .put(Initializer.of("codes", ElementType.INT4, List.of(3L), new byte[] {0x21, 0x0f}))
                .outputs(List.of(Value.ofFloat("codes")))
                .build();
        TensorProto codes = written(edited).getGraph().getInitializer(0);
        assertEquals(ElementType.INT4.code(), codes.getDataType());
        assertEquals(ByteString.copyFrom(new byte[] {0x21, 0x0f}), codes.getRawData());
        assertEquals(0, codes.getInt32DataCount());
    }

    /** The writer, too, sorts what has no order, so that a run gives the same bytes each time. */
    @Test
    void theSameGraphGivesTheSameBytes() {
        Map<String, Attribute> one = new HashMap<>();
        Map<String, Attribute> other = new LinkedHashMap<>();
        for (int i = 0; i < 20; i++) {
            one.put("a" + i, new Attribute.Int(i));
            other.put("a" + (19 - i), new Attribute.Int(19 - i));
        }
        assertArrayEquals(
                OnnxWriter.toBytes(new TestGraph().node("Relu", one, "y", "x").build("y")),
                OnnxWriter.toBytes(new TestGraph().node("Relu", other, "y", "x").build("y")));
    }

    @Test
    void tensorsThatAreNotChangedKeepTheirForm() throws IOException {
        TensorProto.Builder old = TestModel.empty("w", ElementType.FLOAT, 2)
                .addFloatData(1)
                .addFloatData(2)
                .setDocString("d");
        ModelProto.Builder model = TestModel.addition(old);
        Graph graph = read(model);
        Node add = producer(graph, "y");
        Initializer renamed = graph.initializers().get("w").named("v");
        Graph edited = graph.edit()
                .put(renamed)
                .replace(add, add.withInputs(List.of("x", "v")))
                .build();
        assertEquals(old.setName("v").build(), written(edited).getGraph().getInitializer(0));
    }

    @Test
    void aReplacedConstantStaysInItsPlace() throws IOException {
        ModelProto.Builder model = TestModel.addition(TestModel.floats("a", 1));
        model.getGraphBuilder().addInitializer(TestModel.floats("w", 2)).addInitializer(TestModel.floats("z", 3));
        Graph edited = read(model)
                .edit()
                .put(Initializer.ofFloats("w", new float[] {5, 6}, 2))
                .build();
        ModelProto.Builder expected = model.clone();
        expected.getGraphBuilder().setInitializer(1, TestModel.floats("w", 5, 6));
        assertEquals(expected.build(), written(edited));
    }

    @Test
    void descriptionsOfValuesThatAreGoneGo() throws IOException {
        ModelProto.Builder model = TestModel.addition(TestModel.floats("w", 1));
        model.getGraphBuilder()
                .setNode(0, TestModel.node("add", "Add", List.of("x", "w"), "h"))
                .addNode(TestModel.node("relu", "Relu", List.of("h"), "y"))
                .addValueInfo(TestModel.value("stray"))
                .addValueInfo(TestModel.value("h"))
                .addValueInfo(TestModel.value("w"))
                .addValueInfo(TestModel.value("y"));
        Graph graph = read(model);
        Graph edited = graph.edit()
                .remove(producer(graph, "h"))
                .replace(producer(graph, "y"), producer(graph, "y").withInputs(List.of("x")))
                .build();
        assertEquals(
                List.of(TestModel.value("stray").build(), TestModel.value("y").build()),
                written(edited).getGraph().getValueInfoList());
    }

    @Test
    void metadataIsChangedKeyByKey() throws IOException {
        ModelProto.Builder model = TestModel.addition(TestModel.floats("w", 1))
                .addMetadataProps(TestModel.entry("a", "1"))
                .addMetadataProps(TestModel.entry("b", "2"));
        Graph graph = read(model);
        assertEquals(Map.of("a", "1", "b", "2"), graph.metadata());
        Graph edited = graph.edit().metadata("a", "9").metadata("c", "3").build();
        ModelProto expected = model.setMetadataProps(0, TestModel.entry("a", "9"))
                .addMetadataProps(TestModel.entry("c", "3"))
                .build();
        assertEquals(expected, written(edited));
    }

    /** Versions as in the table of releases in the ONNX documentation. */
    @ParameterizedTest
    @CsvSource({"13, 7", "15, 8", "19, 9", "21, 10", "23, 11", "24, 12", "25, 13"})
    void aRaisedOperatorSetRaisesTheFormat(long opset, long irVersion) throws IOException {
        ModelProto.Builder model = TestModel.addition(TestModel.floats("w", 1)).setIrVersion(5);
        model.getOpsetImportBuilder(0).setVersion(10);
        ModelProto raised = written(read(model).edit().requireOpset("", opset).build());
        model.getOpsetImportBuilder(0).setVersion(opset);
        assertEquals(model.setIrVersion(irVersion).build(), raised);
    }

    /** Versions as in the history of the format in onnx.proto. */
    @ParameterizedTest
    @CsvSource({"INT8, 7", "FLOAT8E5M2, 9", "INT4, 10", "UINT4, 10", "FLOAT8E8M0, 12", "INT2, 13", "UINT2, 13"})
    void aNewTypeRaisesTheFormat(ElementType type, long irVersion) throws IOException {
        Graph graph = read(TestModel.addition(TestModel.floats("w", 1)));
        Initializer added = Initializer.of("codes", type, List.of(1L), new byte[1]);
        Graph edited =
                graph.edit().put(added).outputs(List.of(Value.ofFloat("codes"))).build();
        assertEquals(irVersion, written(edited).getIrVersion());
    }

    /** What such a file says of its version is its own affair. */
    @Test
    void aTypeThatWasThereDoesNot() throws IOException {
        ModelProto.Builder model = TestModel.addition(
                TestModel.empty("w", ElementType.INT2, 1).setRawData(ByteString.copyFrom(new byte[1])));
        assertEquals(7, written(read(model).edit().metadata("k", "v").build()).getIrVersion());
    }

    @Test
    void functionsAreRaisedWithTheModel() throws IOException {
        ModelProto.Builder model = TestModel.addition(TestModel.floats("w", 1));
        for (long version : new long[] {13, 11}) {
            model.addFunctionsBuilder()
                    .setName("f" + version)
                    .addNode(TestModel.node("n", "Relu", List.of("a"), "b"))
                    .addOpsetImport(
                            OperatorSetIdProto.newBuilder().setDomain("").setVersion(version))
                    .addOpsetImport(
                            OperatorSetIdProto.newBuilder().setDomain("other").setVersion(13));
        }
        ModelProto raised = written(read(model).edit().requireOpset("", 21).build());
        model.getOpsetImportBuilder(0).setVersion(21);
        model.getFunctionsBuilder(0).getOpsetImportBuilder(0).setVersion(21);
        assertEquals(model.setIrVersion(10).build(), raised);
    }

    @Test
    void theFormatIsNeverLowered() throws IOException {
        ModelProto.Builder model = TestModel.addition(TestModel.floats("w", 1)).setIrVersion(12);
        assertEquals(
                12, written(read(model).edit().requireOpset("", 15).build()).getIrVersion());
    }

    @Test
    void aNewDomainIsImported() throws IOException {
        ModelProto model = written(read(TestModel.addition(TestModel.floats("w", 1)))
                .edit()
                .requireOpset("com.example", 2)
                .build());
        assertEquals("com.example", model.getOpsetImport(1).getDomain());
        assertEquals(7, model.getIrVersion());
    }

    /** Format 3 wants every constant listed as an input; from 4 on that would make it a default to be overridden. */
    @Test
    void anOldFileWithANewConstantGetsTheFormatThatAllowsIt() throws IOException {
        ModelProto.Builder model = TestModel.addition(TestModel.floats("w", 1)).setIrVersion(3);
        model.getGraphBuilder().addInput(TestModel.value("w"));
        Graph graph = read(model);
        assertEquals(
                List.of("x"), graph.requiredInputs().stream().map(Value::name).toList());
        assertEquals(model.build(), written(graph));
        Node add = producer(graph, "y");
        Graph edited = graph.edit()
                .put(Initializer.ofFloats("v", new float[] {1}, 1))
                .replace(add, Node.of("sum", "Sum", List.of("x", "w", "v"), List.of("y"), Map.of()))
                .build();
        assertEquals(2, edited.inputs().size());
        ModelProto after = written(edited);
        assertEquals(4, after.getIrVersion());
        assertEquals(List.of(TestModel.value("x").build()), after.getGraph().getInputList());
    }

    @ParameterizedTest
    @ValueSource(strings = {"if-captures-conv", "if-captures-weights", "if-own-weights", "loop", "local-function"})
    void bodiesAndFunctionsSurviveAnEdit(String name) throws IOException {
        byte[] bytes = TestData.bytes("odd/" + name + ".onnx");
        Graph graph = OnnxReader.read(bytes);
        Graph edited = graph.edit().metadata("k", "v").build();
        ModelProto expected = ModelProto.parseFrom(bytes).toBuilder()
                .addMetadataProps(TestModel.entry("k", "v"))
                .build();
        assertEquals(expected, written(edited));
    }

    @Test
    void aBodyMovesToAnotherNode() throws IOException {
        Graph graph = OnnxReader.read(TestData.bytes("odd/if-captures-weights.onnx"));
        Node branch =
                graph.nodes().stream().filter(node -> node.is("If")).findFirst().orElseThrow();
        Node copy = new Node(
                "copy",
                "If",
                "",
                branch.inputs(),
                branch.outputs(),
                branch.attributes(),
                branch.captures(),
                Optional.empty());
        Graph again = OnnxReader.read(
                OnnxWriter.toBytes(graph.edit().replace(branch, copy).build()));
        Node moved = producer(again, branch.output());
        assertEquals(branch.captures(), moved.captures());
        assertFalse(branch.captures().isEmpty());
        Node old = producer(OnnxReader.read(OnnxWriter.toBytes(graph)), branch.output());
        assertEquals(old.attributes().keySet(), moved.attributes().keySet());
    }

    @Test
    void aFreshNameAvoidsNamesInBodies() {
        Graph graph = OnnxReader.read(TestData.bytes("odd/if-own-weights.onnx"));
        ModelProto model;
        try {
            model = ModelProto.parseFrom(TestData.bytes("odd/if-own-weights.onnx"));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        GraphProto body = model.getGraph().getNodeList().stream()
                .filter(node -> node.getOpType().equals("If"))
                .findFirst()
                .orElseThrow()
                .getAttribute(0)
                .getG();
        String inner = body.getInitializer(0).getName();
        assertFalse(graph.initializers().containsKey(inner));
        assertFalse(graph.edit().freshName(inner).equals(inner));
    }

    @Test
    void anotherShapeOfAnOutputIsWritten() throws IOException {
        Graph graph = read(TestModel.addition(TestModel.floats("w", 1)));
        Value y = new Value(
                "y",
                ElementType.FLOAT16,
                Optional.of(List.of(Value.Dim.fixed(3), Value.Dim.dynamic("batch"), Value.Dim.dynamic(""))),
                graph.outputs().get(0).origin());
        Graph again = OnnxReader.read(
                OnnxWriter.toBytes(graph.edit().outputs(List.of(y)).build()));
        assertEquals(y.dims(), again.outputs().get(0).dims());
        assertEquals(ElementType.FLOAT16, again.outputs().get(0).type());
    }

    @Test
    void aGraphOutOfOrderIsNotWritten() {
        Graph graph = new TestGraph()
                .node("Relu", "y", "late")
                .node("Relu", "late", "x")
                .build("y");
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> OnnxWriter.toBytes(graph));
        assertTrue(e.getMessage().contains("'late'"), e::getMessage);
    }
}
