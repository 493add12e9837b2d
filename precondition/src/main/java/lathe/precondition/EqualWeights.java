package lathe.precondition;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import lathe.engine.graph.ConstantValues;
import lathe.engine.graph.Graph;
import lathe.engine.graph.GraphEdit;
import lathe.engine.graph.Initializer;
import lathe.engine.graph.Node;
import lathe.engine.graph.Origin;
import lathe.engine.graph.Value;
import lathe.engine.operator.Operator;
import lathe.engine.operator.Operators;
import lathe.engine.pipeline.GraphPass;

/**
 * Makes layers whose weights are equal, number by number, read one constant, as if the file had stored it once: those in the
 * branches of an If often are. Costs one pass over all weights. Immutable and thread-safe.
 */
final class EqualWeights implements GraphPass {

    @Override
    public String name() {
        return "equal-weights";
    }

    @Override
    public Result apply(Graph graph) {
        ConstantValues constants = ConstantValues.of(graph);
        Set<String> inputs = graph.inputs().stream().map(Value::name).collect(Collectors.toSet());
        Map<List<Object>, String> first = new HashMap<>();
        Map<Node, Node> replaced = new LinkedHashMap<>();
        for (Node node : graph.allNodes().toList()) {
            for (Operator operator : Operators.of(graph, constants, node)) {
                if (Operators.obstacle(operator, graph, constants, node).isPresent()) {
                    continue;
                }
                Initializer weights = graph.constant(node, operator.weights()).orElseThrow();
                String name = first.computeIfAbsent(key(operator, weights), key -> weights.name());
                if (!name.equals(weights.name()) && !inputs.contains(name) && !inputs.contains(weights.name())) {
                    Node now = replaced.getOrDefault(node, node);
                    List<String> read = new ArrayList<>(now.inputs());
                    read.set(operator.weights(), name);
                    replaced.put(node, now.withInputs(read));
                }
            }
        }
        if (replaced.isEmpty()) {
            return new Result(graph, List.of());
        }
        GraphEdit edit = graph.edit();
        replaced.forEach(edit::replace);
        return new Result(
                edit.build(),
                List.of("%d layer%s the weights of others, which are equal"
                        .formatted(replaced.size(), replaced.size() == 1 ? " reads" : "s read")));
    }

    /** Equal where one constant serves both: content counts, and what it is used for. */
    private static List<Object> key(Operator operator, Initializer weights) {
        return List.of(
                operator.looksUp(),
                weights.type(),
                weights.origin().flatMap(Origin::storedType),
                weights.dims(),
                weights.bytes().buffer());
    }
}
