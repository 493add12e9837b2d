package lathe.engine.layer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import lathe.engine.graph.Attribute;
import lathe.engine.graph.Graph;
import lathe.engine.graph.TestGraph;
import lathe.engine.layer.Inventory.Left;
import lathe.engine.onnx.OnnxReader;
import lathe.engine.tensor.ElementType;
import lathe.testdata.TestData;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class InventoryTest {

    static Stream<String> models() {
        return Stream.concat(
                TestData.oddGraphs().stream(),
                Stream.of("fashion-resnet.onnx", "fashion-mobilenet.onnx", "fashion-mobilenet-folded.onnx"));
    }

    private static Inventory of(Graph graph) {
        Layers.Survey survey = Layers.survey(graph);
        return Inventory.of(graph, survey.layers(), survey.skipped());
    }

    private static Inventory odd(String name) {
        return of(OnnxReader.read(TestData.bytes("odd/%s.onnx".formatted(name))));
    }

    /** What the layers hold and what is left are all constant bytes of the file, each counted once. */
    @ParameterizedTest
    @MethodSource("models")
    void layersAndWhatIsLeftAreAllConstantBytes(String name) throws InvalidProtocolBufferException {
        byte[] file = TestData.bytes(name);
        Inventory inventory = of(OnnxReader.read(file));
        assertEquals(bytes(ModelProto.parseFrom(file)), inventory.layerBytes() + inventory.leftBytes());
    }

    /** Counted in the file itself. */
    private static long bytes(Message message) {
        if (message instanceof TensorProto tensor) {
            long elements = tensor.getDimsList().stream().reduce(1L, (a, b) -> a * b);
            return ElementType.ofCode(tensor.getDataType()).bytes(elements);
        }
        long sum = 0;
        if (message instanceof NodeProto node && node.getOpType().equals("Constant")) {
            for (AttributeProto attribute : node.getAttributeList()) {
                sum += (attribute.hasI() ? 8L : 0) + (attribute.hasF() ? 4L : 0);
                sum += 8L * attribute.getIntsCount() + 4L * attribute.getFloatsCount();
            }
        }
        for (Object value : message.getAllFields().values()) {
            for (Object element : value instanceof List<?> list ? list : List.of(value)) {
                sum += element instanceof Message inner ? bytes(inner) : 0;
            }
        }
        return sum;
    }

    private static void assertLeft(String graph, String opType, long bytes, String reason) {
        List<Left> left = odd(graph).left();
        assertTrue(
                left.stream()
                        .anyMatch(entry -> entry.opType().equals(opType)
                                && entry.bytes() == bytes
                                && entry.reason().contains(reason)),
                left::toString);
    }

    @Test
    void saysWhyConstantsAreLeft() {
        assertLeft("recurrent-rnn", "RNN", 2 * 8 * 4, "biases and initial states of recurrent layers stay in FP32");
        assertLeft("recurrent-batch-first", "LSTM", 32 * 8 * 4, "it has the batch on its first axis");
        assertLeft("weights-tied-embedding", "Gather", 30 * 16 * 4, "MatMul 'y' reads its weights, too");
        assertLeft("input-side-index", "Gather", 4 * 8 * 4, "a lookup table");
        assertLeft("operators-fused", "FusedConv", (16 * 27 + 16) * 4, "written by ONNX Runtime's optimizer");
        assertLeft("weights-float16", "Conv", (8 * 8 * 9 + 8) * 2, "its weights are FLOAT16, not FLOAT");
        assertLeft("weights-already-quantized", "Conv", 8 * 27 + 8 * 4 + 8 * 4, "its weights are already quantized");
    }

    /** Values and indices. */
    @Test
    void aSparseWeightTakesWhatTheFileStores() {
        Graph graph = OnnxReader.read(TestData.bytes("odd/weights-sparse.onnx"));
        long stored = graph.origin()
                .orElseThrow()
                .sparseConstants()
                .get("sparse")
                .values()
                .elements();
        assertTrue(stored > 50, () -> "stored " + stored);
        assertLeft("weights-sparse", "Conv", stored * (4 + 8), "its weights are sparse");
    }

    @Test
    void aWeightOfSeveralLayersCountsOnce() {
        TestGraph graph = new TestGraph().weights("w", 4, 4);
        String value = "x";
        for (int i = 0; i < 8; i++) {
            graph.node("MatMul", "y" + i, value, "w");
            value = "y" + i;
        }
        Inventory inventory = of(graph.build(value));
        assertEquals(4 * 4 * 4, inventory.layerBytes());
        assertEquals(List.of(), inventory.left());
    }

    @Test
    void whatIsSmallIsSummedUpAndLayersAreNot() {
        Map<String, Attribute> axis = Map.of("axis", new Attribute.Int(1));
        TestGraph graph = new TestGraph().weights("table", 100, 100).weights("w", 64);
        graph.node("Gather", axis, "g", "table", "x").node("MatMul", "m", "g", "w");
        graph.scalar("one", 1).node("Add", "a", "m", "one").scalar("two", 2).node("Mul", "y", "a", "two");
        List<Left> lines = of(graph.build("y")).summed(41_000);
        assertEquals(
                List.of("g_node 40000", "m_node 256", "2 others 8"),
                lines.stream().map(line -> line.name() + " " + line.bytes()).toList());
    }

    @Test
    void productsWithoutConstantsAreCountedByTheirReason() {
        TestGraph graph = new TestGraph().node("MatMul", "a", "x", "x").node("MatMul", "b", "a", "x");
        assertEquals(
                List.of(new Left("2 layers", "MatMul", "it multiplies two computed values", 0, true)),
                of(graph.build("b")).summed(1000));
    }

    /** Small layers that are left for one reason are named while they are few. */
    @Test
    void manySmallLayersAreCountedByTheirReason() {
        for (int count : new int[] {8, 9}) {
            List<Left> left = IntStream.range(0, count)
                    .mapToObj(i -> new Left("layer" + i, "Conv", "excluded", 10, true))
                    .toList();
            List<Left> counted = List.of(new Left("9 layers", "Conv", "excluded", 90, true));
            assertEquals(count == 8 ? left : counted, new Inventory(0, left).summed(100_000));
            assertEquals(left, new Inventory(0, left).summed(1000), "of 1 % of the file");
        }
    }
}
