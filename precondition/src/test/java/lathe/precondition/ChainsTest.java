package lathe.precondition;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Map;
import lathe.engine.graph.Attribute;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Node;
import org.junit.jupiter.api.Test;

class ChainsTest {

    private static final Map<String, Attribute> TRANSPOSED = Map.of("transA", new Attribute.Int(1));

    private static List<Chain> chains(Graph graph) {
        return new LayerChains(graph).chains();
    }

    private static TestNetwork conv() {
        return new TestNetwork(1, 2, 1).conv(2, 4, 6, 0, 1);
    }

    @Test
    void tellsTheLinksAndTheValuesBetween() {
        Graph graph = conv().node("Relu").node("Identity").conv(4, 3, 1, 0, 1).build();
        Chain chain = chains(graph).get(0);
        List<Node> nodes = graph.nodes();
        assertEquals(nodes.get(0), chain.first());
        assertEquals(nodes.get(3), chain.second());
        assertEquals(nodes.subList(1, 3), chain.links().stream().map(Link::node).toList());
        assertEquals(List.of("v0", "v1", "v2"), chain.values());
        assertEquals(4, chain.channels());
        assertEquals(1, chain.inputsPerChannel());
    }

    @Test
    void aFlattenedChannelIsSeveralInputs() {
        Chain chain = chains(conv().node("Flatten").gemm(8, 3, true).build()).get(0);
        assertEquals(4, chain.channels());
        assertEquals(2, chain.inputsPerChannel());
    }

    /** Behind a Flatten, channels are no axis any more. */
    @Test
    void behindAFlattenOnlyWhatPassesValuesOnIsALink() {
        assertEquals(
                1,
                chains(conv().node("Flatten").node("Identity").gemm(8, 3, true).build())
                        .size());
        assertEquals(
                0,
                chains(conv().node("Flatten").node("Relu").gemm(8, 3, true).build())
                        .size());
    }

    @Test
    void inputsThatAreNoChannelsEndAChain() {
        assertEquals(0, chains(conv().gemm(8, 3, true).build()).size(), "two inputs a channel, but not flattened");
        assertEquals(0, chains(conv().node("Flatten").gemm(6, 3, true).build()).size(), "six inputs, four channels");
        assertEquals(0, chains(conv().node("Flatten").gemm(3, 3, true).build()).size(), "fewer inputs than channels");
        Graph turned = new TestNetwork(1, 3, 0)
                .gemm(3, 2, true)
                .constant(Initializer.ofFloats("w", new float[4], 2, 2))
                .node("Gemm", TRANSPOSED, "w")
                .build();
        assertEquals(0, chains(turned).size(), "channels are the other axis");
    }

    /** A Dropout that reads the value as its ratio passes something else on. */
    @Test
    void aValueThatIsNotTheFirstInputEndsAChain() {
        Graph graph = conv().constant(Initializer.ofFloats("c", new float[4], 1, 4, 1))
                .node("Dropout", Map.of(), "c")
                .conv(4, 3, 1, 0, 1)
                .build();
        assertEquals(1, chains(graph).size());
        Node dropout = graph.nodes().get(1);
        Graph swapped = graph.edit()
                .replace(dropout, dropout.withInputs(List.of("c", "v0")))
                .build();
        assertEquals(0, chains(swapped).size());
    }
}
