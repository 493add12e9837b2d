package lathe.engine.onnx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.SparseTensorProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import com.google.protobuf.ByteString;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import lathe.engine.graph.Attribute;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Node;
import lathe.engine.graph.Value;
import lathe.engine.tensor.ElementType;
import lathe.testdata.TestData;
import org.junit.jupiter.api.Test;

/** What of a file appears in the graph. */
class OnnxReaderTest {

    private static Graph read(ModelProto.Builder model) {
        return OnnxReader.read(model.build().toByteArray());
    }

    private static Graph odd(String name) {
        return OnnxReader.read(TestData.bytes("odd/" + name + ".onnx"));
    }

    @Test
    void dynamicExtents() {
        Value input = odd("shape-dynamic").inputs().get(0);
        List<Value.Dim> dims = input.dims().orElseThrow();
        assertEquals(ElementType.FLOAT, input.type());
        assertEquals(4, dims.size());
        assertEquals(OptionalLong.empty(), dims.get(0).extent());
        assertTrue(dims.get(1).extent().isPresent());
        assertTrue(odd("shape-dynamic-unnamed")
                .inputs()
                .get(0)
                .dims()
                .orElseThrow()
                .get(0)
                .symbol()
                .isEmpty());
    }

    @Test
    void valuesOfUnknownRankAndValuesThatAreNoTensors() {
        ModelProto.Builder model = TestModel.addition(TestModel.floats("w", 1));
        TypeProto.Builder type = model.getGraphBuilder().getInputBuilder(0).getTypeBuilder();
        type.getTensorTypeBuilder().clearShape();
        assertEquals(Optional.empty(), read(model).inputs().get(0).dims());
        type.clear()
                .getSequenceTypeBuilder()
                .getElemTypeBuilder()
                .getTensorTypeBuilder()
                .setElemType(1);
        Value sequence = read(model).inputs().get(0);
        assertEquals(ElementType.UNKNOWN, sequence.type());
        assertEquals(Optional.empty(), sequence.dims());
    }

    @Test
    void aNegativeExtentIsADynamicOne() {
        ModelProto.Builder model = TestModel.addition(TestModel.floats("w", 1));
        model.getGraphBuilder()
                .getInputBuilder(0)
                .getTypeBuilder()
                .getTensorTypeBuilder()
                .getShapeBuilder()
                .getDimBuilder(0)
                .setDimValue(-1);
        assertEquals(
                List.of(Value.Dim.dynamic("")),
                read(model).inputs().get(0).dims().orElseThrow());
    }

    @Test
    void weightsInConstantNodes() {
        Graph graph = odd("weights-in-constants");
        Node conv = graph.nodes().stream()
                .filter(node -> node.is("Conv"))
                .findFirst()
                .orElseThrow();
        assertEquals(4, graph.constant(conv, 1).orElseThrow().rank());
        assertEquals(conv.inputs().get(1), graph.constant(conv, 1).orElseThrow().name());
    }

    @Test
    void whatBodiesReadOfTheGraphAround() {
        Graph graph = odd("if-captures-weights");
        Node branch =
                graph.nodes().stream().filter(node -> node.is("If")).findFirst().orElseThrow();
        assertTrue(branch.captures().stream().anyMatch(graph.initializers()::containsKey));
        branch.captures().forEach(name -> assertTrue(graph.consumers(name).contains(branch), name));
        Node own = odd("if-own-weights").nodes().stream()
                .filter(node -> node.is("If"))
                .findFirst()
                .orElseThrow();
        assertEquals(1, own.captures().size(), () -> "only the input of the layers: " + own.captures());
    }

    /** Inner values hide outer ones; what an inner body reads counts for the outer node. */
    @Test
    void bodiesInBodies() {
        GraphProto inner = GraphProto.newBuilder()
                .setName("inner")
                .addNode(TestModel.node("n", "Sum", List.of("x", "local", "", "w"), "r"))
                .addOutput(TestModel.value("r"))
                .build();
        GraphProto outer = GraphProto.newBuilder()
                .setName("outer")
                .addInitializer(TestModel.floats("local", 1))
                .addNode(TestModel.branch("v", inner, "s"))
                .addOutput(TestModel.value("s"))
                .addOutput(TestModel.value("u"))
                .build();
        ModelProto.Builder model = TestModel.model(GraphProto.newBuilder().addNode(TestModel.branch("x", outer, "y")));
        for (String name : List.of("u", "v", "w")) {
            model.getGraphBuilder().addInitializer(TestModel.floats(name, 1));
        }
        Node branch = read(model).producer("y").orElseThrow();
        assertEquals(List.of("v", "x", "w", "u"), branch.captures());
    }

    /** In bodies of bodies too, and in functions; foreign operators are not among them. */
    @Test
    void standardOperatorsThatStandInside() {
        GraphProto inner = GraphProto.newBuilder()
                .addNode(TestModel.node("", "Tanh", List.of("x"), "i"))
                .addOutput(TestModel.value("i"))
                .build();
        GraphProto body = GraphProto.newBuilder()
                .addNode(TestModel.node("", "Relu", List.of("x"), "r").setDomain("ai.onnx"))
                .addNode(TestModel.node("", "Odd", List.of("r"), "o").setDomain("example"))
                .addNode(TestModel.branch("c", inner, "b"))
                .addOutput(TestModel.value("b"))
                .build();
        ModelProto.Builder model = TestModel.addition(TestModel.empty("w", ElementType.FLOAT, 0));
        model.getGraphBuilder().addInput(TestModel.value("c")).addNode(TestModel.branch("c", body, "z"));
        model.addFunctionsBuilder()
                .setName("f")
                .addNode(TestModel.node("", "Exp", List.of("a"), "e"))
                .addNode(TestModel.branch("e", inner, "b"));
        Graph graph = read(model);
        Node branch = graph.producer("z").orElseThrow();
        assertEquals(
                List.of("Relu", "Odd", "If", "Tanh", "Tanh", "Relu", "Odd", "If", "Tanh", "Tanh"), // both branches
                branch.nodesInBodies().map(Node::opType).toList());
        assertEquals(Set.of("Exp", "If", "Tanh"), graph.origin().orElseThrow().operators());
    }

    @Test
    void initializersThatAreInputsNeedNoFeeding() {
        ModelProto.Builder model = TestModel.addition(TestModel.floats("w", 1));
        model.getGraphBuilder().addInput(TestModel.value("w"));
        Graph graph = read(model);
        assertEquals(2, graph.inputs().size());
        assertEquals(
                List.of("x"), graph.requiredInputs().stream().map(Value::name).toList());
    }

    @Test
    void sparseInitializersAreCarriedAndKeepTheirNames() {
        ModelProto.Builder model = TestModel.model(
                GraphProto.newBuilder().addNode(TestModel.node("add", "Add", List.of("x", "sparse"), "y")));
        model.getGraphBuilder()
                .addSparseInitializer(SparseTensorProto.newBuilder()
                        .setValues(TestModel.floats("sparse", 1))
                        .addDims(3));
        Graph graph = read(model);
        assertTrue(graph.constant("sparse").isEmpty());
        assertEquals("sparse_1", graph.edit().freshName("sparse"));
    }

    @Test
    void attributesWithoutAStatedType() {
        ModelProto.Builder model = TestModel.addition(TestModel.floats("w", 1));
        model.getGraphBuilder()
                .getNodeBuilder(0)
                .addAttribute(AttributeProto.newBuilder().setName("i").setI(2))
                .addAttribute(
                        AttributeProto.newBuilder().setName("is").addInts(2).addInts(3))
                .addAttribute(AttributeProto.newBuilder().setName("f").setF(2))
                .addAttribute(AttributeProto.newBuilder().setName("fs").addFloats(2))
                .addAttribute(AttributeProto.newBuilder().setName("s").setS(ByteString.copyFromUtf8("t")))
                .addAttribute(AttributeProto.newBuilder().setName("t").setT(TestModel.floats("", 1)))
                .addAttribute(AttributeProto.newBuilder().setName("ss").addStrings(ByteString.EMPTY))
                .addAttribute(AttributeProto.newBuilder().setName("bytes").setS(ByteString.copyFrom(new byte[] {-1})));
        Map<String, Attribute> attributes = read(model).nodes().get(0).attributes();
        assertEquals(new Attribute.Int(2), attributes.get("i"));
        assertEquals(new Attribute.Ints(List.of(2L, 3L)), attributes.get("is"));
        assertEquals(new Attribute.Real(2), attributes.get("f"));
        assertEquals(new Attribute.Reals(List.of(2f)), attributes.get("fs"));
        assertEquals(new Attribute.Text("t"), attributes.get("s"));
        assertInstanceOf(Attribute.OfTensor.class, attributes.get("t"));
        assertInstanceOf(Attribute.Opaque.class, attributes.get("ss"));
        assertInstanceOf(Attribute.Opaque.class, attributes.get("bytes"));
    }

    @Test
    void aModelOfForeignOperatorsOnly() {
        ModelProto.Builder model = TestModel.addition(TestModel.floats("w", 1));
        model.getOpsetImportBuilder(0).setDomain("com.example").setVersion(1);
        model.getGraphBuilder().getNodeBuilder(0).setDomain("com.example");
        Graph graph = read(model);
        assertEquals(Map.of("com.example", 1L), graph.opsets());
        assertEquals(ByteString.copyFrom(model.build().toByteArray()), ByteString.copyFrom(OnnxWriter.toBytes(graph)));
    }

    @Test
    void namesWithAnyLetters() {
        Graph graph = odd("names-strange");
        for (Node node : graph.nodes()) {
            node.outputs()
                    .forEach(output -> assertEquals(node, graph.producer(output).orElseThrow()));
        }
        assertEquals(
                1,
                odd("names-duplicated").nodes().stream()
                        .map(Node::name)
                        .distinct()
                        .count());
    }
}
