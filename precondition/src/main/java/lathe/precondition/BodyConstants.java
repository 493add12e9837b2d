package lathe.precondition;

import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.IntStream;
import lathe.engine.graph.ConstantValues;
import lathe.engine.graph.Graph;
import lathe.engine.graph.GraphEdit;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Node;
import lathe.engine.operator.Operator;
import lathe.engine.operator.Operators;
import lathe.engine.pipeline.GraphPass;

/**
 * Moves the weights and biases of layers from the bodies of If, Loop and Scan to the graph itself, where the bodies read
 * them: what is compressed are constants of the graph. Where they are computed from constants, the nodes that do so move
 * with them, as a compiler moves what does not change out of a loop. The network computes what it did, and a runtime that
 * folds constants sees them as before. A constant stays in its body if that returns it, or if another value of the model
 * has its name. One pass over the nodes. Immutable and thread-safe.
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
        int moved = move.constants.size() + move.computed.size();
        if (moved == 0) {
            return new Result(graph, List.of());
        }
        move.constants.values().forEach(edit::put);
        move.computed.values().forEach(edit::prepend);
        return new Result(
                edit.build(),
                List.of("moved %d constants and what is computed from them out of bodies of nodes".formatted(moved)));
    }

    /** The constants that have been moved, by name. */
    private static final class Move {
        private final Graph graph;
        private final ConstantValues outside;
        private final Map<String, Initializer> constants = new LinkedHashMap<>();
        /** Nodes, each behind those that it reads. */
        private final Map<String, Node> computed = new LinkedHashMap<>();

        private final Map<String, Integer> definitions = new HashMap<>();
        /** Where constants and what nodes write is defined, by value. */
        private final Map<String, Graph> bodies = new HashMap<>();

        Move(Graph graph) {
            this.graph = graph;
            this.outside = ConstantValues.of(graph);
            count(graph);
            graph.nodes().forEach(node -> node.bodies().forEach(this::find));
        }

        private void count(Graph part) {
            Set<String> defined = new HashSet<>(part.initializers().keySet());
            part.nodes().forEach(node -> defined.addAll(node.outputs()));
            defined.forEach(name -> bodies.put(name, part));
            part.inputs().forEach(input -> bodies.remove(input.name()));
            part.inputs().forEach(input -> defined.add(input.name()));
            defined.forEach(name -> definitions.merge(name, 1, Integer::sum));
            part.nodes().forEach(node -> node.bodies().forEach(this::count));
        }

        private void find(Graph body) {
            for (Node node : body.nodes()) {
                for (Operator operator : Operators.of(graph, node)) {
                    IntStream.concat(IntStream.of(operator.weights()), bias(operator))
                            .mapToObj(node::input)
                            .flatMap(Optional::stream)
                            .filter(this::canMove)
                            .forEach(this::move);
                }
                node.bodies().forEach(this::find);
            }
        }

        Graph without(Graph body) {
            List<Node> nodes = body.nodes().stream()
                    .filter(node -> !isGone(node.output()))
                    .map(node -> node.withBodies(this::without))
                    .toList();
            List<Initializer> left = body.initializers().values().stream()
                    .filter(constant -> !isGone(constant.name()))
                    .toList();
            return nodes.equals(body.nodes())
                            && left.size() == body.initializers().size()
                    ? body
                    : new Graph(
                            nodes,
                            left,
                            body.inputs(),
                            body.outputs(),
                            body.opsets(),
                            body.metadata(),
                            body.statistics(),
                            body.origin());
        }

        private boolean isGone(String value) {
            return constants.containsKey(value) || computed.containsKey(value);
        }

        /** True of a value that is computed from constants alone, with all that it is computed from. */
        private boolean canMove(String value) {
            if (outside.contains(value) || isGone(value)) {
                return true;
            }
            Graph body = bodies.get(value);
            if (body == null || body.isOutput(value) || definitions.get(value) != 1) {
                return false;
            }
            return body.initializers().containsKey(value)
                    || body.producer(value)
                            .filter(node -> node.outputs().size() == 1 && ConstantValues.isRepeatable(node))
                            .filter(node ->
                                    node.is("Constant") || !node.inputs().isEmpty())
                            .filter(node -> node.inputs().stream().allMatch(input -> input.isEmpty() || canMove(input)))
                            .isPresent();
        }

        private void move(String value) {
            if (value.isEmpty() || outside.contains(value) || isGone(value)) {
                return;
            }
            Graph body = bodies.get(value);
            Optional<Initializer> constant =
                    body.constant(value).filter(found -> found.name().equals(value));
            if (constant.isPresent()) {
                constants.put(value, constant.get());
                return;
            }
            Node node = body.producer(value).orElseThrow();
            node.inputs().forEach(this::move);
            computed.put(value, node);
        }

        private static IntStream bias(Operator operator) {
            OptionalInt bias = operator.bias();
            return bias.isPresent() ? IntStream.of(bias.getAsInt()) : IntStream.empty();
        }
    }
}
