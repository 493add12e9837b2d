package lathe.engine.onnx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import ai.onnx.proto.OnnxMl.GraphProto;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Node;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class NodeOrderTest {

    private static Node node(String output, List<String> inputs) {
        return Node.of("", "Sum", inputs, List.of(output), Map.of());
    }

    /** As the float16 converter of ONNX Runtime's tools writes them: its Casts come last. */
    @Test
    void aFileWhoseCastsComeLastIsRead() {
        Graph graph = OnnxReader.read(TestModel.model(GraphProto.newBuilder()
                        .addNode(TestModel.node("body", "Relu", List.of("narrow"), "result"))
                        .addNode(TestModel.node("cast_in", "Cast", List.of("x"), "narrow"))
                        .addNode(TestModel.node("cast_out", "Cast", List.of("result"), "y")))
                .build()
                .toByteArray());
        assertEquals(
                List.of("cast_in", "body", "cast_out"),
                graph.nodes().stream().map(Node::name).toList());
    }

    @Property(tries = 200)
    void everyValueIsProducedBeforeItIsRead(@ForAll long seed) {
        Random random = new Random(seed);
        List<Node> nodes = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            List<String> inputs = new ArrayList<>(List.of("x"));
            for (int j = 0; j < i && j < 3; j++) {
                inputs.add("v" + random.nextInt(i));
            }
            nodes.add(node("v" + i, inputs));
        }
        assertSame(nodes, NodeOrder.sorted(nodes));
        Collections.shuffle(nodes, random);
        Set<String> known = new HashSet<>(Set.of("x"));
        List<Node> sorted = NodeOrder.sorted(nodes);
        for (Node node : sorted) {
            assertEquals(
                    List.of(),
                    node.inputs().stream()
                            .filter(input -> !known.contains(input))
                            .toList());
            known.addAll(node.outputs());
        }
        assertEquals(nodes.size(), sorted.size());
    }
}
