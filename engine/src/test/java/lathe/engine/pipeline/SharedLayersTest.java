package lathe.engine.pipeline;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Collection;
import java.util.List;
import lathe.engine.graph.Graph;
import lathe.engine.graph.TestGraph;
import lathe.engine.layer.Layers;
import lathe.engine.linalg.GramMatrix;
import org.junit.jupiter.api.Test;

class SharedLayersTest {

    private static final Graph GRAPH = new TestGraph()
            .conv("a", "x", 3, 3)
            .node("Conv", "b", "a", "a_w", "a_b")
            .conv("c", "b", 3, 3)
            .build("c");

    private static final Collection<SharedLayers> SHARED =
            SharedLayers.group(Layers.survey(GRAPH).layers());

    @Test
    void putsUsersOfTheSameWeightsTogether() {
        assertEquals(
                List.of(2, 1),
                SHARED.stream().map(shared -> shared.users().size()).toList());
    }

    @Test
    void batchesStayWithinTheBytesOrHoldOneItem() {
        long one = 27L * 27 * Double.BYTES;
        assertEquals(List.of(2), sizes(5 * 3 * one));
        assertEquals(List.of(1, 1), sizes(5 * (3 * one - 1)));
    }

    @Test
    void diagonalsTakeLittle() {
        int wide = GramMatrix.LARGEST_WHOLE + 1;
        Graph graph = new TestGraph()
                .weights("v", wide, 1)
                .weights("w", wide, 1)
                .node("MatMul", "a", "x", "v")
                .node("MatMul", "b", "x", "w")
                .build("a", "b");
        Collection<SharedLayers> layers =
                SharedLayers.group(Layers.survey(graph).layers());
        long one = (long) wide * Double.BYTES;
        assertEquals(List.of(2), sizes(layers, 5 * 2 * one));
        assertEquals(List.of(1, 1), sizes(layers, 5 * (2 * one - 1)));
    }

    private static List<Integer> sizes(long bytes) {
        return sizes(SHARED, bytes);
    }

    private static List<Integer> sizes(Collection<SharedLayers> layers, long bytes) {
        return new MemoryBudget(bytes)
                .batches(layers, SharedLayers::gramBytes).stream()
                        .map(List::size)
                        .toList();
    }
}
