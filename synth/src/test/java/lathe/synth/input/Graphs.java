package lathe.synth.input;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Node;
import lathe.engine.graph.Value;
import lathe.engine.tensor.ElementType;

/** Small graphs made in memory. */
final class Graphs {

    private Graphs() {}

    static Graph of(List<Node> nodes, List<Initializer> initializers, Value... inputs) {
        return new Graph(
                nodes,
                initializers,
                Arrays.asList(inputs),
                List.of(),
                Map.of("", 13L),
                Map.of(),
                Map.of(),
                Optional.empty());
    }

    /** @param dims -1 for a dynamic axis without a name */
    static Value input(String name, ElementType type, long... dims) {
        return input(
                name,
                type,
                Arrays.stream(dims)
                        .mapToObj(dim -> dim < 0 ? Value.Dim.dynamic("") : Value.Dim.fixed(dim))
                        .toList());
    }

    static Value input(String name, ElementType type, List<Value.Dim> dims) {
        return new Value(name, type, Optional.of(dims), Optional.empty());
    }

    static Node node(String type, String output, String... inputs) {
        return Node.of(output, type, List.of(inputs), List.of(output), Map.of());
    }
}
