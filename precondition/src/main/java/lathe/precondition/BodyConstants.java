package lathe.precondition;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
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
        move.computed.values().forEach(node -> edit.insertBefore(node, node)); // before the node whose body it was in
        return new Result(
                edit.build(),
                List.of("moved %d constants and what is computed from them out of bodies of nodes".formatted(moved)));
    }

    /** What moves out of bodies, by value, each behind what it is computed from. */
    private static final class Move {
        private final ConstantValues outside;
        private final Map<String, Integer> definitions;
        private final Map<String, Initializer> constants = new LinkedHashMap<>();
        private final Map<String, Node> computed = new LinkedHashMap<>();
        private final Set<String> wanted = new HashSet<>();

        Move(Graph graph) {
            this.outside = ConstantValues.of(graph);
            this.definitions = graph.definitions();
            graph.nodes().forEach(node -> node.bodies().forEach(this::find));
            List<Node> nodes = new ArrayList<>(computed.values());
            Collections.reverse(nodes);
            nodes.stream().filter(node -> wanted.contains(node.output())).forEach(node -> wanted.addAll(node.inputs()));
            constants.keySet().retainAll(wanted);
            computed.keySet().retainAll(wanted);
        }

        /** Finds all that could move, and the weights and biases for which it is wanted. */
        private void find(Graph body) {
            body.initializers().values().stream()
                    .filter(constant -> canMove(body, constant.name()))
                    .forEach(constant -> constants.put(constant.name(), constant));
            for (Node node : body.nodes()) {
                String output = node.output();
                if (node.outputs().size() == 1 && canMove(body, output) && isComputed(node)) {
                    body.constant(output)
                            .filter(constant -> constant.name().equals(output))
                            .ifPresentOrElse(
                                    constant -> constants.put(output, constant), () -> computed.put(output, node));
                }
                for (Operator operator : Operators.multiplying(node)) {
                    node.input(operator.weights()).ifPresent(wanted::add);
                    operator.bias().stream()
                            .mapToObj(node::input)
                            .flatMap(Optional::stream)
                            .forEach(wanted::add);
                }
                node.bodies().forEach(this::find);
            }
        }

        private boolean canMove(Graph body, String value) {
            return !body.isOutput(value) && definitions.getOrDefault(value, 0) == 1;
        }

        /** True of a node that computes with constants alone, or is one. */
        private boolean isComputed(Node node) {
            return node.is("Constant")
                    || (ConstantValues.isRepeatable(node)
                            && !node.inputs().isEmpty()
                            && node.inputs().stream()
                                    .allMatch(input -> input.isEmpty() || outside.contains(input) || moves(input)));
        }

        private boolean moves(String value) {
            return constants.containsKey(value) || computed.containsKey(value);
        }

        Graph without(Graph body) {
            List<Node> nodes = body.nodes().stream()
                    .filter(node -> !moves(node.output()))
                    .map(node -> node.withBodies(this::without))
                    .toList();
            List<Initializer> left = body.initializers().values().stream()
                    .filter(constant -> !moves(constant.name()))
                    .toList();
            boolean same = nodes.equals(body.nodes())
                    && left.size() == body.initializers().size();
            return same ? body : body.with(nodes, left, body.outputs());
        }
    }
}
