package lathe.engine.twin;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Node;
import lathe.engine.graph.Value;
import lathe.engine.onnx.OnnxReader;
import lathe.engine.onnx.OnnxWriter;
import lathe.engine.tensor.ElementType;
import lathe.testdata.TestData;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FloatTwinTest {

    private static Graph read(String name) {
        return OnnxReader.read(TestData.bytes(name));
    }

    private static List<String> operators(Graph graph) {
        return graph.nodes().stream().map(Node::opType).toList();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"conv-float16", "conv-bfloat16", "conv-kept-io", "matmul-float16", "matmul-bfloat16", "mixed"})
    void theTwinHasNothingOf16BitsAndTheSameNumbers(String name) {
        Graph original = read("half/" + name + ".onnx");
        assertTrue(FloatTwin.isNeeded(original));
        Graph twin = FloatTwin.of(original).graph();
        assertFalse(FloatTwin.isNeeded(twin));
        assertFalse(operators(twin).contains("Cast"), () -> operators(twin).toString());
        for (Initializer tensor : twin.initializers().values()) {
            Initializer before = original.constant(tensor.name()).orElseThrow();
            assertArrayEquals(before.floats(), tensor.floats());
            assertEquals(before.bytes().size(), tensor.storedBytes());
        }
        OnnxWriter.toBytes(twin); // checks the order and the names of all values
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"conv-float16", "conv-bfloat16", "conv-kept-io", "matmul-float16", "matmul-bfloat16", "mixed"})
    void restoredItHasTheTypesAndConstantsOfTheOriginal(String name) {
        Graph original = read("half/" + name + ".onnx");
        FloatTwin twin = FloatTwin.of(original);
        Graph restored = twin.restored(twin.graph());
        assertEquals(types(original.inputs()), types(restored.inputs()));
        assertEquals(types(original.outputs()), types(restored.outputs()));
        restored.initializers().values().stream()
                .filter(tensor -> tensor.elements() > 16)
                .forEach(tensor -> {
                    Initializer before = original.constant(tensor.name()).orElseThrow();
                    assertEquals(before.type(), tensor.type());
                    assertEquals(before.bytes().buffer(), tensor.bytes().buffer());
                });
        OnnxWriter.toBytes(restored);
        assertEquals(operators(twin.graph()), operators(FloatTwin.of(restored).graph()));
    }

    private static List<ElementType> types(List<Value> values) {
        return values.stream().map(Value::type).toList();
    }

    @Test
    void aNetworkInFloatIsItsOwnTwin() {
        Graph graph = read("fashion-resnet.onnx");
        FloatTwin twin = FloatTwin.of(graph);
        assertSame(graph, twin.graph());
        assertSame(graph, twin.restored(graph));
    }

    /** No BFLOAT16 is nearer than the one that is written: its neighbours are at least as far away. */
    @Property
    void brainFloatsAreTheNearest(@ForAll float value) {
        if (!(Math.abs(value) < 0x1.fep127f)) {
            return;
        }
        Initializer tensor = Initializer.ofBrainFloats("t", new float[] {value}, List.of(1L));
        double got = tensor.floats()[0];
        double lost = Math.abs(got - value);
        float gap = Math.max(Math.ulp((float) got) * 0x1p16f, Float.MIN_VALUE * 0x1p16f);
        assertTrue(lost <= gap / 2.0, () -> value + " -> " + got);
    }
}
