package lathe.engine.layer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import lathe.engine.graph.Attribute;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Node;
import lathe.engine.graph.TestGraph;
import lathe.engine.graph.Value;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class SizeDecisionsTest {

    private static final Map<String, Attribute> TO_INT64 = Map.of("to", new Attribute.Int(7));
    private static final Map<String, Attribute> TO_FLOAT = Map.of("to", new Attribute.Int(1));

    private static List<String> found(Graph graph) {
        return SizeDecisions.among(graph, Layers.survey(graph).layers()).stream()
                .map(Layer::output)
                .toList();
    }

    /** Durations as in a network for speech: e is spoken, and d says how long it lasts. */
    private static TestGraph speech(String rounding) {
        return new TestGraph()
                .conv("e", "x", 3, 4)
                .conv("d", "e", 4, 4)
                .node("Exp", "positive", "d")
                .node(rounding, "durations", "positive")
                .node("ReduceSum", "sum", "durations")
                .node("Cast", TO_INT64, "frames", "sum")
                .node("Range", "times", "zero", "frames", "one")
                .node("Cast", TO_FLOAT, "from", "times")
                .node("Expand", "longer", "e", "frames")
                .node("Add", "placed", "longer", "from")
                .conv("o", "placed", 4, 2);
    }

    @Test
    void aLayerThatOnlySaysHowLongTheOutputIsDecidesItsSize() {
        assertEquals(List.of("d"), found(speech("Ceil").build("o")));
    }

    @Test
    void aCastToWholeNumbersIsAStepLikeRounding() {
        assertEquals(List.of("d"), found(speech("Identity").build("o")));
    }

    @Test
    void aLayerWhoseNumbersAreInTheOutputTooIsCompressed() {
        assertEquals(List.of(), found(speech("Ceil").build("o", "positive")));
    }

    @Test
    void aClassifierThatEndsInADecisionDecidesNoSize() {
        Graph graph = new TestGraph()
                .conv("a", "x", 3, 4)
                .conv("b", "a", 4, 4)
                .node("ArgMax", "class", "b")
                .build("class");
        assertEquals(List.of(), found(graph));
    }

    @Test
    void theSizeOfWhatIsMeasuredDoesNotDependOnItsNumbers() {
        Graph graph = new TestGraph()
                .conv("a", "x", 3, 4)
                .node("Shape", "shape", "a")
                .node("ConstantOfShape", "zeros", "shape")
                .build("zeros");
        assertEquals(List.of(), found(graph));
    }

    @Test
    void placesOfTheLargestAreStepsAndTheLargestAreNot() {
        TestGraph places = new TestGraph().conv("a", "x", 3, 4).node(largest());
        assertEquals(
                List.of("a"), found(places.node("Expand", "y", "x", "places").build("y")));
        TestGraph both = new TestGraph().conv("a", "x", 3, 4).node(largest());
        assertEquals(
                List.of(), found(both.node("Expand", "y", "values", "places").build("y")));
    }

    private static Node largest() {
        return Node.of("top", "TopK", List.of("a", "k"), List.of("values", "places"), Map.of());
    }

    /** A body that says 'go on' by its first output, as recurrent speech networks do by a stop token. */
    @Test
    void aLayerThatEndsALoopDecidesASize() {
        Graph body = new Graph(
                List.of(
                        Node.of("g", "Greater", List.of("stop", "limit"), List.of("more"), Map.of()),
                        Node.of("f", "Relu", List.of("frame"), List.of("spoken"), Map.of())),
                List.of(),
                List.of(Value.ofFloat("i"), Value.ofFloat("before")),
                List.of(Value.ofFloat("more"), Value.ofFloat("spoken")),
                Map.of("", 13L),
                Map.of(),
                Map.of(),
                Optional.empty());
        Node loop = new Node(
                "loop",
                "Loop",
                "",
                List.of("", ""),
                List.of("y"),
                Map.of("body", new Attribute.OfGraph(body)),
                List.of("stop", "limit", "frame"),
                Optional.empty());
        Graph graph = new TestGraph()
                .conv("stop", "x", 3, 1)
                .conv("frame", "x", 3, 4)
                .node(loop)
                .build("y");
        assertEquals(List.of("stop"), found(graph));
    }

    /** By the definition itself, path by path, on random graphs. */
    @Property(tries = 300)
    void agreesWithAllPathsOneByOne(@ForAll long seed) {
        Random random = new Random(seed);
        TestGraph builder = new TestGraph();
        List<String> values = new ArrayList<>(List.of("x"));
        for (int i = 0; i < 9; i++) {
            String one = values.get(random.nextInt(values.size()));
            String other = values.get(random.nextInt(values.size()));
            String output = "v" + i;
            switch (random.nextInt(5)) {
                case 0 -> builder.node("Add", output, one, other);
                case 1 -> builder.node("Ceil", output, one);
                case 2 -> builder.node("Expand", output, one, other);
                case 3 -> builder.node("Shape", output, one);
                default -> builder.conv(output, one, 3, 3);
            }
            values.add(output);
        }
        Graph graph = builder.build(values.get(values.size() - 1), values.get(values.size() - 2));
        List<String> expected = Layers.survey(graph).layers().stream()
                .map(Layer::output)
                .filter(output -> paths(graph, output).noneMatch(Path::isGradual))
                .filter(output -> paths(graph, output).anyMatch(Path::saysSize))
                .toList();
        assertEquals(expected, found(graph));
    }

    /** From a value on, through the inputs of these nodes; ends at an output or anywhere before. */
    private record Path(Graph graph, String end, List<String> passed) {

        boolean isGradual() {
            return graph.isOutput(end)
                    && passed.stream().allMatch(List.of("Add 0", "Add 1", "Expand 0", "Conv 0")::contains);
        }

        boolean saysSize() {
            return !passed.isEmpty() && passed.get(passed.size() - 1).equals("Expand 1") && !passed.contains("Shape 0");
        }
    }

    private static Stream<Path> paths(Graph graph, String start) {
        return on(new Path(graph, start, List.of()));
    }

    private static Stream<Path> on(Path path) {
        Stream<Path> longer = path.graph().consumers(path.end()).stream()
                .flatMap(node -> Stream.iterate(0, i -> i < node.inputs().size(), i -> i + 1)
                        .filter(i -> node.inputs().get(i).equals(path.end()))
                        .flatMap(i -> on(new Path(
                                path.graph(),
                                node.output(),
                                Stream.concat(path.passed().stream(), Stream.of(node.opType() + " " + i))
                                        .toList()))));
        return Stream.concat(Stream.of(path), longer);
    }
}
