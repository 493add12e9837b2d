package lathe.engine.graph;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import lathe.engine.tensor.ElementType;
import org.junit.jupiter.api.Test;

class GraphEditTest {

    private static final ChannelStatistics KNOWN = new ChannelStatistics(new float[] {0}, new float[] {1});

    /** x -> first (w1) -> middle -> last (w2) -> y, and a constant nobody reads. */
    private static Graph chain() {
        return new TestGraph()
                .weights("w1", 2)
                .weights("w2", 2)
                .weights("unread", 2)
                .node("Add", "first", "x", "w1")
                .node("Relu", "middle", "first")
                .node("Mul", "y", "middle", "w2")
                .build("y");
    }

    private static Node producer(Graph graph, String value) {
        return graph.producer(value).orElseThrow();
    }

    private static List<String> outputs(Graph graph) {
        return graph.nodes().stream().map(Node::output).toList();
    }

    private static Node relu(String output, String input) {
        return Node.of(output, "Relu", List.of(input), List.of(output), Map.of());
    }

    @Test
    void anEditWithoutChangesKeepsEverything() {
        Graph graph = chain();
        Graph same = graph.edit().build();
        assertEquals(graph.nodes(), same.nodes());
        assertEquals(graph.initializers(), same.initializers());
        assertEquals(graph.inputs(), same.inputs());
        assertEquals(graph.outputs(), same.outputs());
    }

    @Test
    void constantsOfARemovedNodeGoWithItAndUnreadOnesStay() {
        Graph graph = chain();
        Node last = producer(graph, "y");
        Graph edited = graph.edit()
                .remove(last)
                .replace(producer(graph, "middle"), relu("y", "first"))
                .build();
        assertEquals(Set.of("w1", "unread"), edited.initializers().keySet());
        assertEquals(List.of("first", "y"), outputs(edited));
        assertEquals(3, graph.nodes().size(), "the graph under edit does not change");
    }

    @Test
    void aConstantThatAnotherNodeReadsStays() {
        Graph graph = new TestGraph()
                .weights("w", 2)
                .node("Add", "a", "x", "w")
                .node("Mul", "y", "a", "w")
                .build("y");
        Graph edited = graph.edit()
                .remove(producer(graph, "y"))
                .outputs(List.of(Value.ofFloat("a")))
                .build();
        assertEquals(Set.of("w"), edited.initializers().keySet());
    }

    @Test
    void aConstantThatABodyReadsStays() {
        Node branch = new Node("if", "If", "", List.of("x"), List.of("y"), Map.of(), List.of("w"), Optional.empty());
        Graph graph = new TestGraph()
                .weights("w", 2)
                .node("Add", "a", "x", "w")
                .node(branch)
                .build("y");
        assertEquals(
                List.of("a", "y"),
                graph.consumers("w").stream().map(Node::output).toList());
        Graph edited = graph.edit().remove(producer(graph, "a")).build();
        assertEquals(Set.of("w"), edited.initializers().keySet());
    }

    @Test
    void orphanedConstantNodesGoAndUnreadOnesStay() {
        Graph graph = new TestGraph()
                .node("Constant", Map.of("value_float", new Attribute.Real(2)), "two")
                .node("Constant", Map.of("value_float", new Attribute.Real(3)), "three")
                .node("Mul", "a", "x", "two")
                .node("Relu", "y", "x")
                .build("y");
        Graph edited = graph.edit().remove(producer(graph, "a")).build();
        assertEquals(List.of("three", "y"), outputs(edited));
    }

    @Test
    void anOrphanedConstantThatIsAnOutputStays() {
        Graph graph = new TestGraph().weights("w", 2).node("Add", "y", "x", "w").build("y", "w");
        Graph edited =
                graph.edit().replace(producer(graph, "y"), relu("y", "x")).build();
        assertEquals(Set.of("w"), edited.initializers().keySet());
    }

    @Test
    void anInputThatWasTheDefaultOfADroppedConstantGoes() {
        Graph plain = chain();
        Graph graph = new Graph(
                plain.nodes(),
                plain.initializers().values(),
                List.of(Value.ofFloat("x"), Value.ofFloat("w1"), Value.ofFloat("w2"), Value.ofFloat("unread")),
                plain.outputs(),
                plain.opsets(),
                Map.of(),
                Map.of(),
                Optional.empty());
        assertEquals(1, graph.requiredInputs().size());
        Graph edited = graph.edit()
                .replace(producer(graph, "first"), relu("first", "x"))
                .build();
        assertEquals(
                List.of("x", "w2", "unread"),
                edited.inputs().stream().map(Value::name).toList());
    }

    @Test
    void nodesStandWhereTheyWerePut() {
        Graph graph = chain();
        Node middle = producer(graph, "middle");
        Graph edited = graph.edit()
                .insertAfter(middle, relu("after1", "middle"))
                .insertBefore(middle, relu("before1", "first"))
                .insertBefore(middle, relu("before2", "first"))
                .insertAfter(middle, relu("after2", "middle"))
                .prepend(relu("front1", "x"))
                .prepend(relu("front2", "x"))
                .build();
        assertEquals(
                List.of("front1", "front2", "first", "before1", "before2", "middle", "after1", "after2", "y"),
                outputs(edited));
    }

    @Test
    void theLastReplacementCounts() {
        Graph graph = chain();
        Node middle = producer(graph, "middle");
        GraphEdit edit = graph.edit();
        assertSame(middle, edit.current(middle));
        Node first = middle.withInputs(List.of("x"));
        edit.replace(middle, first);
        assertSame(first, edit.current(middle));
        edit.replace(middle, edit.current(middle).withOutputs(List.of("middle")));
        Node now = producer(edit.build(), "middle");
        assertEquals(List.of("x"), now.inputs());
    }

    @Test
    void onlyNodesOfTheGraphNamePlaces() {
        Graph graph = chain();
        GraphEdit edit = graph.edit();
        Node stranger = relu("stranger", "x");
        assertThrows(IllegalArgumentException.class, () -> edit.replace(stranger, stranger));
        assertThrows(IllegalArgumentException.class, () -> edit.remove(stranger));
        assertThrows(IllegalArgumentException.class, () -> edit.insertBefore(stranger, stranger));
        assertThrows(IllegalArgumentException.class, () -> edit.insertAfter(stranger, stranger));
    }

    @Test
    void aFreshNameIsBorneByNothing() {
        Node branch = new Node(
                "if",
                "If",
                "",
                List.of("x"),
                List.of("y"),
                Map.of("then_branch", new Attribute.Opaque(new Origin() {
                    @Override
                    public Set<String> names() {
                        return Set.of("inner");
                    }
                })),
                List.of(),
                Optional.empty());
        Graph graph = new TestGraph().weights("w", 2).node(branch).build("y");
        GraphEdit edit = graph.edit();
        edit.put(Initializer.ofLongs("put", new long[] {1}));
        edit.prepend(relu("added", "x"));
        for (String taken : List.of("x", "w", "y", "if", "inner", "put", "added")) {
            assertNotEquals(taken, edit.freshName(taken));
        }
        assertEquals("new", edit.freshName("new"));
        assertEquals("new_1", edit.freshName("new"));
        assertEquals("new_2", edit.freshName("new"));
    }

    @Test
    void statisticsLastAsLongAsTheirValueIsRead() {
        Graph graph = chain();
        Graph noted =
                graph.edit().statistics("first", KNOWN).statistics("y", KNOWN).build();
        assertEquals(Set.of("first", "y"), noted.statistics().keySet());
        Graph edited = noted.edit()
                .remove(producer(graph, "first"))
                .replace(producer(graph, "middle"), relu("middle", "x"))
                .build();
        assertEquals(Set.of("y"), edited.statistics().keySet());
    }

    @Test
    void operatorSetsOnlyRise() {
        Graph graph = chain();
        assertEquals(21, graph.edit().requireOpset("", 21).build().opset());
        assertEquals(13, graph.edit().requireOpset("", 9).build().opset());
        assertEquals(
                1L, graph.edit().requireOpset("com.example", 1).build().opsets().get("com.example"));
    }

    @Test
    void twoProducersOfOneValueAreRefused() {
        Graph graph = chain();
        GraphEdit edit = graph.edit().prepend(relu("middle", "x"));
        assertThrows(UnsupportedModelException.class, edit::build);
    }

    @Test
    void aConstantIsFoundBehindInitializersAndConstantNodes() {
        Graph graph = new TestGraph()
                .weights("w", 2)
                .node("Constant", Map.of("value_float", new Attribute.Real(2)), "real")
                .node("Constant", Map.of("value_floats", new Attribute.Reals(List.of(2f, 3f))), "reals")
                .node("Constant", Map.of("value_int", new Attribute.Int(2)), "int")
                .node("Constant", Map.of("value_ints", new Attribute.Ints(List.of(2L, 3L))), "ints")
                .node("Constant", Map.of("value_string", new Attribute.Text("2")), "text")
                .node(
                        "Constant",
                        Map.of("value", new Attribute.OfTensor(Initializer.ofLongs("other", new long[] {4}))),
                        "tensor")
                .node("Relu", "y", "x")
                .build("y");
        assertEquals(List.of(2L), graph.constant("w").orElseThrow().dims());
        assertEquals(List.of(), graph.constant("real").orElseThrow().dims());
        assertEquals(3f, graph.constant("reals").orElseThrow().floats()[1]);
        assertEquals(2L, graph.constant("int").orElseThrow().longs()[0]);
        assertEquals(ElementType.INT64, graph.constant("ints").orElseThrow().type());
        assertEquals("tensor", graph.constant("tensor").orElseThrow().name());
        assertTrue(graph.constant("text").isEmpty());
        assertTrue(graph.constant("x").isEmpty());
        assertFalse(graph.constant("nothing").isPresent());
    }

    @Test
    void theStandardOperatorSetIsRaisedUnderTheNameThatCounts() {
        for (Map<String, Long> opsets : List.of(Map.of("ai.onnx", 9L), Map.of("", 9L, "ai.onnx", 7L))) {
            Graph graph =
                    new Graph(List.of(), List.of(), List.of(), List.of(), opsets, Map.of(), Map.of(), Optional.empty());
            assertEquals(13, graph.edit().requireOpset("", 13).build().opset());
        }
    }
}
