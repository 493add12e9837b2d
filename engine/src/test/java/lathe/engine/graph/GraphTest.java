package lathe.engine.graph;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class GraphTest {

    @Test
    void aConstantIsFoundBehindAnyNumberOfIdentities() {
        TestGraph nodes = new TestGraph().weights("i0", 3);
        for (int i = 1; i <= 50_000; i++) {
            nodes.node("Identity", "i" + i, "i" + (i - 1));
        }
        Graph graph = nodes.build("i50000");
        assertSame(graph.initializers().get("i0"), graph.constant("i50000").orElseThrow());
    }

    @Test
    void aConstantNodeIsFoundBehindAnIdentity() {
        Graph graph = new TestGraph()
                .node("Constant", Map.of("value_int", new Attribute.Int(7)), "c")
                .node("Identity", "d", "c")
                .build("d");
        assertEquals(7, graph.constant("d").orElseThrow().longs()[0]);
    }

    @Test
    void anIdentityOfAnActivationIsNoConstant() {
        Graph graph = new TestGraph().node("Identity", "y", "x").build("y");
        assertTrue(graph.constant("y").isEmpty());
    }

    @Test
    void aNodeMayWriteNothing() {
        Node silent =
                new Node("n", "Log", "com.example", List.of("x"), List.of(), Map.of(), List.of(), Optional.empty());
        assertEquals("", silent.output());
    }
}
