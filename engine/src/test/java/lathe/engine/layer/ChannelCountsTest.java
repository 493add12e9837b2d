package lathe.engine.layer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import lathe.engine.graph.Attribute;
import lathe.engine.graph.Node;
import lathe.engine.graph.TestGraph;
import org.junit.jupiter.api.Test;

class ChannelCountsTest {

    private static List<Layer> layers(TestGraph graph, String output) {
        return Layers.survey(graph.build(output)).layers();
    }

    /** {@code x} to {@code a}, depthwise to {@code d}, and to {@code y}. */
    private static List<Layer> chain(int middle) {
        return layers(
                new TestGraph()
                        .conv("a", "x", 3, middle)
                        .weights("k", middle, 1, 3, 3)
                        .node("Conv", Map.of("group", new Attribute.Int(middle)), "d", "a", "k")
                        .conv("y", "d", middle, 2),
                "y");
    }

    @Test
    void layersThatLostChannelsAreListedInOrder() {
        assertEquals(List.of(), ChannelCounts.changed(chain(8), chain(8)));
        assertEquals(
                List.of(
                        new ChannelCounts("a_node", 3, 3, 8, 5, OptionalInt.empty()),
                        new ChannelCounts("d_node", 8, 5, 8, 5, OptionalInt.empty()),
                        new ChannelCounts("y_node", 8, 5, 2, 2, OptionalInt.empty())),
                ChannelCounts.changed(chain(8), chain(5)));
    }

    @Test
    void oneThatBecameTwoHasARank() {
        List<Layer> before = layers(new TestGraph().conv("y", "x", 3, 8), "y");
        List<Layer> after = layers(
                new TestGraph()
                        .conv("y", "x", 3, 2)
                        .weights("w", 8, 2, 1, 1)
                        .node(Node.of("y_node_second", "Conv", List.of("y", "w"), List.of("z"), Map.of())),
                "z");
        assertEquals(
                List.of(new ChannelCounts("y_node", 3, 3, 8, 8, OptionalInt.of(2))),
                ChannelCounts.changed(before, after));
        assertEquals(List.of(), ChannelCounts.changed(after, after), "a name that was there before says nothing");
    }

    @Test
    void layersThatAreGoneOrNewAreNot() {
        List<Layer> one = layers(new TestGraph().conv("a", "x", 3, 8), "a");
        List<Layer> other = layers(new TestGraph().conv("b", "x", 3, 4), "b");
        assertEquals(List.of(), ChannelCounts.changed(one, other));
    }
}
