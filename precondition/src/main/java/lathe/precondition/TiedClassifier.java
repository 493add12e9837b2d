package lathe.precondition;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import lathe.engine.graph.Attribute;
import lathe.engine.graph.ConstantValues;
import lathe.engine.graph.Graph;
import lathe.engine.graph.GraphEdit;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Node;
import lathe.engine.operator.Operator;
import lathe.engine.operator.Operators;
import lathe.engine.pipeline.GraphPass;
import lathe.engine.tensor.ElementType;

/**
 * A MatMul with the transpose of a table that is also looked up, {@code x Eᵀ}, becomes a Gemm with the table as it is, between
 * two Reshapes that join and separate the axes in front: then both read one constant, whose rows are outputs of both. Immutable
 * and thread-safe. One pass over the nodes.
 */
final class TiedClassifier implements GraphPass {

    private static final List<Long> SWAP = List.of(1L, 0L);

    @Override
    public String name() {
        return "tied-classifier";
    }

    @Override
    public Result apply(Graph graph) {
        ConstantValues constants = ConstantValues.of(graph);
        GraphEdit edit = graph.edit();
        Set<Node> rewritten = new HashSet<>();
        for (Node node : graph.nodes()) {
            table(graph, constants, node).ifPresent(table -> {
                rewrite(edit, node, table);
                rewritten.add(node);
            });
        }
        if (rewritten.isEmpty()) {
            return new Result(graph, List.of());
        }
        rewritten.stream()
                .map(node -> graph.producer(node.inputs().get(1)).orElseThrow())
                .distinct()
                .filter(transpose -> rewritten.containsAll(graph.consumers(transpose.output()))
                        && !graph.isOutput(transpose.output()))
                .forEach(edit::remove);
        return new Result(
                edit.build(),
                List.of("%d classifier%s the table of an embedding without a Transpose"
                        .formatted(rewritten.size(), rewritten.size() == 1 ? " reads" : "s read")));
    }

    /** The table, outputs x inputs, whose transpose a MatMul has on its right. */
    private static Optional<Initializer> table(Graph graph, ConstantValues constants, Node node) {
        return Optional.of(node)
                .filter(product -> product.is("MatMul"))
                .flatMap(product -> graph.producer(product.inputs().get(1)))
                .filter(producer -> producer.is("Transpose")
                        && !constants.contains(node.inputs().get(0)))
                .filter(producer -> producer.attributes().get("perm") == null
                        || producer.attributes().get("perm").equals(new Attribute.Ints(SWAP)))
                .flatMap(producer -> graph.constant(producer, 0))
                .filter(table -> table.rank() == 2 && table.type() == ElementType.FLOAT && table.elements() > 0)
                .filter(table -> constants.users(table.name()).stream()
                        .flatMap(user -> Operators.of(graph, constants, user).stream())
                        .anyMatch(Operator::looksUp));
    }

    private static void rewrite(GraphEdit edit, Node node, Initializer table) {
        String x = node.inputs().get(0);
        String rows = edit.freshName(node.output() + "_rows");
        String product = edit.freshName(node.output() + "_product");
        String shape = edit.freshName(node.output() + "_shape");
        String front = edit.freshName(node.output() + "_front");
        String all = edit.freshName(node.output() + "_dims");
        List<Long> dims = table.dims();
        insert(edit, node, "Reshape", rows, x, longs(edit, -1, dims.get(1)));
        insert(edit, node, "Shape", shape, x);
        insert(edit, node, "Slice", front, shape, longs(edit, 0), longs(edit, -1));
        edit.insertBefore(
                node,
                Node.of(
                        "",
                        "Concat",
                        List.of(front, longs(edit, dims.get(0))),
                        List.of(all),
                        Map.of("axis", new Attribute.Int(0))));
        Node gemm = Node.of(
                node.name(),
                "Gemm",
                List.of(rows, table.name()),
                List.of(product),
                Map.of("transB", new Attribute.Int(1)));
        edit.insertBefore(node, gemm);
        edit.replace(node, Node.of("", "Reshape", List.of(product, all), node.outputs(), Map.of()));
    }

    private static void insert(GraphEdit edit, Node before, String opType, String output, String... inputs) {
        edit.insertBefore(before, Node.of("", opType, List.of(inputs), List.of(output), Map.of()));
    }

    private static String longs(GraphEdit edit, long... values) {
        return edit.putFresh(Initializer.ofLongs("shape", values, values.length));
    }
}
