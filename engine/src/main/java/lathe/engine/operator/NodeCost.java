package lathe.engine.operator;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;
import lathe.engine.graph.Graph;
import lathe.engine.graph.Node;

/** What a run of a network, or its file, spends on each node, in proportion to the channels that the node reads and writes. */
public interface NodeCost {

    /** Multiplications with constant weights. */
    NodeCost MULTIPLICATIONS = (graph, shapes) -> sums(graph, found -> found.macs(shapes));

    /** Constant weights. */
    NodeCost WEIGHTS = (graph, shapes) -> sums(
            graph,
            found -> shapes.apply(found.weights())
                    .map(dims -> OptionalLong.of(dims.stream().reduce(1L, Math::multiplyExact)))
                    .orElse(OptionalLong.empty()));

    /**
     * Costs in any one unit.
     *
     * @param shapes the extents of what {@link Multiplication#values} names, in one run; empty where they are not known
     * @return what is known, at least 0; nodes that are missing cost nothing
     */
    Map<Node, Double> of(Graph graph, Function<String, Optional<List<Long>>> shapes);

    private static Map<Node, Double> sums(Graph graph, Function<Multiplication, OptionalLong> cost) {
        Map<Node, Double> sums = new LinkedHashMap<>();
        Multiplication.of(graph)
                .forEach(found ->
                        cost.apply(found).ifPresent(number -> sums.merge(found.node(), (double) number, Double::sum)));
        return sums;
    }
}
