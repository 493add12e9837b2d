package lathe.precondition;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import lathe.engine.graph.Attribute;
import lathe.engine.graph.Graph;
import lathe.engine.graph.GraphEdit;
import lathe.engine.graph.Node;
import lathe.engine.graph.UnsupportedModelException;
import lathe.engine.pipeline.GraphPass;

/**
 * Raises a graph to a later operator set, node by node: the tables of changes say which operators take another form,
 * and how. Bodies and the model's own functions are left unchanged, so an operator there that changed
 * is an obstacle, whatever its form. Cost: one pass over the nodes for each change. Immutable and thread-safe.
 */
record OpsetRaise(long target) implements GraphPass {

    /**
     * DequantizeLinear has a scale per channel from 13 on, 4-bit integers and blocks from 21 on, 2-bit from 25 on; BitwiseOr
     * came with 18.
     */
    private static final List<Long> TARGETS = List.of(13L, 18L, 21L, 25L);

    private static final long LEAST = TARGETS.get(0);

    /** The tables of changes begin here. */
    private static final long OLDEST = 9;

    static final List<OperatorChange> CHANGES = Stream.concat(ChangesTo13.ALL.stream(), ChangesBeyond13.ALL.stream())
            .toList();

    /** @throws IllegalArgumentException for another target than 13, 18, 21 and 25 */
    OpsetRaise {
        if (!TARGETS.contains(target)) {
            throw new IllegalArgumentException("opset %d, not one of %s".formatted(target, TARGETS));
        }
    }

    @Override
    public String name() {
        return "opset-raise";
    }

    /** @throws UnsupportedModelException if not even the least target can be reached */
    @Override
    public Result apply(Graph graph) {
        long from = graph.opset();
        Optional<String> obstacle = obstacle(graph, target);
        long reached = reachable(graph).max().orElse(from);
        if (reached < LEAST) {
            throw new UnsupportedModelException("%s; export the model again with opset %d or later"
                    .formatted(obstacle(graph, LEAST).orElseThrow(), LEAST));
        }
        Stream<String> raised = reached > from
                ? Stream.of("raised the operator set from %d to %d".formatted(from, reached))
                : Stream.of();
        return new Result(
                reached > from ? raised(graph, reached) : graph,
                Stream.concat(raised, obstacle.stream()).toList());
    }

    private LongStream reachable(Graph graph) {
        return TARGETS.stream()
                .mapToLong(Long::longValue)
                .filter(step -> graph.opset() < step && step <= target)
                .filter(step -> obstacle(graph, step).isEmpty());
    }

    /** The first thing that keeps a graph from a later operator set. */
    static Optional<String> obstacle(Graph graph, long target) {
        boolean tooOld = !graph.opsets().isEmpty()
                && graph.opset() < OLDEST
                && graph.nodes().stream().anyMatch(node -> node.is(node.opType()));
        if (tooOld) {
            return Optional.of("opset %d cannot become %d: only %d and later can be raised"
                    .formatted(graph.opset(), target, OLDEST));
        }
        List<OperatorChange> changes = CHANGES.stream()
                .filter(change -> change.isBetween(graph.opset(), target))
                .toList();
        Stream<String> inNodes = graph.nodes().stream().flatMap(node -> obstacles(graph, node, changes));
        Stream<String> inFunctions = graph.origin().stream()
                .flatMap(origin -> carried(changes, origin.operators()))
                .map("a function of the model %s"::formatted);
        return Stream.concat(inNodes, inFunctions)
                .findFirst()
                .map(what -> "opset %d cannot become %d: %s".formatted(graph.opset(), target, what));
    }

    private static Stream<String> obstacles(Graph graph, Node node, List<OperatorChange> changes) {
        Stream<String> own = changes.stream()
                .filter(change -> node.is(change.operator()))
                .flatMap(change -> change.obstacle().of(graph, node).stream())
                .map(reason -> "%s '%s': %s".formatted(node.opType(), node.output(), reason));
        Set<String> inBodies = node.nodesInBodies()
                .filter(inner -> inner.is(inner.opType()))
                .map(Node::opType)
                .collect(Collectors.toSet());
        Stream<String> carried = node.attributes().values().stream()
                .filter(Attribute.Opaque.class::isInstance)
                .flatMap(opaque -> ((Attribute.Opaque) opaque).origin().operators().stream());
        Stream<String> inside = Stream.concat(inBodies.stream(), carried)
                .flatMap(operator -> carried(changes, Set.of(operator)))
                .map(what -> "the body of %s '%s' %s".formatted(node.opType(), node.output(), what));
        return Stream.concat(own, inside);
    }

    private static Stream<String> carried(List<OperatorChange> changes, Set<String> operators) {
        return changes.stream()
                .filter(change -> operators.contains(change.operator()))
                .map(change -> "holds a %s, which changed in opset %d and cannot be rewritten there"
                        .formatted(change.operator(), change.since()));
    }

    private static Graph raised(Graph graph, long to) {
        GraphEdit edit = graph.edit();
        List<OperatorChange> changes = CHANGES.stream()
                .filter(change -> change.isBetween(graph.opset(), to))
                .toList();
        for (Node node : graph.nodes()) {
            Additions additions = new Additions(graph, edit, node);
            Node current = node;
            for (OperatorChange change : changes) {
                if (current.is(change.operator())) {
                    current = change.conversion().of(current, additions);
                }
            }
            if (!current.equals(node)) {
                edit.replace(node, current);
            }
        }
        return edit.requireOpset("", to).build();
    }
}
