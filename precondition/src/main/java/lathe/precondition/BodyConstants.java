package lathe.precondition;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import lathe.engine.graph.Graph;
import lathe.engine.graph.GraphEdit;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Node;
import lathe.engine.operator.Operator;
import lathe.engine.operator.Operators;
import lathe.engine.pipeline.GraphPass;

/**
 * Moves the weights and biases of layers from the bodies of If, Loop and Scan to the graph itself, where the bodies read
 * them: what is compressed are constants of the graph. The network computes what it did, and a runtime that folds
 * constants sees them as before. A constant stays in its body if that returns it, or if another value of the model has
 * its name. One pass over the nodes. Immutable and thread-safe.
 */
final class BodyConstants implements GraphPass {

    @Override
    public String name() {
        return "body-constants";
    }

    @Override
    public Result apply(Graph graph) {
        Move move = new Move(graph);
        GraphEdit edit = graph.edit();
        for (Node node : graph.nodes()) {
            Node moved = node.withBodies(move::without);
            if (!moved.equals(node)) {
                edit.replace(node, moved);
            }
        }
        if (move.moved.isEmpty()) {
            return new Result(graph, List.of());
        }
        move.moved.values().forEach(edit::put);
        return new Result(
                edit.build(), List.of("moved %d constants out of bodies of nodes".formatted(move.moved.size())));
    }

    /** The constants that have been moved, by name. */
    private static final class Move {
        private final Graph graph;
        private final Map<String, Initializer> moved = new LinkedHashMap<>();
        private final Map<String, Integer> definitions = new HashMap<>();

        Move(Graph graph) {
            this.graph = graph;
            count(graph);
        }

        private void count(Graph part) {
            Set<String> defined = new HashSet<>(part.initializers().keySet());
            part.inputs().forEach(input -> defined.add(input.name()));
            part.nodes().forEach(node -> defined.addAll(node.outputs()));
            defined.forEach(name -> definitions.merge(name, 1, Integer::sum));
            part.nodes().forEach(node -> node.bodies().forEach(this::count));
        }

        Graph without(Graph body) {
            Set<String> gone = new HashSet<>();
            for (Node node : body.nodes()) {
                for (Operator operator : Operators.of(graph, node)) {
                    IntStream.concat(IntStream.of(operator.weights()), bias(operator))
                            .mapToObj(node::input)
                            .flatMap(Optional::stream)
                            .flatMap(name -> own(body, name))
                            .forEach(constant -> {
                                moved.put(constant.name(), constant);
                                gone.add(constant.name());
                            });
                }
            }
            List<Node> nodes = new ArrayList<>();
            for (Node node : body.nodes()) {
                if (!gone.contains(node.output())) {
                    nodes.add(node.withBodies(this::without));
                }
            }
            if (nodes.equals(body.nodes()) && gone.isEmpty()) {
                return body;
            }
            List<Initializer> left = body.initializers().values().stream()
                    .filter(constant -> !gone.contains(constant.name()))
                    .toList();
            return new Graph(
                    nodes,
                    left,
                    body.inputs(),
                    body.outputs(),
                    body.opsets(),
                    body.metadata(),
                    body.statistics(),
                    body.origin());
        }

        private static IntStream bias(Operator operator) {
            OptionalInt bias = operator.bias();
            return bias.isPresent() ? IntStream.of(bias.getAsInt()) : IntStream.empty();
        }

        private Stream<Initializer> own(Graph body, String name) {
            boolean stays = body.isOutput(name)
                    || definitions.getOrDefault(name, 0) != 1
                    || body.inputs().stream().anyMatch(input -> input.name().equals(name));
            return stays
                    ? Stream.empty()
                    : body.constant(name).filter(constant -> constant.name().equals(name)).stream();
        }
    }
}
